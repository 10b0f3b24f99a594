import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { withHeader } from '../../src/avro/wire-format.ts';
import { toConnectorEvent } from '../../src/events/connector-event.ts';
import type { SourceRecord } from '../../src/transport/port.ts';
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts';
import { alive, avroRecord, EVENT_SCHEMA, partsFor, recordWith } from './support.ts';

async function registryWith(...schemas: (object | string)[]): Promise<FakeRegistry> {
  const registry = await startFakeRegistry();
  schemas.forEach((schema, i) => void registry.schemas.set(i + 1, { schema: JSON.stringify(schema) }));
  return registry;
}

async function decoded(registry: FakeRegistry, record: SourceRecord) {
  const { input } = partsFor(registry);
  await input.prepare([record], alive);
  return input.decode(record);
}

async function letterFor(registry: FakeRegistry, record: SourceRecord) {
  const found = await decoded(registry, record);
  if (found.kind !== 'dead-letter') throw new Error(`is ${found.kind}`);
  expect(found.letter.stage).toBe('decode');
  return `${found.letter.reason}: ${found.letter.error}`;
}

describe('a record', () => {
  it('is read by field names, as JSON is, whatever schema it was written with', async () => {
    const schema = {
      type: 'record',
      name: 'LogLine',
      fields: [
        { name: 'message', type: ['null', 'string'] },
        { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['INFO', 'SEVERE'] } },
        { name: 'timestamp', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'tenant_id', type: 'long' },
        {
          name: 'error',
          type: {
            type: 'record',
            name: 'Failure',
            fields: [
              { name: 'http_status', type: 'int' },
              { name: 'host', type: 'string' },
              { name: 'none', type: ['null', 'string'] },
            ],
          },
        },
        { name: 'attributes', type: { type: 'map', values: 'string' } },
        { name: 'thread', type: 'int' },
        { name: 'payload', type: 'bytes' },
        { name: 'unset', type: ['null', 'string'] },
      ],
    };
    const value = {
      message: 'it failed',
      level: 'SEVERE',
      timestamp: 1_732_406_400_123_456,
      tenant_id: 42,
      error: { http_status: 503, host: 'h1', none: null },
      attributes: { region: 'eu' },
      thread: 9,
      payload: Buffer.from('abc'),
      unset: null,
    };
    const found = await decoded(await registryWith(schema), avroRecord(1, schema, value));
    const json = {
      message: 'it failed',
      severity: 'error',
      timestamp: '2024-11-24T00:00:00.123Z',
      tenant_id: '42',
      error: { http_status: 503 },
      attributes: { region: 'eu', 'error.host': 'h1', thread: 9, payload: 'YWJj' },
    };
    expect(found).toEqual({ kind: 'event', event: toConnectorEvent(json) });
  });

  it('may be a map, or the record of a union', async () => {
    const map = { type: 'map', values: 'string' };
    const registry = await registryWith(map, ['null', EVENT_SCHEMA]);
    expect(await decoded(registry, avroRecord(1, map, { message: 'a', app: 'box' }))).toMatchObject({
      event: { message: 'a', app: 'box' },
    });
    const union = avro.Type.forSchema(['null', EVENT_SCHEMA] as never);
    const value = union.toBuffer({ message: 'a', app: null });
    expect(await decoded(registry, recordWith(withHeader(2, value)))).toMatchObject({ event: { message: 'a' } });
    expect(await letterFor(registry, recordWith(withHeader(2, union.toBuffer(null))))).toBe(
      'not-an-object: schema com.acme.Event (id 2): expected a record, found null',
    );
  });

  it('without a value is a tombstone', async () => {
    expect(await decoded(await registryWith(), recordWith(null))).toEqual({ kind: 'tombstone' });
  });
});

describe('a dead letter says where it stands and what was expected', () => {
  const text = (message: string) => avroRecord(1, EVENT_SCHEMA, { message, app: null }).value!;

  it.each([
    ['no bytes', Buffer.alloc(0), /^empty-value: the value has 0 bytes/],
    [
      'JSON',
      Buffer.from('{}'),
      /^not-avro: the value begins with the byte 123; expected 0, then a schema id and Avro data$/,
    ],
    [
      'half a header',
      Buffer.from([0, 0, 0]),
      /^not-avro: the value ends within the schema id: it has 3 bytes; expected 5 at least$/,
    ],
    [
      'no data',
      Buffer.from([0, 0, 0, 0, 1]),
      /^not-avro: schema com.acme.Event \(id 1\): message at byte 5: the value ends in the middle of its data$/,
    ],
    ['a cut text', text('0123456789').subarray(0, 10), /: message at byte 6: a text has 10 bytes, but 4 are left$/],
    [
      'more than the data',
      Buffer.concat([text('a'), Buffer.from('??')]),
      /: at byte 8: 2 bytes follow after the end of the data$/,
    ],
    [
      'a text of 2 GiB',
      Buffer.from([0, 0, 0, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x10]),
      /: message at byte 10: a text has 2147483648 bytes, but 0 are left$/,
    ],
    [
      'an empty message',
      text(''),
      /^missing-message: schema com.acme.Event \(id 1\): expected a text in "message", found an empty text$/,
    ],
    [
      'an id that is not there',
      Buffer.from([0, 0, 0, 0, 99, 0]),
      /^unknown-schema: the schema registry knows no schema with the id 99$/,
    ],
    ['an id that no registry gives', Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 0]), /^unknown-schema: .* id 4294967295$/],
    [
      'a schema without message',
      Buffer.from([0, 0, 0, 0, 2, 0]),
      /^unusable-schema: schema Other \(id 2\): it has no field "message"; its fields: none$/,
    ],
    [
      'more bytes than allowed',
      Buffer.alloc(100_001),
      /^record-too-large: the value has 100001 bytes; limits.recordBytes is 100000$/,
    ],
  ])('%s', async (_, value, expected) => {
    const registry = await registryWith(EVENT_SCHEMA, { type: 'record', name: 'Other', fields: [] });
    expect(await letterFor(registry, recordWith(value))).toMatch(expected);
  });

  it('a name and a way to a field that are longer than any', async () => {
    const schema = {
      ...EVENT_SCHEMA,
      name: 'N'.repeat(5_000),
      fields: [...EVENT_SCHEMA.fields, { name: 'm', type: { type: 'map', values: 'int' } }],
    };
    const key = 'k'.repeat(5_000);
    const value = avroRecord(1, schema, { message: 'a', app: null, m: { [key]: 1 } }).value!;
    const letter = await letterFor(await registryWith(schema), recordWith(value.subarray(0, -2)));
    expect(letter).toMatch(/^not-avro: schema com\.acme\.N{191} \(id 1\): m\.k{198} at byte \d+: the value ends/);
  });
});

describe('a batch', () => {
  it('is prepared with one request a schema, and without any when nothing is in Avro', async () => {
    const registry = await registryWith(EVENT_SCHEMA, EVENT_SCHEMA);
    const { input } = partsFor(registry);
    const json = recordWith(Buffer.from('{"message":"a"}'));
    await input.prepare([json, recordWith(null), recordWith(Buffer.alloc(0))], alive);
    expect(registry.requests).toEqual([]);
    const records = [1, 2, 1, 2, 1].map((id) => avroRecord(id, EVENT_SCHEMA, { message: `m${id}`, app: null }));
    await input.prepare([...records, json], alive);
    expect(registry.requests).toEqual(['GET /schemas/ids/1', 'GET /schemas/ids/2']);
    expect(records.map((record) => input.decode(record))).toMatchObject(
      [1, 2, 1, 2, 1].map((id) => ({ event: { message: `m${id}` } })),
    );
  });

  it('may need more schemas than the cache holds', async () => {
    const ids = Array.from({ length: 70 }, (_, i) => i + 1);
    const registry = await registryWith(...ids.map(() => EVENT_SCHEMA));
    const { input } = partsFor({ url: registry.url, cacheSize: 1 });
    const records = ids.map((id) => avroRecord(id, EVENT_SCHEMA, { message: `m${id}`, app: null }));
    await input.prepare(records, alive);
    expect(records.map((record) => input.decode(record).kind)).toEqual(ids.map(() => 'event'));
  });

  it('waits for the registry and stays a member of its group meanwhile; nothing is dead-lettered', async () => {
    const registry = await registryWith(EVENT_SCHEMA);
    registry.trouble = (_, response) => response.writeHead(503).end();
    const { input, states } = partsFor(registry);
    const record = avroRecord(1, EVENT_SCHEMA, { message: 'a', app: null });
    let beats = 0;
    await input.prepare([record], async () => {
      if (++beats === 2) registry.trouble = undefined;
    });
    expect(input.decode(record)).toMatchObject({ kind: 'event' });
    expect(states).toHaveLength(2);
  });

  it('is given up when it is somebody else’s, or when the service ends', async () => {
    const record = avroRecord(1, EVENT_SCHEMA, { message: 'a', app: null });
    const stop = new AbortController();
    const { input } = partsFor({ url: 'http://localhost:1', signal: stop.signal });
    const lost = input.prepare([record], () => Promise.reject(new Error('rebalance')));
    await expect(lost).rejects.toThrow('rebalance');
    const ended = input.prepare([record], alive);
    stop.abort();
    await expect(ended).rejects.toThrow(/given up for the shutdown: the records are read again/);
  });

  it('that was not prepared is a bug, not a dead letter', () => {
    const { input } = partsFor({ url: 'http://localhost:1' });
    expect(() => input.decode(avroRecord(1, EVENT_SCHEMA, { message: 'a', app: null }))).toThrow(
      /schema 1 was not prepared/,
    );
  });
});
