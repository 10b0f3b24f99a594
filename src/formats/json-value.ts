/** A record's value as a JSON object, or why it is none. */
import { messageOf } from '../errors.ts';
import { type Fields, isFields } from '../events/connector-event.ts';
import { type Decoded, deadLetter } from './format.ts';

type NotFields = Exclude<Decoded, { kind: 'event' | 'events' }>;

export type JsonObject = { readonly kind: 'fields'; readonly fields: Fields } | NotFields;

/** The same before it is known that it is an object. */
export type JsonValue = { readonly kind: 'json'; readonly json: unknown } | NotFields;

/**
 * Bytes that are not UTF-8 are replaced by U+FFFD rather than refused: logs cut in the middle of a character are common, and
 * the rest of the text is worth classifying.
 */
export function parseJson(value: Buffer | null, maxBytes: number): JsonValue {
  if (value === null) return { kind: 'tombstone' };
  const problem = sizeProblem(value, maxBytes, 'a JSON object');
  if (problem !== undefined) return problem;
  const text = value.toString('utf8');
  try {
    return { kind: 'json', json: JSON.parse(text) };
  } catch (error) {
    return deadLetter('not-json', `${withoutQuote(messageOf(error), text)} (the value has ${value.length} bytes)`);
  }
}

export function parseJsonObject(value: Buffer | null, maxBytes: number): JsonObject {
  const parsed = parseJson(value, maxBytes);
  if (parsed.kind !== 'json') return parsed;
  const { json } = parsed;
  if (isFields(json)) return { kind: 'fields', fields: json };
  const found = json === null ? 'null' : Array.isArray(json) ? 'an array' : `a ${typeof json}`;
  return deadLetter('not-an-object', `expected a JSON object, found ${found}`);
}

/** What is wrong with the value before it is read: nothing in it, or too much. */
export function sizeProblem(value: Buffer, maxBytes: number, expected: string): NotFields | undefined {
  if (value.length === 0) return deadLetter('empty-value', `the value has 0 bytes; expected ${expected}`);
  if (value.length <= maxBytes) return undefined;
  return deadLetter('record-too-large', `the value has ${value.length} bytes; limits.recordBytes is ${maxBytes}`);
}

/** The engine's message when it quotes the text, around which it shows so many characters before. */
const QUOTING = /^(Unexpected token .{1,4}), (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/su;
const SHOWN_BEFORE = 10;

/** A few characters of a value may be the half of a secret, which nothing shows as one: the place is told instead. */
function withoutQuote(message: string, text: string): string {
  const [, problem, before, quote] = QUOTING.exec(message) ?? [];
  if (problem === undefined || quote === undefined) return message;
  return `${problem} near character ${Math.max(0, text.indexOf(quote)) + (before === undefined ? 0 : SHOWN_BEFORE)}`;
}
