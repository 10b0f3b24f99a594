/**
 * What stands in a dead letter topic: dead letters, and receipts that say that one was sent back to the input topic.
 *
 * Folder rule: `dead-letters/` is pure; it imports `events/` and types of `transport/port.ts`.
 */
import { DEAD_LETTER_HEADERS, OWN_HEADERS } from '../events/dead-letter.ts';
import type { Headers, OutboundRecord, SourceRecord } from '../transport/port.ts';

export interface Letter {
  readonly record: SourceRecord;
  /** `partition:offset` in the dead letter topic. */
  readonly id: string;
  /** A word of `DEAD_LETTER_REASONS`, or `-` when another program wrote the record. */
  readonly reason: string;
  readonly stage: string;
  readonly error: string;
  /** As the record has it, when that is JSON; else `-`. */
  readonly app: string;
  /** Where the record came from; `undefined` when another program wrote it. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number } | undefined;
  /** How often it has been sent back before, 0 or more. */
  readonly attempt: number;
  /** Whether the broker's size limit made the service leave out parts of it. */
  readonly isCut: boolean;
}

/** The headers of a record that was sent back, kept when it becomes a dead letter again. */
export const REDRIVE_HEADERS = {
  /** How often it was sent back, from 1. */
  attempt: 'triage.redrive.attempt',
  /** The dead letter that it was, as `topic:partition:offset`. */
  from: 'triage.redrive.from',
} as const;

/** On a receipt: the offset, in the receipt's own partition, of the dead letter that was sent back. */
const RECEIPT_HEADER = 'triage.dlq.redriven.offset';

/** The offset of the dead letter in this partition that a receipt is for; `undefined` when the record is no receipt. */
export function receiptFor({ headers }: SourceRecord): number | undefined {
  const text = textOf(headers, RECEIPT_HEADER);
  return text !== undefined && WHOLE_NUMBER.test(text) ? Number(text) : undefined;
}

export function toLetter(record: SourceRecord): Letter {
  const { headers, partition, offset } = record;
  const of = (name: keyof typeof DEAD_LETTER_HEADERS) => textOf(headers, DEAD_LETTER_HEADERS[name]);
  const attempt = Number(textOf(headers, REDRIVE_HEADERS.attempt) ?? 0);
  return {
    record,
    id: `${partition}:${offset}`,
    reason: of('reason') ?? '-',
    stage: of('stage') ?? '-',
    error: of('error') ?? '-',
    app: appOf(record.value),
    source: sourceOf(of('topic'), of('partition'), of('offset')),
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 0,
    isCut: [of('valueBytes'), of('keyBytes'), of('headersDropped')].some((text) => text !== undefined),
  };
}

/** Other programs may write headers of these names with anything in them. */
function sourceOf(topic: string | undefined, partition = '', offset = ''): Letter['source'] {
  if (topic === undefined || !WHOLE_NUMBER.test(partition) || !WHOLE_NUMBER.test(offset)) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

const WHOLE_NUMBER = /^\d{1,15}$/;

/** Values above this are not parsed for their app: a list of thousands has to be quick. */
const MAX_PARSED_BYTES = 65_536;

function appOf(value: Buffer | null): string {
  if (value === null || value.length > MAX_PARSED_BYTES) return '-';
  try {
    const parsed: unknown = JSON.parse(value.toString());
    const app = typeof parsed === 'object' && parsed !== null ? (parsed as { app?: unknown }).app : undefined;
    return typeof app === 'string' && app !== '' ? app : '-';
  } catch {
    // Most dead letters are no JSON: that is why they are here.
    return '-';
  }
}

/** The record as it was, for the topic it came from, with a count that says how often it was sent back. */
export function toRedriven({ record, attempt, source }: Letter, topic: string): OutboundRecord {
  const headers: Headers = {
    ...Object.fromEntries(Object.entries(record.headers).filter(([name]) => !OWN_HEADERS.has(name))),
    [REDRIVE_HEADERS.attempt]: String(attempt + 1),
    [REDRIVE_HEADERS.from]: `${record.topic}:${record.partition}:${record.offset}`,
  };
  return {
    topic,
    key: record.key,
    value: record.value,
    headers,
    partitionHint: source?.partition ?? record.partition,
    ...(record.timestampMs >= 0 && { timestampMs: record.timestampMs }),
  };
}

/** Goes into the partition of the dead letter, so that reading one partition tells all about it. */
export function toReceipt({ record }: Letter): OutboundRecord {
  return {
    topic: record.topic,
    key: null,
    value: null,
    headers: { [RECEIPT_HEADER]: String(record.offset) },
    partitionHint: record.partition,
  };
}

function textOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? undefined : last.toString();
}
