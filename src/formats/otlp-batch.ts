/** The log records of an OTLP batch, and what becomes of those that cannot be used: nothing is lost, nothing comes twice. */
import { type Fields, isFields } from '../events/connector-event.ts';
import type { SourceRecord } from '../transport/port.ts';
import { type Decoded, deadLetter, describe, type Part, type Single } from './format.ts';
import { headerBytes } from './header.ts';

/**
 * Log records that one record may hold. The Collector's batches have 8,192 unless it is told otherwise; far more of them, a
 * few bytes each, would grow into gigabytes of events.
 */
export const MAX_LOG_RECORDS = 10_000;

/**
 * Characters of JSON that the resources and scopes of all log records of one record may have together, each counted once for
 * every log record that it is read with: a large one with many log records would take minutes.
 */
const MAX_SHARED_CHARS = 67_108_864;

/** Bytes that the dead letters made of one record may have together: each repeats its resource, and the key and headers. */
const MAX_LETTER_BYTES = 1_048_576;

/** A log record within what it came with. */
export interface LogRecord {
  readonly resourceLogs: Fields;
  readonly scopeLogs: Fields;
  readonly logRecord: Fields;
}

/**
 * A batch of one is like a record that holds one. In a larger one each log record that cannot be used becomes a dead letter
 * of its own, whose value is the batch without the others, so that it can be sent back without the others coming twice. When
 * that would take more than `MAX_LETTER_BYTES`, the whole record is set aside and none of its log records is used.
 */
export function decodeBatch(
  resourceLogs: readonly unknown[],
  { key, headers }: Pick<SourceRecord, 'key' | 'headers'>,
  decode: (found: LogRecord) => Single,
): Decoded {
  const places: Place[] = [];
  let sharedChars = 0;
  for (const place of placesOf(resourceLogs)) {
    if (places.length === MAX_LOG_RECORDS) return tooMany(`the record holds more than ${MAX_LOG_RECORDS} log records`);
    // A single one costs no more than its bytes.
    if (places.length > 0) sharedChars += place.sharedChars;
    if (sharedChars > MAX_SHARED_CHARS) {
      return tooMany(`the log records have resources and scopes of more than ${MAX_SHARED_CHARS} characters in all`);
    }
    places.push(place);
  }
  const parts: Part[] = [];
  const besideBytes = (key?.length ?? 0) + headerBytes(headers);
  let letterBytes = 0;
  for (const [index, { found, alone }] of places.entries()) {
    const decoded = typeof found === 'string' ? deadLetter('wrong-format', found) : decode(found);
    if (places.length === 1) return decoded;
    if (decoded.kind === 'event') {
      parts.push(decoded);
      continue;
    }
    const json = jsonOf(alone());
    const value = json === undefined ? undefined : Buffer.from(json);
    letterBytes += besideBytes + (value?.length ?? Number.POSITIVE_INFINITY);
    if (value === undefined || letterBytes > MAX_LETTER_BYTES) {
      const { reason, error } = decoded.letter;
      return deadLetter(reason, `log record ${index}: ${error}; too large to be set aside alone, so none was used`);
    }
    parts.push({ ...decoded, value });
  }
  return { kind: 'events', events: parts };
}

function tooMany(what: string): Decoded {
  return deadLetter('too-many-events', `${what}; let the sender make smaller batches`);
}

interface Place {
  /** What is wrong with it, where no log record stands there. */
  readonly found: LogRecord | string;
  /** The batch with only this in it. */
  readonly alone: () => Fields;
  /** Of its resource and scope as JSON. */
  readonly sharedChars: number;
}

function* placesOf(list: readonly unknown[]): Generator<Place> {
  for (const resourceLogs of list) {
    if (!isFields(resourceLogs)) {
      yield wrong('a "resourceLogs"', resourceLogs, () => ({ resourceLogs: [resourceLogs] }));
      continue;
    }
    const resourceChars = charsOf(resourceLogs.resource);
    const within = (scopeLogs: unknown) => ({ resourceLogs: [{ ...resourceLogs, scopeLogs }] });
    for (const scopeLogs of repeated(resourceLogs.scopeLogs)) {
      if (!isFields(scopeLogs)) {
        yield wrong('a "scopeLogs"', scopeLogs, () => within([scopeLogs]));
        continue;
      }
      const sharedChars = resourceChars + charsOf(scopeLogs.scope);
      for (const logRecord of repeated(scopeLogs.logRecords)) {
        const alone = () => within([{ ...scopeLogs, logRecords: [logRecord] }]);
        if (isFields(logRecord)) yield { found: { resourceLogs, scopeLogs, logRecord }, alone, sharedChars };
        else yield wrong('a log record', logRecord, alone);
      }
    }
  }
}

/** A repeated field; protobuf's JSON leaves out empty ones. What is no list counts as one thing in it, which is then wrong. */
function repeated(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function wrong(what: string, value: unknown, alone: Place['alone']): Place {
  return { found: `expected ${what} to be an object, found ${describe(value)} (OTLP/JSON)`, alone, sharedChars: 0 };
}

function charsOf(value: unknown): number {
  return isFields(value) ? (jsonOf(value)?.length ?? Number.POSITIVE_INFINITY) : 0;
}

/** `undefined` when it is nested too deep to be written. */
function jsonOf(fields: Fields): string | undefined {
  try {
    return JSON.stringify(fields);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
