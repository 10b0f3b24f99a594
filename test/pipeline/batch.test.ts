/** Records that hold several log records. */
import { describe, expect, it } from 'vitest';
import type { Matcher } from '../../src/matcher/matcher.ts';
import { createDecoder } from '../../src/pipeline/decoder.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { createRedaction } from '../../src/redaction/redactor.ts';
import { matcher, OPTIONS, PROCESSED_AT, recordOf } from './records.ts';

const WITH_OTLP = {
  ...OPTIONS,
  decode: createDecoder({ format: 'auto', matcher: () => matcher, maxBytes: OPTIONS.limits.recordBytes }),
};

const logRecord = (stringValue: string, severityNumber = 17) => ({ severityNumber, body: { stringValue } });

function batchOf(...logRecords: object[]) {
  return { resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords }] }] };
}

function process(value: unknown, other: Matcher = matcher, options = WITH_OTLP) {
  return processRecord(recordOf(value, { headers: { origin: 'test' } }), other, PROCESSED_AT, options);
}

describe('a batch of log records', () => {
  it('has an outcome and an event id for each, in their order', () => {
    const results = process(batchOf(logRecord('Service timeout'), logRecord('fine', 9), logRecord('strange')));
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['resolved', 'ignored', 'unclassified']);
    const ids = results.map(({ outbound }) => outbound && JSON.parse(outbound.value!.toString()).event_id);
    expect(ids).toEqual(['in:2:7#0', undefined, 'in:2:7#2']);
  });

  it('of one is like a record that holds one', () => {
    expect(process(batchOf(logRecord('Service timeout')))).toMatchObject([
      { outcome: { event: { event_id: 'in:2:7' } } },
    ]);
    const value = batchOf({ severityNumber: 17 });
    const [{ outcome, outbound }] = process(value);
    expect(outcome).toMatchObject({ kind: 'dead-lettered', eventId: 'in:2:7' });
    expect(outbound!.value).toEqual(Buffer.from(JSON.stringify(value)));
    expect(outbound!.headers).not.toHaveProperty('triage.dlq.source.index');
  });

  it('that is empty is ignored', () => {
    expect(process(batchOf())).toEqual([{ outcome: { kind: 'ignored' }, outbound: undefined }]);
  });

  it('loses only what cannot be used to the dead letters, where each is a record of its own', () => {
    const bad = { severityNumber: 17, attributes: [{ key: 'password', value: { stringValue: 'hunter2hunter2' } }] };
    const value = batchOf(logRecord('Service timeout'), bad, logRecord('Service timeout'));
    const [first, letter, last] = process(value);
    expect([first!.outcome.kind, last!.outcome.kind]).toEqual(['resolved', 'resolved']);
    expect(letter!.outcome).toMatchObject({ kind: 'dead-lettered', eventId: 'in:2:7#1' });
    expect(JSON.parse(letter!.outbound!.value!.toString())).toEqual(batchOf(bad));
    expect(letter!.outbound!.headers).toMatchObject({
      origin: 'test',
      'triage.dlq.reason': 'missing-message',
      'triage.dlq.source.offset': '7',
      'triage.dlq.source.index': '1',
    });
    // Sent back, it is the only one that comes again.
    expect(process(letter!.outbound!.value)).toHaveLength(1);
    const redaction = createRedaction({ mode: 'on', emails: true, rules: [], deadLetters: 'redact' });
    const [, redacted] = process(value, matcher, { ...WITH_OTLP, redaction });
    expect(redacted!.outbound!.headers['triage.dlq.redacted']).toBe('true');
  });

  it('is set aside as a whole when a stage fails, so that none of it comes twice', () => {
    let calls = 0;
    const broken: Matcher = {
      ...matcher,
      resolveApp: (name) => {
        if (++calls === 2) throw new Error('boom');
        return matcher.resolveApp(name);
      },
    };
    const value = batchOf(logRecord('Service timeout'), logRecord('Service timeout'), logRecord('x'));
    const results = process(value, broken);
    expect(results).toHaveLength(1);
    expect(results[0].outcome).toMatchObject({ kind: 'dead-lettered', letter: { reason: 'internal-error' } });
    expect(results[0].outbound!.value).toEqual(Buffer.from(JSON.stringify(value)));
  });
});

describe('the value of a dead letter of Kafka Connect', () => {
  it('is in nothing that is emitted', () => {
    const headers = {
      '__connect.errors.stage': 'TASK_PUT',
      '__connect.errors.connector.name': 'box-sink',
      '__connect.errors.exception.message': 'put failed',
      '__connect.errors.exception.stacktrace':
        'E: put failed\n\tat a.B\nCaused by: F: closed\nCaused by: com.box.sdk.BoxServerException: Unauthorized - Cannot authorize with this service\n',
    };
    const record = recordOf({ message: 'Service timeout', card: '4711-0815' }, { headers });
    const [{ outcome, outbound }] = processRecord(record, matcher, PROCESSED_AT, WITH_OTLP);
    expect(outcome).toMatchObject({
      kind: 'resolved',
      event: { error_type: 'box.app-deleted', app: 'box', match: { field: 'error.stack_trace', cause: 2 } },
    });
    expect(JSON.stringify([outcome, String(outbound!.value)])).not.toMatch(/4711|timeout/);
  });
});

describe('where a match in a stack trace stands', () => {
  it.each([
    ['BoxServerException: Unauthorized - Cannot authorize with this service', 0],
    ['E: x\n  Caused by: BoxServerException: Unauthorized - Cannot authorize with this service', 1],
    [
      'E: Caused by: nothing\nCaused by: F\nCaused by: BoxServerException: Unauthorized - Cannot authorize with this service\nCaused by: G',
      2,
    ],
  ])('%j is below cause %i', (stackTrace, cause) => {
    const [{ outcome }] = process({ app: 'box', message: 'poll failed', error: { stack_trace: stackTrace } });
    expect(outcome).toMatchObject({ event: { match: { field: 'error.stack_trace', cause } } });
  });

  it('is not told of other fields', () => {
    expect(process({ message: 'Service timeout' })[0].outcome).toMatchObject({ event: { match: { cause: null } } });
  });
});
