/** The log records of an OTLP batch, and what becomes of those that cannot be used: nothing is lost, nothing comes twice. */
import { type Fields, isFields } from '../events/connector-event.ts';
import { type Decoded, deadLetter, describe, type Part, type Single } from './format.ts';

/**
 * Log records that one record may hold. The Collector's batches have 8,192 unless it is told otherwise; far more of them, a
 * few bytes each, would grow into gigabytes of events.
 */
export const MAX_LOG_RECORDS = 10_000;

/** Bytes that the dead letters made of one record may have together: each repeats the resource that it came with. */
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
export function decodeBatch(resourceLogs: readonly unknown[], decode: (found: LogRecord) => Single): Decoded {
  const places: Place[] = [];
  for (const place of placesOf(resourceLogs)) {
    if (places.length === MAX_LOG_RECORDS) {
      const error = `the record holds more than ${MAX_LOG_RECORDS} log records; let the sender make smaller batches`;
      return deadLetter('too-many-events', error);
    }
    places.push(place);
  }
  const parts: Part[] = [];
  let letterBytes = 0;
  for (const [index, { found, alone }] of places.entries()) {
    const decoded = typeof found === 'string' ? deadLetter('wrong-format', found) : decode(found);
    if (places.length === 1) return decoded;
    if (decoded.kind === 'event') {
      parts.push(decoded);
      continue;
    }
    const value = jsonOf(alone());
    letterBytes += value?.length ?? Number.POSITIVE_INFINITY;
    if (value === undefined || letterBytes > MAX_LETTER_BYTES) {
      const { reason, error } = decoded.letter;
      return deadLetter(reason, `log record ${index}: ${error}; too large to be set aside alone, so none was used`);
    }
    parts.push({ ...decoded, value });
  }
  return { kind: 'events', events: parts };
}

interface Place {
  /** What is wrong with it, where no log record stands there. */
  readonly found: LogRecord | string;
  /** The batch with only this in it. */
  readonly alone: () => Fields;
}

function* placesOf(list: readonly unknown[]): Generator<Place> {
  for (const resourceLogs of list) {
    if (!isFields(resourceLogs)) {
      yield wrong('a "resourceLogs"', resourceLogs, () => ({ resourceLogs: [resourceLogs] }));
      continue;
    }
    const within = (scopeLogs: unknown) => ({ resourceLogs: [{ ...resourceLogs, scopeLogs }] });
    for (const scopeLogs of repeated(resourceLogs.scopeLogs)) {
      if (!isFields(scopeLogs)) {
        yield wrong('a "scopeLogs"', scopeLogs, () => within([scopeLogs]));
        continue;
      }
      for (const logRecord of repeated(scopeLogs.logRecords)) {
        const alone = () => within([{ ...scopeLogs, logRecords: [logRecord] }]);
        if (isFields(logRecord)) yield { found: { resourceLogs, scopeLogs, logRecord }, alone };
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
  return { found: `expected ${what} to be an object, found ${describe(value)} (OTLP/JSON)`, alone };
}

/** `undefined` when it is nested too deep to be written. */
function jsonOf(fields: Fields): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(fields));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
