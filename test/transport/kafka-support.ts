/** What the tests with a real broker share. Every name is new, since the broker is shared too. */

import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { patchAbortedRecords } from '../../src/transport/kafka/aborted-records-patch.ts';
import { createTopics } from '../../src/transport/kafka/admin.ts';
import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import type { BatchHandler, SourceRecord } from '../../src/transport/port.ts';

/** Waits until the value is as expected; the timeout only says when to stop hoping. */
export function eventually<T>(value: () => T) {
  return expect.poll(value, { timeout: 40_000, interval: 20 });
}

export function newName(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

export async function newTopic(
  connection: KafkaConnection,
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = newName('topic');
  await createTopics(connection, [{ topic, partitions, config }]);
  return topic;
}

/** A handler that keeps what it is given. */
export function collector(): { readonly records: SourceRecord[]; readonly handle: BatchHandler; values(): string[] } {
  const records: SourceRecord[] = [];
  return {
    records,
    handle: async (batch) => {
      records.push(...batch.records);
    },
    values: () => records.map(({ value }) => String(value)),
  };
}

/**
 * A kafkajs client of the test's own, to look at the broker without the code under test; but for one mend of kafkajs,
 * without which it would read records of aborted transactions.
 */
export function plainKafka(brokers: readonly string[]): Kafka {
  patchAbortedRecords();
  return new Kafka({ brokers: [...brokers], clientId: 'transport-test-plain', logLevel: logLevel.NOTHING });
}

/** Reads what a read_committed consumer sees of a topic up to its end, in partition order. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<SourceRecord[]> {
  const kafka = plainKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const wanted = new Map(
    ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)]),
  );
  const records: SourceRecord[] = [];
  if (wanted.size === 0) return records;
  const consumer = kafka.consumer({ groupId: newName('reader'), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const done = Promise.withResolvers<void>();
  // Also told of the control records at the end, which are not handed out.
  consumer.on('consumer.end_batch_process', ({ payload: { partition, lastOffset } }) => {
    if (Number(lastOffset) + 1 >= (wanted.get(partition) ?? 0)) wanted.delete(partition);
    if (wanted.size === 0) done.resolve();
  });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { offset, timestamp, key, value, headers } of batch.messages) {
        const { partition } = batch;
        records.push({
          topic,
          partition,
          offset: Number(offset),
          timestampMs: Number(timestamp),
          key,
          value,
          headers: headers ?? {},
        });
      }
    },
  });
  await done.promise;
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
