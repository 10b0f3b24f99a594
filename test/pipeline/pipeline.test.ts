import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { createRedaction } from '../../src/redaction/redactor.ts';
import type { SourceRecord } from '../../src/transport/port.ts';
import { matcher, OPTIONS, PROCESSED_AT, recordOf } from './records.ts';

const BOX_MESSAGE = 'com.box.sdk.BoxServerException: Unauthorized - Cannot authorize with this service';

const REDACTIONS = (['on', 'off'] as const).map((mode) =>
  createRedaction({ mode, emails: true, rules: [], deadLetters: 'redact' }),
);

function process(value: unknown, rest: Partial<SourceRecord> = {}) {
  return processRecord(recordOf(value, rest), matcher, PROCESSED_AT, OPTIONS)[0];
}

/** The emitted event of a record that must be resolved or unclassified. */
function eventOf(value: unknown, rest: Partial<SourceRecord> = {}) {
  const { outcome } = process(value, rest);
  if (outcome.kind !== 'resolved' && outcome.kind !== 'unclassified')
    throw new Error(`unexpected outcome ${outcome.kind}`);
  return outcome.event;
}

describe('a known error', () => {
  const value = {
    id: 'e1',
    timestamp: '2026-11-24T06:15:00Z',
    severity: 'ERROR',
    app: 'Box.com',
    connector_id: 'box-eu-1',
    tenant_id: 't1',
    message: BOX_MESSAGE,
    correlation: { trace_id: 'abc', request_id: 'r1' },
    region: 'eu',
    attributes: { attempt: 3 },
  };

  it('becomes a resolution event with all that the contract names', () => {
    const event = eventOf(value);
    expect(resolutionEventSchema.parse(event)).toEqual(event);
    expect(event).toMatchObject({
      event_id: 'in:2:7',
      outcome: 'resolved',
      id: 'e1',
      error_type: 'box.app-deleted',
      seed_row: 9,
      confidence: 'exact',
      app: 'box',
      connector_id: 'box-eu-1',
      tenant_id: 't1',
      severity: 'error',
      message: BOX_MESSAGE,
      resolution: { action: 'reconnect', owner: 'customer', retryable: false },
      catalog: { version: matcher.catalog.version, digest: matcher.catalog.digest },
      source: { topic: 'in', partition: 2, offset: 7, timestamp: '2026-11-24T06:15:06.489Z' },
      correlation: { trace_id: 'abc', request_id: 'r1' },
      occurred_at: '2026-11-24T06:15:00.000Z',
      processed_at: '2026-11-24T06:15:11.489Z',
      attributes: { region: 'eu', attempt: 3 },
      attributes_dropped: 0,
    });
    expect(BOX_MESSAGE.slice(event.match!.start, event.match!.end)).toBe(BOX_MESSAGE.slice('com.box.sdk.'.length));
  });

  it('goes to the output topic, keyed by connector, else tenant, else by its source partition', () => {
    expect(process(value).outbound).toMatchObject({ topic: 'out', key: Buffer.from('box-eu-1'), partitionHint: 2 });
    expect(process({ ...value, connector_id: null }).outbound).toMatchObject({ key: Buffer.from('t1') });
    expect(process({ message: BOX_MESSAGE, app: 'box' }).outbound).toMatchObject({ key: null, partitionHint: 2 });
  });

  it('happened when it says, else when the record was written, else now', () => {
    const { timestamp, ...undated } = value;
    const [event, record, now] = [eventOf(value), eventOf(undated), eventOf(undated, { timestampMs: -1 })];
    expect(event.occurred_at).toBe('2026-11-24T06:15:00.000Z');
    expect(record.occurred_at).toBe('2026-11-24T06:15:06.489Z');
    expect([now.occurred_at, now.source.timestamp]).toEqual([PROCESSED_AT, null]);
  });

  it('gives the same event for the same record, byte by byte', () => {
    expect(process(value).outbound).toEqual(process(value).outbound);
  });

  it('is found in the error object when the message does not say it', () => {
    const event = eventOf({
      app: 'box',
      message: 'poll failed',
      error: { message: 'x', stack_trace: `E\nCaused by: ${BOX_MESSAGE}` },
    });
    expect(event).toMatchObject({ error_type: 'box.app-deleted', match: { field: 'error.stack_trace' } });
  });
});

describe('the error object', () => {
  it('is carried along, and what it holds beside the known fields is kept as attributes', () => {
    const error = { type: 'E', code: 'E42', http_status: 418, message: 'm', foo: 1 };
    expect(eventOf({ message: 'strange', error, correlation: { trace_id: 't', span: 's' } })).toMatchObject({
      error: { type: 'E', code: 'E42', http_status: 418, message: 'm', stack_trace: null },
      correlation: { trace_id: 't', request_id: null },
      attributes: { 'error.foo': 1, 'correlation.span': 's' },
    });
  });

  it.each([
    [{ app: 'aws', error: { type: 'java.lang.NullPointerException' } }, 'aws.null-pointer', 'exact', 'error.type'],
    [{ app: 'o365', error: { code: 'AADSTS70008' } }, 'microsoft-365.token-expired', 'partial', 'error.code'],
    [{ app: 'okta', error: { http_status: 401 } }, 'okta.http-401', 'inferred', 'error.http_status'],
  ])('%j gives %s', (fields, errorType, confidence, field) => {
    expect(eventOf({ message: 'poll failed', ...fields })).toMatchObject({
      error_type: errorType,
      confidence,
      match: { field },
    });
  });
});

describe('an unknown error', () => {
  it('is emitted as unclassified with a fingerprint that numbers and ids do not change', () => {
    const [a, b, other] = [
      'Quota exceeded for user 4711 (request 5f3a-77) after 3 tries',
      'Quota exceeded for user 12 (request 99aa-01) after 17 tries',
      'Quota exceeded for group 12 (request 99aa-01) after 17 tries',
    ].map((message) => eventOf({ app: 'box', message }));
    expect(a).toMatchObject({ outcome: 'unclassified', error_type: null, confidence: null, resolution: null });
    expect(a!.template).toBe('Quota exceeded for user <*> (request <*>) after <*> tries');
    expect(b!.fingerprint).toBe(a!.fingerprint);
    expect(other!.fingerprint).not.toBe(a!.fingerprint);
  });

  it('lists the entries that could not be told apart when the record names no app', () => {
    const event = eventOf({ message: 'NullPointerException' });
    expect(event.alternatives.map(({ error_type }) => error_type).sort()).toEqual([
      'aws.null-pointer',
      'microsoft-365.null-pointer',
    ]);
  });
});

describe('an inferred entry', () => {
  const guess = { app: 'Okta', message: 'got HTTP/1.1 401 from the API, body {"errorCode":"E0000011"}' };

  it('is marked as such, with the vendor code that no entry knows', () => {
    expect(eventOf(guess)).toMatchObject({
      outcome: 'resolved',
      error_type: 'okta.http-401',
      confidence: 'inferred',
      generic: true,
      match: { captures: { code: 'E0000011' } },
    });
  });

  it('is not given when inferring is off, but named', () => {
    const [{ outcome }] = processRecord(recordOf(guess), matcher, PROCESSED_AT, { ...OPTIONS, mayInfer: false });
    expect(outcome).toMatchObject({
      kind: 'unclassified',
      event: { error_type: null, alternatives: [{ error_type: 'okta.http-401' }] },
    });
  });

  it('does not make an error of a warning, and gives way to a known text in the error object', () => {
    expect(process({ ...guess, severity: 'warn' }).outcome.kind).toBe('ignored');
    const known = { message: 'HttpRequestFailure: Server returned: 404 Not Found' };
    expect(eventOf({ ...guess, error: known })).toMatchObject({ error_type: 'okta.http-404', confidence: 'exact' });
  });
});

describe('severity', () => {
  it.each([
    ['info', BOX_MESSAGE, 'ignored'],
    ['DEBUG', BOX_MESSAGE, 'ignored'],
    ['warn', BOX_MESSAGE, 'resolved'],
    ['Warning', 'retrying in 3 s', 'ignored'],
    ['ERROR', 'something new', 'unclassified'],
    ['fatal', BOX_MESSAGE, 'resolved'],
    [50, 'something new', 'unclassified'],
    ['??', 'something new', 'unclassified'],
    ['INF', BOX_MESSAGE, 'ignored'],
    [undefined, 'something new', 'unclassified'],
  ])('%s with %s is %s', (severity, message, expected) => {
    expect(process({ severity, app: 'box', message }).outcome.kind).toBe(expected);
  });
});

describe('bad input', () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, i]));

  it.each<[name: string, value: unknown, expected: string]>([
    ['bytes that are no JSON', Buffer.from('{"message":'), 'not-json'],
    ['an Avro record', Buffer.from([0, 0, 0, 0, 7, 12, 65]), 'not-json'],
    ['a JSON array', [], 'not-an-object'],
    ['a JSON text', 'message', 'not-an-object'],
    ['JSON null', Buffer.from('null'), 'not-an-object'],
    ['no message', { app: 'box' }, 'missing-message'],
    ['an empty message', { message: '' }, 'missing-message'],
    ['a message that is an object', { message: { text: 'x' } }, 'missing-message'],
    ['an empty value', Buffer.alloc(0), 'empty-value'],
    ['a value above the limit', Buffer.alloc(1_001, 'x'), 'record-too-large'],
  ])('%s is dead-lettered, unchanged, with the reason', (_, value, reason) => {
    const record = recordOf(value, { headers: { origin: 'test' } });
    const limits = { ...OPTIONS.limits, recordBytes: 1_000 };
    const [{ outcome, outbound }] = processRecord(record, matcher, PROCESSED_AT, { ...OPTIONS, limits });
    expect(outcome).toMatchObject({ kind: 'dead-lettered', letter: { reason, stage: 'decode' } });
    expect(outbound).toMatchObject({
      topic: 'dlq',
      key: record.key,
      value: record.value,
      timestampMs: record.timestampMs,
    });
    expect(outbound!.headers).toMatchObject({
      origin: 'test',
      'triage.dlq.reason': reason,
      'triage.dlq.stage': 'decode',
      'triage.dlq.source.topic': 'in',
      'triage.dlq.source.partition': '2',
      'triage.dlq.source.offset': '7',
      'triage.dlq.version': '1.2.3',
    });
  });

  it.each<[name: string, value: unknown, expected: object]>([
    [
      'a message of 5 MB',
      { app: 'box', message: `${'x '.repeat(200_000)}${BOX_MESSAGE} ${'y'.repeat(4_500_000)}` },
      { error_type: 'box.app-deleted', message_truncated: true },
    ],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from(`{"app":"box","message":"${BOX_MESSAGE} `),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from('"}'),
      ]),
      { error_type: 'box.app-deleted' },
    ],
    ['NUL bytes', { app: 'box', message: BOX_MESSAGE.split('').join('\u0000') }, { error_type: 'box.app-deleted' }],
    ['lone surrogates', { app: 'box', message: `\ud800${BOX_MESSAGE}\udfff` }, { error_type: 'box.app-deleted' }],
    [
      'an unknown app',
      { app: 'No Such App', message: 'Service timeout' },
      { error_type: 'all.service-timeout', app: 'No Such App' },
    ],
    [
      'an app that is a number',
      { app: 365, message: 'Service timeout' },
      { error_type: 'all.service-timeout', app: '365' },
    ],
    [
      'an app that is an object',
      { app: { name: 'box' }, message: 'Service timeout' },
      { app: null, attributes: { app: { name: 'box' } } },
    ],
    [
      '10,000 unknown fields',
      { message: 'Service timeout', ...many },
      { error_type: 'all.service-timeout', attributes_dropped: 9_950 },
    ],
    [
      'a wrong timestamp',
      { message: 'Service timeout', timestamp: 'yesterday' },
      { occurred_at: '2026-11-24T06:15:06.489Z', attributes: { timestamp: 'yesterday' } },
    ],
    [
      'a year that cannot be',
      { message: 'Service timeout', timestamp: 8.7e15 },
      { occurred_at: '2026-11-24T06:15:11.489Z' },
    ],
  ])('%s is processed', (_, value, expected) => {
    expect(eventOf(value)).toMatchObject(expected);
  });

  it('takes the level where there is no severity', () => {
    expect(process({ level: 'INFO', app: 'box', message: BOX_MESSAGE }).outcome.kind).toBe('ignored');
  });

  it('leaves out a field that is nested too deep to be written', () => {
    const value = Buffer.from(`{"message":"Service timeout","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(eventOf(value)).toMatchObject({ error_type: 'all.service-timeout', attributes: {}, attributes_dropped: 1 });
  });

  it.each([100, 1_000, 2_000, 3_000, 3_500, 4_000, 5_000, 100_000])(
    'comes through a field that is nested %i deep, redacted or not',
    (depth) => {
      const value = Buffer.from(`{"message":"Service timeout","x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
      for (const redaction of REDACTIONS) {
        const [{ outcome, outbound }] = processRecord(recordOf(value), matcher, PROCESSED_AT, {
          ...OPTIONS,
          redaction,
        });
        expect(outcome).toMatchObject({ kind: 'resolved', event: { error_type: 'all.service-timeout' } });
        resolutionEventSchema.parse(JSON.parse(outbound!.value!.toString()));
      }
    },
  );

  it.each([1_000, 2_000, 3_500, 100_000])('sets aside an array that is nested %i deep, redacted or not', (depth) => {
    const record = recordOf(Buffer.from('['.repeat(depth) + ']'.repeat(depth)));
    for (const redaction of REDACTIONS) {
      const [{ outcome, outbound }] = processRecord(record, matcher, PROCESSED_AT, { ...OPTIONS, redaction });
      expect(outcome).toMatchObject({ kind: 'dead-lettered', letter: { reason: 'not-an-object' } });
      expect(outbound!.topic).toBe('dlq');
    }
  });

  it('keeps __proto__ as a plain attribute', () => {
    const event = eventOf(
      Buffer.from('{"message":"Service timeout","__proto__":{"polluted":true},"attributes":{"constructor":1}}'),
    );
    expect(JSON.parse(JSON.stringify(event)).attributes).toEqual(
      JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('ignores a tombstone', () => {
    expect(process(null)).toEqual({ outcome: { kind: 'ignored' }, outbound: undefined });
  });

  it('takes an empty key and a missing timestamp', () => {
    const letter = process(Buffer.from('x'), { key: Buffer.alloc(0), timestampMs: -1 }).outbound!;
    expect(letter.key).toEqual(Buffer.alloc(0));
    expect(letter).not.toHaveProperty('timestampMs');
  });

  it('sets a record aside when a stage fails, and says so', () => {
    const broken = {
      ...matcher,
      resolveApp: () => {
        throw new Error('boom');
      },
    };
    const [{ outcome, outbound }] = processRecord(recordOf({ message: 'x' }), broken, PROCESSED_AT, OPTIONS);
    expect(outcome).toEqual({
      kind: 'dead-lettered',
      letter: { reason: 'internal-error', stage: 'classify', error: 'boom' },
      eventId: 'in:2:7',
    });
    expect(outbound!.topic).toBe('dlq');
  });
});

describe('any record', () => {
  it('ends in exactly one outcome, and publishes what that outcome says', () => {
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
      fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
      fc.record(
        {
          message: fc.anything(),
          app: fc.anything(),
          severity: fc.anything(),
          timestamp: fc.anything(),
          error: fc.anything(),
          attributes: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(value, (each) => {
        const json = Buffer.isBuffer(each)
          ? each
          : Buffer.from(JSON.stringify(each, (_, v) => (typeof v === 'bigint' ? String(v) : v)) ?? '');
        const { outcome, outbound } = process(json);
        const topic = { resolved: 'out', unclassified: 'out', 'dead-lettered': 'dlq', ignored: undefined }[
          outcome.kind
        ];
        expect(outbound?.topic).toBe(topic);
        if (topic === 'out') resolutionEventSchema.parse(JSON.parse(outbound!.value!.toString()));
      }),
      { numRuns: 3_000 },
    );
  });
});
