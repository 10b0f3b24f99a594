import { describe, expect, it } from 'vitest';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { shrink } from '../../src/pipeline/shrink.ts';
import { matcher, NOW_MS, OPTIONS, recordOf } from './records.ts';

function outboundOf(value: unknown) {
  return processRecord(recordOf(value), matcher, NOW_MS, OPTIONS).outbound!;
}

describe('shrink', () => {
  it('shortens the message and drops the attributes of a resolution event', () => {
    const small = shrink(outboundOf({ message: 'Service timeout '.repeat(1_000), extra: 'x'.repeat(2_000) }))!;
    const event = resolutionEventSchema.parse(JSON.parse(small.value!.toString()));
    expect(event).toMatchObject({
      error_type: 'all.service-timeout',
      message_truncated: true,
      attributes: {},
      attributes_dropped: 1,
    });
    expect(event.message).toHaveLength(4_096);
  });

  it('cuts the value of a dead letter and tells its size', () => {
    const small = shrink(outboundOf(Buffer.alloc(200_000, 'x')))!;
    expect(small.value).toHaveLength(65_536);
    expect(small.headers).toMatchObject({ 'triage.dlq.value.bytes': '200000', 'triage.dlq.reason': 'not-json' });
  });

  it('gives up on what is small already', () => {
    expect(shrink(outboundOf({ message: 'Service timeout' }))).toBeUndefined();
    expect(shrink(outboundOf(Buffer.from('x')))).toBeUndefined();
  });
});
