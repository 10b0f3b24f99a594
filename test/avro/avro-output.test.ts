import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avroCodec } from '../../src/avro/avro-output.ts';
import { ownSchemaText } from '../../src/avro/own-schemas.ts';
import { JSON_CODEC } from '../../src/events/event-codec.ts';
import { type ResolutionEvent, resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { SHRINK_STEPS, shrink } from '../../src/pipeline/shrink.ts';
import { matcher, OPTIONS, PROCESSED_AT, recordOf } from '../pipeline/records.ts';
import { resolutionEvents } from './resolution-events.ts';

const SCHEMA = ownSchemaText('resolution-event');
const codec = avroCodec(SCHEMA, 7);

/** As a consumer with nothing but the schema and a plain Avro library reads it. */
function plainlyRead(value: Buffer) {
  expect([...value.subarray(0, 5)]).toEqual([0, 0, 0, 0, 7]);
  return avro.Type.forSchema(JSON.parse(SCHEMA)).fromBuffer(value.subarray(5));
}

describe('a resolution event', () => {
  it('says the same in Avro as in JSON, field by field', () => {
    fc.assert(
      fc.property(resolutionEvents, (event) => {
        const ofJson = JSON_CODEC.decode(JSON_CODEC.encode(event));
        const ofAvro = codec.decode(codec.encode(event));
        expect(Object.keys(ofAvro)).toEqual(Object.keys(resolutionEventSchema.shape));
        for (const field of Object.keys(resolutionEventSchema.shape) as (keyof ResolutionEvent)[]) {
          expect(plainObjects(ofAvro[field]), field).toEqual(plainObjects(ofJson[field]));
        }
      }),
    );
  });

  it('is plain Avro: times are timestamps, attributes JSON texts', () => {
    const [event] = fc.sample(resolutionEvents, { numRuns: 1, seed: 5 }) as [ResolutionEvent];
    const given = {
      ...event,
      occurred_at: '2024-11-24T00:00:00.123Z',
      source: { topic: 'in', partition: 1, offset: 2 ** 40, timestamp: null },
      attributes: { a: { b: [1, null] }, text: 'x' },
    };
    expect(plainlyRead(codec.encode(given))).toMatchObject({
      event_id: event.event_id,
      occurred_at: 1_732_406_400_123,
      source: { topic: 'in', partition: 1, offset: 2 ** 40, timestamp: null },
      attributes: { a: '{"b":[1,null]}', text: '"x"' },
    });
  });

  it('never holds half a character, which Avro cannot', () => {
    const [event] = fc.sample(resolutionEvents, { numRuns: 1, seed: 5 }) as [ResolutionEvent];
    const { message, attributes } = plainlyRead(
      codec.encode({ ...event, message: `cut \ud83d`, attributes: { '\ud83d': '\ud83d' } }),
    );
    expect(message).toBe('cut \ufffd');
    expect({ ...attributes }).toEqual({ '\ufffd': '"\\ud83d"' });
  });
});

/** Objects without a prototype, and one with a key `__proto__`, are compared by their keys. */
function plainObjects(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainObjects);
  return new Map(Object.keys(value).map((key) => [key, plainObjects((value as Record<string, unknown>)[key])]));
}

describe('an event too large for its topic', () => {
  it('is made smaller in Avro as it is in JSON', () => {
    const record = recordOf({ message: 'Service timeout '.repeat(1_000), extra: 'x'.repeat(2_000) });
    let json = processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outbound!;
    let binary = processRecord(record, matcher, PROCESSED_AT, { ...OPTIONS, codec })[0].outbound!;
    for (let step = 0; step < SHRINK_STEPS; step++) {
      json = shrink(json, step, JSON_CODEC);
      binary = shrink(binary, step, codec);
      expect(JSON.parse(JSON.stringify(codec.decode(binary.value!)))).toEqual(JSON_CODEC.decode(json.value!));
    }
    expect(plainlyRead(binary.value!)).toMatchObject({ message: '', error_type: 'all.service-timeout' });
  });
});
