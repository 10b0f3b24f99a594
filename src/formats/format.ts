/**
 * The contract of the input formats: what one record turns out to hold.
 *
 * Folder rule: `formats/` is pure; it imports `events/`, `errors.ts` and types of `transport/port.ts`.
 */
import { type ConnectorEvent, type Fields, toConnectorEvent } from '../events/connector-event.ts';
import type { DeadLetter, DeadLetterReason } from '../events/dead-letter.ts';
import type { SourceRecord } from '../transport/port.ts';

/** One log record, or why it is none. */
export type Single =
  | { readonly kind: 'event'; readonly event: ConnectorEvent }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter };

/** One log record of a record that holds several; `value` is a record of the same format that holds this one alone. */
export type Part =
  | { readonly kind: 'event'; readonly event: ConnectorEvent }
  | { readonly kind: 'dead-letter'; readonly letter: DeadLetter; readonly value: Buffer };

/**
 * `events`: a batch, in its order, two or more; an empty one has nothing to say. `tombstone`: no value at all says that a key
 * is gone, so there is nothing to decode and nothing wrong.
 */
export type Decoded =
  | Single
  | { readonly kind: 'events'; readonly events: readonly Part[] }
  | { readonly kind: 'tombstone' };

export interface InputFormat {
  readonly name: string;
  /** Never throws: what cannot be decoded is a dead letter with its reason. */
  decode(record: SourceRecord): Decoded;
}

export interface FormatOptions {
  /** A larger value is set aside undecoded. */
  readonly maxBytes: number;
  /** The catalog's key of an app that is called so, by any of its names; `undefined` where the catalog knows none. */
  readonly appKey: (name: string) => string | undefined;
}

/** The event that these fields make, named as those of native JSON; `undefined` ones are left out. */
export function eventOf(fields: Fields): ConnectorEvent | undefined {
  const given: Fields = {};
  for (const name of Object.keys(fields)) if (fields[name] !== undefined) given[name] = fields[name];
  return toConnectorEvent(given);
}

/** The same; fields without a `message` are a dead letter that says what was `expected`. */
export function eventFrom(fields: Fields, expected: string): Single {
  const event = eventOf(fields);
  return event === undefined ? deadLetter('missing-message', expected) : { kind: 'event', event };
}

/** `undefined` for an object of nothing but `undefined`. */
export function unlessEmpty(fields: Fields): Fields | undefined {
  return Object.values(fields).every((value) => value === undefined) ? undefined : fields;
}

export function deadLetter(
  reason: DeadLetterReason,
  error: string,
): { readonly kind: 'dead-letter'; readonly letter: DeadLetter } {
  return { kind: 'dead-letter', letter: { reason, stage: 'decode', error } };
}

/** What a value is, in words; a text may be a secret and is not shown. */
export function describe(value: unknown): string {
  if (value === undefined) return 'no such field';
  if (value === '') return 'an empty text';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
