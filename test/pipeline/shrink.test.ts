import { describe, expect, it } from 'vitest';
import { JSON_CODEC } from '../../src/events/event-codec.ts';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { SHRINK_STEPS, shrink } from '../../src/pipeline/shrink.ts';
import type { OutboundRecord } from '../../src/transport/port.ts';
import { matcher, OPTIONS, PROCESSED_AT, recordOf } from './records.ts';

function outboundOf(value: unknown) {
  return processRecord(recordOf(value), matcher, PROCESSED_AT, OPTIONS)[0].outbound!;
}

/** After all steps up to and including `last`, each applied to what the one before gave. */
function shrunk(record: OutboundRecord, last: number): OutboundRecord {
  let smaller = record;
  for (let step = 0; step <= last; step++) smaller = shrink(smaller, step, JSON_CODEC);
  return smaller;
}

describe('a resolution event', () => {
  const large = outboundOf({ message: 'Service timeout '.repeat(1_000), extra: 'x'.repeat(2_000) });

  it('loses most of its message and its attributes first', () => {
    const event = resolutionEventSchema.parse(JSON.parse(shrunk(large, 0).value!.toString()));
    const lost = { message_truncated: true, attributes: {}, attributes_dropped: 1 };
    expect(event).toMatchObject({ error_type: 'all.service-timeout', ...lost });
    expect(event.message).toHaveLength(4_096);
    expect(event.resolution!.steps).not.toEqual([]);
  });

  it('is still valid, and says what it is, in its smallest form', () => {
    const { value } = shrunk(large, SHRINK_STEPS - 1);
    expect(value!.length).toBeLessThan(1_600);
    const event = resolutionEventSchema.parse(JSON.parse(value!.toString()));
    expect(event).toMatchObject({ event_id: 'in:2:7', error_type: 'all.service-timeout', attributes_dropped: 1 });
  });

  it('is never cut in the middle of a character', () => {
    const record = outboundOf({ message: `${'x'.repeat(4_095)}\u{1f600} Service timeout` });
    expect(JSON.parse(shrunk(record, 0).value!.toString()).message).toBe('x'.repeat(4_095));
  });
});

describe('a dead letter', () => {
  const large = processRecord(
    recordOf(Buffer.alloc(200_000, 'x'), { key: Buffer.alloc(5_000, 'k'), headers: { a: 'b'.repeat(9_000), c: 'd' } }),
    matcher,
    PROCESSED_AT,
    OPTIONS,
  )[0].outbound!;

  it('loses the end of its value first, and tells its size', () => {
    const { key, value, headers } = shrunk(large, 0);
    expect([key!.length, value!.length]).toEqual([5_000, 65_536]);
    expect(headers).toMatchObject({
      a: 'b'.repeat(9_000),
      'triage.dlq.value.bytes': '200000',
      'triage.dlq.reason': 'not-json',
    });
  });

  it('keeps reason, coordinates and the original sizes in its smallest form', () => {
    const { key, value, headers } = shrunk(large, SHRINK_STEPS - 1);
    expect([key, value!.length]).toEqual([null, 100]);
    expect(headers).not.toHaveProperty('a');
    expect(headers).toMatchObject({
      'triage.dlq.reason': 'not-json',
      'triage.dlq.source.offset': '7',
      'triage.dlq.value.bytes': '200000',
      'triage.dlq.key.bytes': '5000',
      'triage.dlq.headers.dropped': '2',
    });
  });
});
