/** Exactly-once while the broker dies in the middle of transactions. It has the broker for itself: others would notice. */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { TransactionalSink } from '../../src/transport/kafka/transactional-sink.ts';
import { eventually, newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo } from '../transport/records.ts';

let kafka: Awaited<ReturnType<typeof launchKafka>>;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  kafka = await launchKafka({ order: ['jars'], env: process.env, log: () => undefined });
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => kafka.stop());

test('a broker that is killed twice and comes back: once each, in order, said once, and nothing is given up', async () => {
  const connection = connectionTo(kafka.brokers);
  const [input, output] = [await newTopic(connection, 3), await newTopic(connection, 3)];
  const groupId = newName('group');
  const values = Array.from({ length: 6_000 }, (_, index) => String(index));
  const producer = plainKafka(kafka.brokers).producer();
  await producer.connect();
  await producer.send({ topic: input, messages: values.map((value, index) => ({ value, partition: index % 3 })) });
  await producer.disconnect();

  const states: string[] = [];
  const sink = new TransactionalSink({
    connection,
    groupId,
    keepAliveIntervalMs: 50,
    onState: (state) => states.push(state),
  });
  closers.push(() => sink.close());
  const progress = new Map<number, number>();
  const source = new KafkaSource({
    connection,
    topic: input,
    groupId,
    offsets: sink,
    maxWaitTimeMs: 100,
    maxBatchRecords: 20,
    onProgress: ({ partition, nextOffset }) => progress.set(partition, nextOffset),
  });
  const done = source.run(async (batch, keepAlive) => {
    const copies = batch.records.map(({ key, value, headers, partition }) => {
      return { topic: output, key, value, headers, partitionHint: partition };
    });
    await sink.publish(copies, keepAlive, batch);
  });
  closers.push(() => source.stop());
  const processed = () => [...progress.values()].reduce((sum, offset) => sum + offset, 0);
  for (const least of [300, 2_500]) {
    await eventually(processed).toBeGreaterThan(least);
    await kafka.kill?.();
    await kafka.restart?.();
  }
  await eventually(processed).toBe(6_000);
  await source.stop();
  await done;

  const written = await readTopic(kafka.brokers, output);
  for (const partition of [0, 1, 2]) {
    const ofPartition = written.filter((record) => record.partition === partition).map(({ value }) => Number(value));
    expect(ofPartition).toEqual(Array.from({ length: 2_000 }, (_, index) => index * 3 + partition));
  }
  expect(states.at(-1) ?? 'ok').toBe('ok');
  expect(connection.logger.at('error')).toEqual([]);
});
