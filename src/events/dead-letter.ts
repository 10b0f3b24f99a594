/** A record that could not be processed: its bytes as they were, and headers that say why. */
import type { Headers, OutboundRecord, SourceRecord } from '../transport/port.ts';
import { cutText } from './cut.ts';

/** Why a record was set aside. The metrics label and the header hold these words. */
export const DEAD_LETTER_REASONS = {
  'empty-value': 'the value has no bytes',
  'record-too-large': 'the value is larger than `limits.recordBytes`',
  'not-json': 'the value is not JSON',
  'not-an-object': 'the value is JSON, but not an object',
  'missing-message': '`message`, or what stands for it in the input format, is absent, empty or not a text',
  'not-avro': 'the value is not what its Avro schema says: cut, too long, or claiming more than it has bytes',
  'unknown-schema': 'the schema registry knows no schema with the id in the value',
  'unusable-schema':
    'the schema in the registry cannot be read as a connector event: not Avro, not valid, or without `message`',
  'wrong-format': 'the value or its headers are not what the input format asks for',
  'too-many-events':
    'the record is a batch of more log records, or of more together with their resources, than are taken from one',
  'internal-error': 'processing failed in a way that is a bug: please report it',
} as const;
export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** The stage that gave up. */
  readonly stage: 'decode' | 'classify';
  /** A sentence with the position or value, as far as known; cut to `MAX_ERROR_CHARS`. */
  readonly error: string;
}

export const MAX_ERROR_CHARS = 500;

/** Names of the headers that a dead letter has beside its original ones. */
export const DEAD_LETTER_HEADERS = {
  reason: 'triage.dlq.reason',
  stage: 'triage.dlq.stage',
  error: 'triage.dlq.error',
  topic: 'triage.dlq.source.topic',
  partition: 'triage.dlq.source.partition',
  offset: 'triage.dlq.source.offset',
  /** Only when the value is one log record of a batch: which one, from 0. */
  index: 'triage.dlq.source.index',
  timestamp: 'triage.dlq.source.timestamp',
  version: 'triage.dlq.version',
  /** Only when the value had to be cut because the broker refused it: how many bytes it had. */
  valueBytes: 'triage.dlq.value.bytes',
  /** The same for a key that had to be left out, and how many original headers had to be. */
  keyBytes: 'triage.dlq.key.bytes',
  headersDropped: 'triage.dlq.headers.dropped',
  /** `true` when secrets were taken out of the record, with `redaction.deadLetters: redact`. */
  redacted: 'triage.dlq.redacted',
} as const;

export const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS));

/** The record for the dead letter topic: key, value, headers and timestamp unchanged, plus the headers above. */
export function toDeadLetterRecord(
  record: SourceRecord,
  letter: DeadLetter,
  topic: string,
  version: string,
  index?: number,
): OutboundRecord {
  const headers: Headers = {
    ...record.headers,
    [DEAD_LETTER_HEADERS.reason]: letter.reason,
    [DEAD_LETTER_HEADERS.stage]: letter.stage,
    [DEAD_LETTER_HEADERS.error]: cutText(letter.error, MAX_ERROR_CHARS),
    [DEAD_LETTER_HEADERS.topic]: record.topic,
    [DEAD_LETTER_HEADERS.partition]: String(record.partition),
    [DEAD_LETTER_HEADERS.offset]: String(record.offset),
    ...(index !== undefined && { [DEAD_LETTER_HEADERS.index]: String(index) }),
    [DEAD_LETTER_HEADERS.timestamp]: String(record.timestampMs),
    [DEAD_LETTER_HEADERS.version]: version,
  };
  return {
    topic,
    key: record.key,
    value: record.value,
    headers,
    partitionHint: record.partition,
    ...(record.timestampMs >= 0 && { timestampMs: record.timestampMs }),
  };
}
