/** The project's own JSON: fields as `events/connector-event.ts` names them. */
import { type Fields, isFields, toConnectorEvent } from '../events/connector-event.ts';
import { type Decoded, deadLetter, describe, type FormatOptions, type InputFormat, type Single } from './format.ts';
import { parseJsonObject } from './json-value.ts';

export function nativeJson({ maxBytes }: Pick<FormatOptions, 'maxBytes'>): InputFormat {
  return { name: 'native', decode: ({ value }) => decodeNative(value, maxBytes) };
}

/** Without a record around it, for those who read one format only. */
export function decodeNative(value: Buffer | null, maxBytes: number): Exclude<Decoded, { kind: 'events' }> {
  const parsed = parseJsonObject(value, maxBytes);
  return parsed.kind === 'fields' ? fromNative(parsed.fields) : parsed;
}

export function fromNative(given: Fields): Single {
  const fields = unwrapped(given);
  const event = toConnectorEvent(fields);
  if (event !== undefined) return { kind: 'event', event };
  return deadLetter('missing-message', `expected a text in "message", found ${describe(fields.message)}`);
}

/** Kafka Connect's JsonConverter puts a value beside its schema unless `schemas.enable=false`. */
function unwrapped(fields: Fields): Fields {
  const { schema, payload } = fields;
  return isFields(schema) && isFields(payload) && Object.keys(fields).length === 2 ? payload : fields;
}
