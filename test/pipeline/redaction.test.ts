import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { createRedaction, DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { leak, type Planted, planted } from '../redaction/secrets.ts';
import { collector } from '../telemetry/collector.ts';
import { matcher, NOW_MS, OPTIONS, PROCESSED_AT, recordOf } from './records.ts';

/** The long run: TRIAGE_PROPERTY_RUNS=100000 npx vitest run test/pipeline/redaction.test.ts */
const RUNS = Number(process.env.TRIAGE_PROPERTY_RUNS ?? 3_000);
/** The long run takes minutes. */
const TIMEOUT_MS = 60_000 + RUNS * 20;

const KNOWN = 'HttpRequestFailure: Server returned: 401 Unauthorized';

/** Puts a text somewhere into an event that is otherwise in order. */
const PLACES: Readonly<Record<string, (text: string) => object>> = {
  message: (text) => ({ message: text }),
  'the message behind a known error': (text) => ({ message: `${KNOWN} ${text}` }),
  'the message before a known error': (text) => ({ message: `${text} ${KNOWN}` }),
  'the message inside a known pattern': (text) => ({ message: `AADSTS70008 Tenant ${text} does not exist AF20023` }),
  id: (id) => ({ id }),
  app: (app) => ({ app }),
  connector_id: (id) => ({ connector_id: id }),
  tenant_id: (id) => ({ tenant_id: id }),
  severity: (severity) => ({ severity }),
  timestamp: (timestamp) => ({ timestamp }),
  'error.type': (type) => ({ error: { type } }),
  'error.code': (code) => ({ error: { code } }),
  'error.http_status': (text) => ({ error: { http_status: text } }),
  'error.message': (text) => ({ error: { message: `${KNOWN}: ${text}` } }),
  'error.stack_trace': (text) => ({ error: { stack_trace: text } }),
  'another field of error': (text) => ({ error: { type: 'x', cause: { text } } }),
  correlation: (text) => ({ correlation: { trace_id: text, request_id: text, other: text } }),
  'an attribute': (text) => ({ attributes: { note: text } }),
  'an attribute in depth': (text) => ({ attributes: { a: [{ b: [text, 1] }] } }),
  'the name of an attribute': (text) => ({ attributes: { [text]: true, x: { [text]: 1 } } }),
  'an unknown field': (text) => ({ 'x-extra': [text] }),
};

const BASE = { message: KNOWN, app: 'okta', connector_id: 'okta-1', severity: 'error', id: 'e-1' };

const placed = fc
  .tuple(planted, fc.constantFrom(...Object.keys(PLACES)))
  .map(([each, place]) => ({ ...each, place, event: { ...BASE, ...PLACES[place]!(each.text) } }));

function expectSafe(each: Planted, where: string, output: string): void {
  const piece = leak(each, output);
  if (piece === undefined) return;
  const at = output.indexOf(piece);
  expect.fail(
    `${each.form}, ${each.wrap}, ${where}: ${each.text}\n -> ${output.slice(Math.max(0, at - 200), at + 60)}`,
  );
}

function textOf(outbound: ReturnType<typeof processRecord>[0]['outbound']): string {
  return JSON.stringify({ ...outbound, key: String(outbound?.key), value: String(outbound?.value) });
}

describe('a secret anywhere in an event', () => {
  it('is in nothing that is published, logged or measured', { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(placed, ({ event, place, ...each }) => {
        const [{ outcome, outbound }] = processRecord(recordOf(event), matcher, PROCESSED_AT, OPTIONS);
        expectSafe(each, place, textOf(outbound) + JSON.stringify(outcome));
        if (outcome.kind === 'dead-lettered') expect.fail(`dead letter: ${outcome.letter.error}`);
        if (outcome.kind !== 'ignored') resolutionEventSchema.parse(JSON.parse(outbound!.value!.toString()));
      }),
      { numRuns: RUNS },
    );
  });

  it('never changes which entry is found', () => {
    const off = createRedaction({ mode: 'off', emails: true, rules: [], deadLetters: 'keep' });
    fc.assert(
      fc.property(placed, ({ event }) => {
        const [withSecrets, without] = [{ ...OPTIONS, redaction: off }, OPTIONS].map((options) => {
          const [{ outcome }] = processRecord(recordOf(event), matcher, PROCESSED_AT, options);
          const found = 'event' in outcome ? outcome.event : undefined;
          return [outcome.kind, found?.error_type, found?.confidence, found?.match?.pattern, found?.alternatives];
        });
        expect(without).toEqual(withSecrets);
      }),
      { numRuns: 500 },
    );
  });

  it('is in no dead letter header; with deadLetters: redact, in no part of it', { timeout: TIMEOUT_MS }, () => {
    const redact = createRedaction({ mode: 'on', emails: true, rules: [], deadLetters: 'redact' });
    const broken = fc.constantFrom<(text: string) => Buffer>(
      (text) => Buffer.from(`${JSON.stringify({ message: text })}}`),
      (text) => Buffer.from(JSON.stringify([text, { note: text }])),
      (text) => Buffer.from(JSON.stringify({ massage: text })),
      (text) => Buffer.from(`x ${text}`),
      (text) => Buffer.concat([Buffer.from([0, 0, 0, 0, 7, 0xff]), Buffer.from(text)]),
    );
    fc.assert(
      fc.property(planted, broken, (each, breakIt) => {
        const value = breakIt(each.text);
        const rest = { key: Buffer.from(each.text), headers: { note: each.text, [each.text]: Buffer.from(each.text) } };
        const [kept] = processRecord(recordOf(value), matcher, PROCESSED_AT, OPTIONS);
        expect(kept.outcome.kind).toBe('dead-lettered');
        expect(kept.outbound!.value).toBe(value);
        expectSafe(each, 'header', JSON.stringify(kept.outbound!.headers) + JSON.stringify(kept.outcome));
        const [{ outbound }] = processRecord(recordOf(value, rest), matcher, PROCESSED_AT, {
          ...OPTIONS,
          redaction: redact,
        });
        const headers = Object.entries(outbound!.headers).map(([name, header]) => `${name}: ${String(header)}`);
        expectSafe(each, 'dead letter', `${String(outbound!.key)}\n${String(outbound!.value)}\n${headers.join('\n')}`);
        expect(outbound!.headers['triage.dlq.redacted']).toBe('true');
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });

  it.each(['json', 'pretty'] as const)('is in no log line (%s)', { timeout: TIMEOUT_MS }, (format) => {
    const { stream, take } = collector();
    const logger = createLogger({ level: 'debug', format, destination: stream });
    fc.assert(
      fc.property(planted, fc.nat(4), (each, how) => {
        const { text } = each;
        if (how === 0) logger.info(text);
        if (how === 1) logger.child({ component: text }).warn({ reason: text }, 'x');
        if (how === 2) logger.error({ err: new Error(text) }, 'failed');
        if (how === 3) logger.debug({ [text]: { deep: [text] } }, text);
        if (how === 4) logger.info({ raw: Buffer.from(text).toString() }, 'x %s', text);
        expectSafe(each, `log ${how}`, take());
      }),
      { numRuns: Math.ceil(RUNS / 6) },
    );
  });

  it('is in no label of a metric', async () => {
    const metrics = new Metrics({
      catalog: matcher.catalog,
      maxConnectors: 5_000,
      countsInferred: true,
      topics: { input: 'in', output: 'out', deadLetter: 'dlq' },
      version: '1',
    });
    const records = ['password=hunter2Abc', 'ann.hunter2Abc@acme.com'].map((id) =>
      recordOf({ ...BASE, connector_id: id, app: id }),
    );
    const outcomes = records.map((record) => processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outcome);
    const batch = { topic: 'in', partition: 2, startOffset: 7, nextOffset: 8, endOffset: 8, records };
    metrics.countBatch({ batch, outcomes, publishedByTopic: new Map(), durationMs: 1, ackedAtMs: NOW_MS });
    const { body: shown } = await metrics.exposition();
    expect(shown).toContain('connector="[redacted:email]"');
    expect(shown).not.toContain('hunter2Abc');
  });
});

describe('the match', () => {
  const eventOf = (value: object, options = OPTIONS) => {
    const [{ outcome }] = processRecord(recordOf({ ...BASE, ...value }), matcher, PROCESSED_AT, options);
    if (outcome.kind !== 'resolved') throw new Error(`expected a match, found ${outcome.kind}`);
    return outcome.event;
  };

  it('is where it stands in the redacted message', () => {
    const { message, match } = eventOf({ message: `password=hunter2 ann@acme.com: ${KNOWN}; token=abcdef` });
    expect(message.slice(match!.start, match!.end)).toBe(KNOWN);
    expect(message).toBe(`password=[redacted:password] [redacted:email]: ${KNOWN}; token=[redacted:token]`);
  });

  it('holds the placeholder of a secret in it, and captures hold it, too', () => {
    const text = 'DataServiceException: Tenant password=hunter2Abc9 does not exist';
    const { message, match } = eventOf({ app: 'Microsoft 365', message: `ann@acme.com ${text}` });
    const shown = text.replace('hunter2Abc9', '[redacted:password]');
    expect(message.slice(match!.start, match!.end)).toBe(shown);
    expect(match!.captures).toEqual({ tenant: '[redacted:password]' });
  });

  it('keeps captures that are no secrets', () => {
    const text = 'DataServiceException: Tenant contoso.example does not exist';
    expect(eventOf({ app: 'Microsoft 365', message: `password=hunter2 ${text}` }).match!.captures).toEqual({
      tenant: 'contoso.example',
    });
  });

  it('is right in another field, too', () => {
    const { error, match } = eventOf({ message: 'x', error: { message: `ann@acme.com ${KNOWN}` } });
    expect([match!.field, error!.message!.slice(match!.start, match!.end)]).toEqual(['error.message', KNOWN]);
  });

  it.each(['message', 'stack_trace'])('is placed without redacting error.%s again', (field) => {
    const text = `ann@acme.com ${KNOWN}`;
    const redacted: string[] = [];
    const redact = (given: string) => {
      redacted.push(given);
      return DEFAULT_REDACTOR.redact(given);
    };
    const redaction = { redactor: { ...DEFAULT_REDACTOR, redact }, deadLetters: 'keep' } as const;
    eventOf({ message: 'x', error: { [field]: text } }, { ...OPTIONS, redaction });
    expect(redacted.filter((each) => each === text)).toHaveLength(1);
  });

  it('is right behind the place where the message is cut', () => {
    const message = `password=hunter2 ${'x '.repeat(20_000)}${KNOWN}`;
    const shift = '[redacted:password]'.length - 'hunter2'.length;
    expect(eventOf({ message }).match!.start).toBe(message.indexOf(KNOWN) + shift);
  });
});

describe('a long message', () => {
  const limits = { ...OPTIONS.limits, messageChars: 256 };
  const messageOf = (message: string) => {
    const [{ outcome }] = processRecord(recordOf({ ...BASE, message }), matcher, PROCESSED_AT, { ...OPTIONS, limits });
    if (!('event' in outcome)) throw new Error(outcome.kind);
    return outcome.event;
  };

  it('is cut without half a secret at the cut', () => {
    for (let before = 200; before < 260; before++) {
      const { message } = messageOf(`${'x'.repeat(before)} AKIAIOSFODNN7EXAMPLE ${'y'.repeat(500)}`);
      expect(message).not.toMatch(/AKI/);
      expect(message.length).toBeLessThanOrEqual(256);
    }
  });

  it('says that it is cut when the placeholders made it too long', () => {
    const { message, message_truncated } = messageOf('pwd=ab1 '.repeat(30));
    expect([message.length, message_truncated]).toEqual([256, true]);
  });
});

describe('the group of an unclassified message', () => {
  it('is told without its secrets, and is the same whatever they are', () => {
    const groupOf = (password: string) => {
      const message = `sync of ledger refused, secret: ${password} (attempt 3)`;
      const [{ outcome }] = processRecord(recordOf({ ...BASE, message }), matcher, PROCESSED_AT, OPTIONS);
      if (outcome.kind !== 'unclassified') throw new Error(outcome.kind);
      return outcome.event;
    };
    const [one, other] = [groupOf('hunter'), groupOf('letmein')];
    expect(one.template).toBe('sync of ledger refused, secret: [redacted:secret] (attempt <*>)');
    expect(other.fingerprint).toBe(one.fingerprint);
  });
});

describe('redaction off', () => {
  it('emits what came', () => {
    const off = createRedaction({ mode: 'off', emails: true, rules: [], deadLetters: 'redact' });
    const message = `${KNOWN} password=hunter2`;
    const value = { ...BASE, message, attributes: { token: 'abc' } };
    const [{ outbound }] = processRecord(recordOf(value), matcher, PROCESSED_AT, { ...OPTIONS, redaction: off });
    expect(JSON.parse(outbound!.value!.toString())).toMatchObject({ message, attributes: { token: 'abc' } });
    const [letter] = processRecord(recordOf(Buffer.from('x')), matcher, PROCESSED_AT, { ...OPTIONS, redaction: off });
    expect([String(letter.outbound!.value), letter.outbound!.headers['triage.dlq.redacted']]).toEqual(['x', undefined]);
  });
});

describe('a dead letter that is redacted', () => {
  const redaction = createRedaction({ mode: 'on', emails: true, rules: [], deadLetters: 'redact' });
  const letterOf = (value: Buffer, headers = {}) =>
    processRecord(recordOf(value, { headers }), matcher, PROCESSED_AT, { ...OPTIONS, redaction })[0].outbound!;

  it('keeps every byte that is no secret', () => {
    const before = Buffer.from([0, 0, 0, 1, 0xff, 0xfe]);
    const value = Buffer.concat([before, Buffer.from(' Müller password=hunter2 end')]);
    const expected = Buffer.concat([before, Buffer.from(' Müller password=[redacted:password] end')]);
    expect(letterOf(value).value).toEqual(expected);
  });

  it('is the same record when it holds no secret', () => {
    const value = Buffer.from('no json');
    const letter = letterOf(value, { a: 'b' });
    expect(letter.value).toBe(value);
    expect(letter.headers).not.toHaveProperty('triage.dlq.redacted');
  });

  it('loses headers that are named after a secret', () => {
    const { headers } = letterOf(Buffer.from('x'), {
      Authorization: 'x y z 1',
      'x-api-key': ['k1', Buffer.from('k2')],
    });
    expect(headers).toMatchObject({ 'triage.dlq.redacted': 'true' });
    expect(String(headers['x-api-key'])).toBe('[redacted:api-key],[redacted:api-key]');
  });
});
