/**
 * Resolution events in Avro, in the registry wire format, with `schemas/resolution-event.avsc`. Field by field the same as in
 * JSON, with two differences that Avro asks for: times are timestamps, and attributes are a map of JSON texts.
 */
import avro from 'avsc';
import type { EventCodec } from '../events/event-codec.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import { recordReader } from './record-reader.ts';
import { parseSchema } from './schema.ts';
import { HEADER_BYTES, withHeader } from './wire-format.ts';

/** `schema`: the text of resolution-event.avsc; `schemaId`: what the registry calls it. */
export function avroCodec(schema: string, schemaId: number): EventCodec {
  const type = avro.Type.forSchema(JSON.parse(schema));
  // avsc's own reading makes no difference between a key "__proto__" and a prototype.
  const read = recordReader(parseSchema(schema), 'keep');
  return {
    encode: (event) => withHeader(schemaId, type.toBuffer(toAvro(event))),
    decode: (value) => fromAvro(read(value, HEADER_BYTES) as ResolutionEvent),
  };
}

function toAvro(event: ResolutionEvent): object {
  const { source, occurred_at, processed_at, attributes } = event;
  const texts: Record<string, string> = Object.create(null);
  for (const name of Object.keys(attributes)) texts[name] = JSON.stringify(attributes[name]);
  const record = {
    ...event,
    source: { ...source, timestamp: source.timestamp === null ? null : Date.parse(source.timestamp) },
    occurred_at: Date.parse(occurred_at),
    processed_at: Date.parse(processed_at),
    attributes: texts,
  };
  return isWellFormed(record) ? record : (wellFormed(record) as object);
}

function fromAvro(event: ResolutionEvent): ResolutionEvent {
  const attributes: ResolutionEvent['attributes'] = Object.create(null);
  for (const name of Object.keys(event.attributes)) attributes[name] = JSON.parse(event.attributes[name] as string);
  return { ...event, attributes };
}

/** A text cut within a character has half of one, which UTF-8 cannot hold; avsc would write bytes that are no UTF-8. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  for (const key in value) {
    if (!key.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) copy[key.toWellFormed()] = wellFormed((value as Record<string, unknown>)[key]);
  return copy;
}
