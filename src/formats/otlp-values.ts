/**
 * OTLP's `AnyValue` and lists of `KeyValue` as plain values.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto
 */
import { type Fields, isFields } from '../events/connector-event.ts';
import { numberOf } from '../events/number.ts';

/** Values deeper than this are left out. */
const MAX_DEPTH = 32;

/** `undefined` for an empty value. `bytesValue` is read as UTF-8. */
export function anyValue(value: unknown, depth = 0): unknown {
  if (!isFields(value) || depth > MAX_DEPTH) return undefined;
  if (value.stringValue !== undefined) return leaf(value.stringValue);
  if (value.boolValue !== undefined) return leaf(value.boolValue);
  if (value.intValue !== undefined) return integer(value.intValue);
  if (value.doubleValue !== undefined) return leaf(value.doubleValue);
  if (isFields(value.kvlistValue)) return keyValues(value.kvlistValue.values, depth + 1);
  if (isFields(value.arrayValue)) return listOf(value.arrayValue.values).map((each) => anyValue(each, depth + 1));
  return typeof value.bytesValue === 'string' ? Buffer.from(value.bytesValue, 'base64').toString('utf8') : undefined;
}

/** Has no prototype, so that any key is safe. */
export function keyValues(list: unknown, depth = 0): Fields {
  const fields: Fields = Object.create(null);
  for (const each of listOf(list)) {
    if (isFields(each) && typeof each.key === 'string') fields[each.key] = anyValue(each.value, depth);
  }
  return fields;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An object in place of a text or number is none, however deep it may be. */
function leaf(value: unknown): unknown {
  return typeof value === 'object' ? undefined : value;
}

/** 64-bit integers are written as texts; those that JavaScript cannot hold stay texts. */
function integer(value: unknown): unknown {
  const number = numberOf(value);
  return Number.isSafeInteger(number) ? number : leaf(value);
}
