/** Values that no sender means, and that a decoder must take as what they are: found by `npm run fuzz`. */
import { describe, expect, it } from 'vitest';
import { parseWriterSchema } from '../../src/avro/writer-schema.ts';
import { cloudEvents } from '../../src/formats/cloudevents.ts';
import { nativeJson } from '../../src/formats/native-json.ts';
import { otlp } from '../../src/formats/otlp.ts';
import { eventIn, OPTIONS, partsIn, recordOf } from './support.ts';

const ofOtlp = (value: unknown) => otlp(OPTIONS).decode(recordOf(value));

/** `Number` throws for it. */
const NO_NUMBER = { toString: '' };

describe('an object whose toString is no function, in place of a number', () => {
  it('is no status', () => {
    const value = { message: 'x', error: { type: 'E', http_status: NO_NUMBER } };
    expect(eventIn(nativeJson(OPTIONS).decode(recordOf(value))).error).toMatchObject({
      type: 'E',
      httpStatus: undefined,
    });
  });

  it('is no number, time or severity of OTLP, and costs a batch none of its log records', () => {
    const odd = {
      body: { stringValue: 'x' },
      timeUnixNano: NO_NUMBER,
      severityNumber: NO_NUMBER,
      attributes: [{ key: 'a', value: { intValue: NO_NUMBER } }],
    };
    const parts = partsIn(
      ofOtlp({ resourceLogs: [{ scopeLogs: [{ logRecords: [odd, { body: { stringValue: 'y' } }] }] }] }),
    );
    expect(parts.map((part) => part.kind === 'event' && part.event.message)).toEqual(['x', 'y']);
    expect(parts[0]).toMatchObject({ event: { timestampMs: undefined, severity: undefined, attributes: {} } });
  });

  it('is no severity of a CloudEvent', () => {
    const value = { specversion: '1.0', id: 'i', source: 's', type: 't', severitynumber: NO_NUMBER, data: 'boom' };
    expect(eventIn(cloudEvents(OPTIONS).decode(recordOf(value))).message).toBe('boom');
  });

  it('is no precision of a decimal in Avro', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', scale: 2, precision: NO_NUMBER };
    const fields = [
      { name: 'message', type: 'string' },
      { name: 'amount', type: decimal },
    ];
    const schema = JSON.stringify({ type: 'record', name: 'Event', fields });
    expect(parseWriterSchema({ schemaType: 'AVRO', schema, references: [] }).kind).toBe('readable');
  });
});

it('a body nested too deep to be written is none', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const json = `{"body":{"arrayValue":{"values":[{"doubleValue":${deep}},{"stringValue":"x"}]}}}`;
  expect(eventIn(otlp(OPTIONS).decode(recordOf(Buffer.from(json)))).message).toBe('[null,"x"]');
});

it('an empty header of a CloudEvent is no attribute', () => {
  const headers = { ce_specversion: Buffer.from('1.0'), ce_id: Buffer.from('i'), ce_source: Buffer.alloc(0) };
  const { attributes } = eventIn(cloudEvents(OPTIONS).decode(recordOf({ message: 'x' }, headers)));
  expect(Object.keys(attributes)).toEqual([]);
});
