/** Reads topics back into what verify.ts judges. */

import { randomUUID } from 'node:crypto';
import type { Consumer, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { DEAD_LETTER_HEADERS } from '../src/events/dead-letter.ts';
import {
  type CommitRecord,
  type Expected,
  eventIdOf,
  type InputRecord,
  type OutputRecord,
  type Writer,
} from './history.ts';
import { LOAD_HEADERS } from './load.ts';

const READ_LIMIT_MS = 120_000;

export interface ReadRecord {
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** All committed records of a topic as of now; of aborted transactions nothing is read. */
export async function readTopic(kafka: Kafka, topic: string): Promise<ReadRecord[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const missing = new Map(
    ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)]),
  );
  // By place: a reader that has to join its group again begins anew.
  const records = new Map<string, ReadRecord>();
  if (missing.size === 0) return [];
  const consumer = kafka.consumer({ groupId: `chaos-reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  try {
    await readUntil(consumer, topic, missing, records);
  } finally {
    await consumer.disconnect();
  }
  return [...records.values()].sort(
    (a, b) => a.partition - b.partition || Number(a.message.offset) - Number(b.message.offset),
  );
}

async function readUntil(
  consumer: Consumer,
  topic: string,
  missing: Map<number, number>,
  records: Map<string, ReadRecord>,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  const reached = (partition: number, nextOffset: number): void => {
    if (nextOffset >= (missing.get(partition) ?? 0)) missing.delete(partition);
    if (missing.size === 0) done.resolve();
  };
  const timer = setTimeout(() => {
    const partitions = [...missing.keys()].join(', ');
    done.reject(new Error(`after ${READ_LIMIT_MS / 1000} s not read to the end: ${topic}, partitions ${partitions}`));
  }, READ_LIMIT_MS);
  // Batches of nothing but transaction markers are told here only.
  consumer.on('consumer.end_batch_process', ({ payload }) => {
    reached(payload.partition, Number(payload.lastOffset) + 1);
  });
  consumer.on('consumer.crash', ({ payload }) => done.reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { partition } = batch;
      for (const message of batch.messages) records.set(`${partition}:${message.offset}`, { partition, message });
    },
  });
  await done.promise.finally(() => clearTimeout(timer));
}

export function toInput({ partition, message }: ReadRecord): InputRecord {
  return {
    id: header(message.headers, LOAD_HEADERS.id) ?? '',
    partition,
    offset: Number(message.offset),
    key: String(message.key),
    value: String(message.value),
    expected: header(message.headers, LOAD_HEADERS.expected) as Expected,
    appendedAtMs: Number(message.timestamp),
  };
}

export function toResolution({ partition, message }: ReadRecord, incarnation: number): OutputRecord {
  const { processed_at: _, ...event } = JSON.parse(String(message.value)) as Record<string, unknown>;
  return {
    ...placeOf(partition, message, incarnation),
    topic: 'output',
    eventId: String(event.event_id),
    id: String(event.id),
    outcome: event.outcome as Expected,
    original: null,
    content: JSON.stringify(event),
  };
}

export function toDeadLetter({ partition, message }: ReadRecord, incarnation: number): OutputRecord {
  const { headers, value } = message;
  const headerTexts = Object.entries(headers ?? {}).map(([name, text]) => `${name}=${String(text)}`);
  return {
    ...placeOf(partition, message, incarnation),
    topic: 'deadLetter',
    eventId: eventIdOf(header(headers, DEAD_LETTER_HEADERS.topic) ?? '', {
      partition: Number(header(headers, DEAD_LETTER_HEADERS.partition)),
      offset: Number(header(headers, DEAD_LETTER_HEADERS.offset)),
    }),
    id: header(headers, LOAD_HEADERS.id) ?? null,
    outcome: 'dead-lettered',
    original: String(value),
    content: `${headerTexts.sort().join('\n')}\n${String(value)}`,
  };
}

function placeOf(partition: number, message: KafkaMessage, incarnation: number) {
  const { offset, key, timestamp } = message;
  return {
    incarnation,
    partition,
    offset: Number(offset),
    key: key === null ? null : String(key),
    appendedAtMs: Number(timestamp),
    writer: writerOf(message),
  };
}

/** What kafkajs' types leave out: the batch in which a message came. */
type MessageInBatch = KafkaMessage & {
  readonly batchContext: {
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly inTransaction: boolean;
  };
};

function writerOf(message: KafkaMessage): Writer {
  const { producerId, producerEpoch, inTransaction } = (message as MessageInBatch).batchContext;
  return { producer: `${producerId}/${producerEpoch}`, inTransaction };
}

function header(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return value === undefined ? undefined : String(value);
}

/** The topic in which Kafka keeps what groups commit. */
export const OFFSETS_TOPIC = '__consumer_offsets';

/** The commit of this group and topic that a record of the offsets topic stands for, if it is one. */
export function toCommit({ message }: ReadRecord, groupId: string, topic: string): CommitRecord[] {
  const { key, value, timestamp } = message;
  // Versions 0 and 1 of the key are commits; value null says that the commit was forgotten.
  if (key === null || value === null || key.readInt16BE(0) > 1) return [];
  let at = 2;
  const text = () => {
    const length = key.readInt16BE(at);
    at += 2 + length;
    return key.toString('utf8', at - length, at);
  };
  if (text() !== groupId || text() !== topic) return [];
  return [
    {
      partition: key.readInt32BE(at),
      offset: Number(value.readBigInt64BE(2)),
      atMs: Number(timestamp),
      writer: writerOf(message),
    },
  ];
}
