import { describe, expect, it } from 'vitest';
import { otlp } from '../../src/formats/otlp.ts';
import { MAX_LOG_RECORDS } from '../../src/formats/otlp-batch.ts';
import { eventIn, letterIn, OPTIONS, partsIn, recordOf } from './support.ts';

const decode = (value: unknown) => otlp(OPTIONS).decode(recordOf(value));
const text = (stringValue: string) => ({ stringValue });
const attribute = (key: string, value: object) => ({ key, value });

function batchOf(logRecords: unknown, resource: object[] = [attribute('service.name', text('okta-connector'))]) {
  return { resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [{ scope: { name: 's' }, logRecords }] }] };
}

const one = (logRecord: object) => eventIn(decode(batchOf([logRecord])));

describe('OTLP/JSON', () => {
  it('reads the example of the specification', () => {
    // https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/logs.json
    const example = {
      resourceLogs: [
        {
          resource: { attributes: [attribute('service.name', text('my.service'))] },
          scopeLogs: [
            {
              scope: {
                name: 'my.library',
                version: '1.0.0',
                attributes: [attribute('my.scope.attribute', text('some scope attribute'))],
              },
              logRecords: [
                {
                  timeUnixNano: '1544712660300000000',
                  observedTimeUnixNano: '1544712660300000000',
                  severityNumber: 10,
                  severityText: 'Information',
                  traceId: '5B8EFFF798038103D269B633813FC60C',
                  spanId: 'EEE19B7EC3C1B174',
                  body: text('Example log record'),
                  attributes: [
                    attribute('string.attribute', text('some string')),
                    attribute('boolean.attribute', { boolValue: true }),
                    attribute('int.attribute', { intValue: '10' }),
                    attribute('double.attribute', { doubleValue: 637.704 }),
                    attribute('array.attribute', { arrayValue: { values: [text('many'), text('values')] } }),
                    attribute('map.attribute', {
                      kvlistValue: { values: [attribute('some.map.key', text('some value'))] },
                    }),
                  ],
                },
              ],
            },
          ],
        },
      ],
    };
    const event = eventIn(decode(example));
    expect(event).toMatchObject({
      message: 'Example log record',
      timestampMs: 1_544_712_660_300,
      severity: 'info',
      app: undefined,
      connectorId: 'my.service',
      correlation: { traceId: '5b8efff798038103d269b633813fc60c' },
    });
    expect({ ...event.attributes }).toEqual({
      'string.attribute': 'some string',
      'boolean.attribute': true,
      'int.attribute': 10,
      'double.attribute': 637.704,
      'array.attribute': ['many', 'values'],
      'map.attribute.some.map.key': 'some value',
      'my.scope.attribute': 'some scope attribute',
      'otel.scope.name': 'my.library',
      span_id: 'eee19b7ec3c1b174',
    });
  });

  it('takes exceptions as the semantic conventions have them', () => {
    const event = one({
      body: text('poll failed'),
      attributes: [
        attribute('exception.type', text('java.net.ConnectException')),
        attribute('exception.message', text('Division by zero')),
        attribute('exception.stacktrace', text('Exception in thread "main"\n at A.b(A.java:1)')),
        attribute('http.response.status_code', { intValue: 401 }),
      ],
    });
    expect(event.error).toMatchObject({
      type: 'java.net.ConnectException',
      message: 'Division by zero',
      httpStatus: 401,
      stackTrace: expect.stringContaining('A.java:1'),
    });
    expect(event.app).toBe('okta');
  });

  it.each([
    [{ severityNumber: 1 }, 'trace'],
    [{ severityNumber: 8 }, 'debug'],
    [{ severityNumber: 16 }, 'warn'],
    [{ severityNumber: 17 }, 'error'],
    [{ severityNumber: 24 }, 'fatal'],
    [{ severityNumber: 'SEVERITY_NUMBER_ERROR2' }, 'error'],
    [{ severityNumber: 0, severityText: 'Warning' }, 'warn'],
    [{ severityNumber: 99 }, undefined],
    [{}, undefined],
  ])('takes %j as %s', (fields, severity) => {
    expect(one({ body: text('x'), ...fields }).severity).toBe(severity);
  });

  it.each([
    ['a map with a message', { kvlistValue: { values: [attribute('message', text('boom'))] } }, 'boom'],
    ['another map', { kvlistValue: { values: [attribute('a', { intValue: 1 })] } }, '{"a":1}'],
    ['a list', { arrayValue: { values: [text('a'), { boolValue: false }] } }, '["a",false]'],
    ['bytes', { bytesValue: Buffer.from('boom').toString('base64') }, 'boom'],
    ['a number', { intValue: '9007199254740993' }, '9007199254740993'],
  ])('takes a body that is %s', (_, body, message) => {
    expect(one({ body }).message).toBe(message);
  });

  it('takes the exception, else the name of the event, where there is no body', () => {
    expect(one({ attributes: [attribute('exception.message', text('m'))] }).message).toBe('m');
    expect(one({ eventName: 'device.crash' }).message).toBe('device.crash');
  });

  it('takes the time of observation, else none', () => {
    expect(one({ body: text('x'), timeUnixNano: '0', observedTimeUnixNano: 1.5e18 }).timestampMs).toBe(1.5e12);
    expect(one({ body: text('x') }).timestampMs).toBeUndefined();
  });

  it('takes the millisecond of each time, exact or not', () => {
    for (let ms = 1_700_000_000_000; ms < 1_700_000_000_300; ms++) {
      expect(one({ body: text('x'), timeUnixNano: `${ms}000000` }).timestampMs).toBe(ms);
      expect(one({ body: text('x'), timeUnixNano: `${ms}999000` }).timestampMs).toBe(ms);
    }
  });

  it('reads one ResourceLogs and one LogRecord alone', () => {
    expect(eventIn(decode(batchOf([{ body: text('x') }]).resourceLogs[0])).app).toBe('okta');
    expect(eventIn(decode({ body: text('x'), severityNumber: 17 }))).toMatchObject({ message: 'x', severity: 'error' });
  });

  it('leaves out what is nested too deep', () => {
    const deep = `${'{"arrayValue":{"values":['.repeat(5_000)}{"stringValue":"x"}${']}}'.repeat(5_000)}`;
    const value = Buffer.from(
      JSON.stringify(batchOf([{ body: text('x'), attributes: [] }])).replace('[]', `[{"key":"a","value":${deep}}]`),
    );
    expect(eventIn(decode(value)).message).toBe('x');
  });
});

describe('an OTLP batch', () => {
  it('gives the log records of all resources and scopes, in their order, each with its own resource', () => {
    const { resourceLogs } = batchOf([{ body: text('1') }, { body: text('2') }]);
    const other = batchOf([{ body: text('3') }], [attribute('service.name', text('box-connector'))]);
    const parts = partsIn(decode({ resourceLogs: [...resourceLogs, ...other.resourceLogs] }));
    expect(parts.map((part) => part.kind === 'event' && [part.event.message, part.event.app])).toEqual([
      ['1', 'okta'],
      ['2', 'okta'],
      ['3', 'box'],
    ]);
  });

  it.each([
    ['no resources', { resourceLogs: [] }],
    ['no log records', batchOf([])],
    ['lists left out', { resourceLogs: [{ resource: {} }] }],
    ['nothing', {}],
  ])('with %s is empty', (_, value) => {
    expect(decode(value)).toEqual({ kind: 'events', events: [] });
  });

  it('sets aside each log record without a text as a batch with only that one, which decodes to the same', () => {
    const bad = { severityNumber: 17, attributes: [attribute('n', { intValue: 1 })] };
    const parts = partsIn(decode(batchOf([{ body: text('1') }, bad, { body: text('2') }])));
    expect(parts.map(({ kind }) => kind)).toEqual(['event', 'dead-letter', 'event']);
    const [, letter] = parts;
    if (letter?.kind !== 'dead-letter') throw new Error('expected a dead letter');
    expect(JSON.parse(letter.value.toString())).toEqual(batchOf([bad]));
    expect(letterIn(decode(letter.value))).toEqual(letter.letter);
  });

  it.each([
    ['a log record', batchOf(['x', { body: text('1') }]), batchOf(['x'])],
    [
      'log records',
      { resourceLogs: [...batchOf(7).resourceLogs, ...batchOf([{ body: text('1') }]).resourceLogs] },
      batchOf([7]),
    ],
    [
      'a scope',
      { resourceLogs: [{ scopeLogs: [7] }, ...batchOf([{ body: text('1') }]).resourceLogs] },
      { resourceLogs: [{ scopeLogs: [7] }] },
    ],
    ['a resource', { resourceLogs: [null, ...batchOf([{ body: text('1') }]).resourceLogs] }, { resourceLogs: [null] }],
  ])('sets aside %s that is something else, and uses the rest', (_, value, alone) => {
    const [first, second] = partsIn(decode(value));
    expect(first).toMatchObject({ kind: 'dead-letter', letter: { reason: 'wrong-format' } });
    expect(first?.kind === 'dead-letter' && JSON.parse(first.value.toString())).toEqual(alone);
    expect(second).toMatchObject({ kind: 'event', event: { message: '1' } });
  });

  it('is set aside as a whole when its dead letters would be large, or when it holds too many log records', () => {
    const resource = [attribute('note', text('x'.repeat(300_000)))];
    expect(letterIn(decode(batchOf([{ body: text('1') }, {}, {}, {}, {}], resource)))).toMatchObject({
      reason: 'missing-message',
      error: expect.stringContaining('none was used'),
    });
    const logRecord = { body: text('1') };
    expect(partsIn(decode(batchOf(Array(MAX_LOG_RECORDS).fill(logRecord))))).toHaveLength(MAX_LOG_RECORDS);
    expect(letterIn(decode(batchOf(Array(MAX_LOG_RECORDS + 1).fill(logRecord)))).reason).toBe('too-many-events');
  });

  it('is set aside as a whole when its headers, which each dead letter repeats, would take too much', () => {
    const bad = batchOf([{ body: text('1') }, {}, {}, {}, {}]);
    const decodeWith = (bytes: number) => otlp(OPTIONS).decode(recordOf(bad, { note: Buffer.alloc(bytes) }));
    expect(partsIn(decodeWith(200_000))).toHaveLength(5);
    expect(letterIn(decodeWith(300_000)).error).toContain('none was used');
  });

  it('is set aside as a whole when its log records would have much more with their resources than it has bytes', () => {
    const note = [attribute('note', text('x'.repeat(700_000)))];
    const logRecord = { body: text('1') };
    expect(partsIn(decode(batchOf(Array(96).fill(logRecord), note)))).toHaveLength(96);
    expect(letterIn(decode(batchOf(Array(97).fill(logRecord), note)))).toMatchObject({
      reason: 'too-many-events',
      error: expect.stringContaining('resources'),
    });
  });

  it.each([[{ resourceSpans: [] }], [{ message: 'x' }]])('%j is none', (value) => {
    expect(letterIn(decode(value)).reason).toBe('wrong-format');
  });
});
