import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auto } from '../../src/formats/auto.ts';
import type { InputFormat } from '../../src/formats/format.ts';
import { inputFormat } from '../../src/formats/input-format.ts';
import { INPUT_FORMATS } from '../../src/formats/names.ts';
import { decodeNative } from '../../src/formats/native-json.ts';
import type { Headers } from '../../src/transport/port.ts';
import { eventIn, letterIn, OPTIONS, recordOf } from './support.ts';

const decode = (value: unknown, headers?: Headers) => auto(OPTIONS).decode(recordOf(value, headers));
const CLOUD_EVENT = { specversion: '1.0', id: 'i', source: 's', type: 't' };

describe('the format auto', () => {
  it.each<[name: string, value: unknown, headers: Headers, message: string]>([
    [
      'headers of Kafka Connect',
      { message: 'native' },
      { '__connect.errors.stage': 'X', '__connect.errors.exception.message': 'connect' },
      'connect',
    ],
    ['headers of CloudEvents', { message: 'data' }, { ce_specversion: '1.0', ce_id: 'i' }, 'data'],
    [
      'the content type of CloudEvents',
      { ...CLOUD_EVENT, data: 'data' },
      { 'content-type': 'application/cloudevents+json' },
      'data',
    ],
    [
      'the content type of texts',
      Buffer.from('{"message":"native"}'),
      { 'content-type': 'text/plain; charset=utf-8' },
      '{"message":"native"}',
    ],
    [
      'resourceLogs',
      { message: 'native', resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'otlp' } }] }] }] },
      {},
      'otlp',
    ],
    ['the attributes that CloudEvents requires', { ...CLOUD_EVENT, message: 'native', data: 'data' }, {}, 'data'],
    ['ecs.version', { 'ecs.version': '1.2.0', 'error.message': 'ecs' }, {}, 'ecs'],
    ['@timestamp beside ecs', { '@timestamp': '2024-05-01T10:00:00Z', ecs: {}, 'error.message': 'ecs' }, {}, 'ecs'],
  ])('tells by %s', (_, value, headers, message) => {
    expect(eventIn(decode(value, headers)).message).toBe(message);
  });

  it('reads all else as native JSON does, whatever it is', () => {
    const key = fc.constantFrom(
      'message',
      'app',
      'error',
      'specversion',
      'type',
      '@timestamp',
      'body',
      'data',
      'ecs',
      'x',
    );
    const value = fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })).map((fields) => Buffer.from(JSON.stringify(fields))),
      fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.option(value), (each) => {
        const said = each === null ? '' : each.toString();
        fc.pre(!/"ecs":\{.*("version"|"@timestamp")|"@timestamp".*"ecs":\{/.test(said));
        expect(decode(each, { other: 'x', 'content-type': 'application/json' })).toEqual(
          decodeNative(each, OPTIONS.maxBytes),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['a version without the other attributes of CloudEvents', { message: 'm', specversion: '1.0', id: 'i' }],
    ['a time as Logstash writes it', { message: 'm', '@timestamp': '2024-05-01T10:00:00Z', '@version': '1' }],
    ['a body', { message: 'm', body: { stringValue: 'b' }, severityNumber: 17 }],
  ])('reads %s as native JSON', (_, value) => {
    expect(decode(value)).toEqual(decodeNative(Buffer.from(JSON.stringify(value)), OPTIONS.maxBytes));
  });

  it('reads what Logstash ships: native JSON with its time and stack trace, the Schema where that names the level', () => {
    const shipped = { '@timestamp': '2024-05-01T10:00:00Z', '@version': '1', message: 'm' };
    expect(eventIn(decode({ ...shipped, level: 'INFO', stack_trace: 'E: x' }))).toMatchObject({
      timestampMs: Date.parse('2024-05-01T10:00:00Z'),
      severity: 'info',
      error: { stackTrace: 'E: x' },
    });
    for (const level of [{ log: { level: 'INFO' } }, { 'log.level': 'INFO' }]) {
      expect(eventIn(decode({ ...shipped, ...level })).severity).toBe('info');
    }
  });

  it("reads the value that Kafka Connect's JsonConverter put beside its schema", () => {
    const schema = { type: 'struct', fields: [] };
    expect(eventIn(decode({ schema, payload: { message: 'm', app: 'box' } }))).toMatchObject({
      message: 'm',
      app: 'box',
    });
    const own = { message: 'm', schema, payload: { message: 'other' } };
    expect(eventIn(decode(own)).message).toBe('m');
  });

  it('gives what begins with the magic byte to Avro where there is a registry, and sets it aside where there is none', () => {
    const avro: InputFormat = { name: 'avro', decode: () => ({ kind: 'tombstone' }) };
    const record = recordOf(Buffer.from([0, 0, 0, 0, 7, 12, 65]));
    expect(auto(OPTIONS, avro).decode(record)).toEqual({ kind: 'tombstone' });
    expect(letterIn(auto(OPTIONS).decode(record)).reason).toBe('not-json');
    expect(eventIn(auto(OPTIONS, avro).decode(recordOf({ message: 'm' }))).message).toBe('m');
  });
});

describe('each input format', () => {
  const avro: InputFormat = { name: 'avro', decode: () => ({ kind: 'tombstone' }) };

  it.each(INPUT_FORMATS)('%s is called so in the settings, and never throws', (name) => {
    const format = inputFormat(name, OPTIONS, avro);
    expect(format.name).toBe(name);
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .dictionary(
          fc.constantFrom(
            'resourceLogs',
            'scopeLogs',
            'body',
            'attributes',
            'data',
            'data_base64',
            'specversion',
            'ecs',
            'error',
            'message',
            '__proto__',
          ),
          fc.jsonValue({ maxDepth: 4 }),
        )
        .map((fields) => Buffer.from(JSON.stringify(fields))),
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        'ce_specversion',
        'ce_id',
        'content-type',
        '__connect.errors.stage',
        '__connect.errors.exception.message',
      ),
      fc.oneof(
        fc.constantFrom('1.0', 'application/json', 'text/plain'),
        fc.string(),
        fc.array(fc.string()),
        fc.constant(Buffer.alloc(0)),
      ),
    );
    fc.assert(
      fc.property(fc.option(hostile), headers, (value, given) => {
        format.decode(recordOf(value, given as Headers));
      }),
      { numRuns: 500 },
    );
  });

  it('avro needs a registry', () => {
    expect(() => inputFormat('avro', OPTIONS)).toThrow(/needs a schema registry/);
  });
});
