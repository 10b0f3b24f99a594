/** Stage 1: bytes -> connector event, or the reason why not. */

import { messageOf } from '../errors.ts';
import { type ConnectorEvent, isFields, toConnectorEvent } from '../events/connector-event.ts';
import type { DeadLetter, DeadLetterReason } from '../events/dead-letter.ts';

/** A tombstone (no value at all) says that a key is gone: there is nothing to decode and nothing wrong. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: ConnectorEvent }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter };

/**
 * Decodes a JSON value. Bytes that are not UTF-8 are replaced by U+FFFD rather than refused: logs cut in the middle of a
 * character are common, and the rest of the text is worth classifying.
 */
export function decode(value: Buffer | null, maxBytes: number): Decoded {
  if (value === null) return { kind: 'tombstone' };
  if (value.length === 0) return deadLetter('empty-value', 'the value has 0 bytes; expected a JSON object');
  if (value.length > maxBytes) {
    return deadLetter('record-too-large', `the value has ${value.length} bytes; limits.recordBytes is ${maxBytes}`);
  }
  const text = value.toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return deadLetter('not-json', `${withoutQuote(messageOf(error), text)} (the value has ${value.length} bytes)`);
  }
  if (!isFields(json)) {
    const found = json === null ? 'null' : Array.isArray(json) ? 'an array' : `a ${typeof json}`;
    return deadLetter('not-an-object', `expected a JSON object, found ${found}`);
  }
  const event = toConnectorEvent(json);
  if (event !== undefined) return { kind: 'event', event };
  return deadLetter('missing-message', `expected a text in "message", found ${describe(json.message)}`);
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

function deadLetter(reason: DeadLetterReason, error: string): Decoded {
  return { kind: 'dead-letter', letter: { reason, stage: 'decode', error } };
}

function describe(value: unknown): string {
  if (value === undefined) return 'no such field';
  if (value === '') return 'an empty text';
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `an ${typeof value}`;
}
