/**
 * A transaction whose end the brokers have forgotten, as Kafka 4.3 does when a lone broker is killed at the wrong moment.
 * The broker is this test's own: it must take writes that it would refuse otherwise.
 */

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import { endHangingTransaction, lastTransaction } from '../../src/transport/kafka/hanging-transaction.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { PartitionClaim, transactionalIdOf } from '../../src/transport/kafka/partition-claim.ts';
import { TransactionalSink } from '../../src/transport/kafka/transactional-sink.ts';
import { forgetTransaction } from '../transport/hanging-transaction.ts';
import { eventually, newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo } from '../transport/records.ts';

let kafka: Awaited<ReturnType<typeof launchKafka>>;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const brokerConfig = { 'transaction.partition.verification.enable': 'false' };
  kafka = await launchKafka({ order: ['jars'], env: process.env, log: () => undefined, brokerConfig });
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(() => kafka.stop());

/** Eight records, the first four of which were copied in a transaction that was forgotten; then reads them all. */
async function readOn(endedWith: 'commit' | 'abort' | 'nobody knows') {
  const connection = connectionTo(kafka.brokers);
  const [input, output, elsewhere] = [
    await newTopic(connection),
    await newTopic(connection, 2),
    await newTopic(connection),
  ];
  const groupId = newName('group');
  const producer = plainKafka(kafka.brokers).producer();
  await producer.connect();
  await producer.send({ topic: input, messages: ['0', '1', '2', '3', '4', '5', '6', '7'].map((value) => ({ value })) });
  await producer.disconnect();
  await forgetTransaction(connection, {
    transactionalId: transactionalIdOf(groupId, { topic: input, partition: 0 }),
    groupId,
    input: { topic: input, partition: 0, nextOffset: 4 },
    output: { topic: output, partition: 1, values: ['0', '1', '2', '3'] },
    ...(endedWith === 'nobody knows' ? {} : { end: { commits: endedWith === 'commit', elsewhere } }),
  });
  const sink = new TransactionalSink({ connection, groupId, outputTopics: [output], keepAliveIntervalMs: 50 });
  closers.push(() => sink.close());
  const handled: string[] = [];
  let done = 0;
  const source = new KafkaSource({
    connection,
    topic: input,
    groupId,
    offsets: sink,
    maxWaitTimeMs: 100,
    onProgress: ({ nextOffset }) => {
      done = nextOffset;
    },
  });
  const running = source.run(async (batch, keepAlive) => {
    handled.push(...batch.records.map(({ value }) => String(value)));
    const copies = batch.records.map(({ key, value, headers }) => {
      return { topic: output, key, value, headers, partitionHint: 1 };
    });
    await sink.publish(copies, keepAlive, batch);
  });
  closers.push(() => source.stop());
  await eventually(() => done).toBe(8);
  await source.stop();
  await running;
  const seen = (await readTopic(kafka.brokers, output)).map(({ value }) => String(value));
  return { handled, seen, warnings: connection.logger.at('warn', 'error') };
}

const ALL = ['0', '1', '2', '3', '4', '5', '6', '7'];

test('one that was to be committed is: its records are seen, and not made again', async () => {
  const { handled, seen, warnings } = await readOn('commit');
  expect(handled).toEqual(['4', '5', '6', '7']);
  expect(seen).toEqual(ALL);
  expect(warnings).toMatchObject([{ level: 'warn', fields: { end: 'commit' } }]);
});

test.each(['abort', 'nobody knows'] as const)('%s: its records are not seen, and made again', async (endedWith) => {
  const { handled, seen, warnings } = await readOn(endedWith);
  expect(handled).toEqual(ALL);
  expect(seen).toEqual(ALL);
  expect(warnings).toMatchObject([{ level: 'warn', fields: { end: 'abort' } }]);
});

test('one that came after the last look is not taken for the one before, which was committed', async () => {
  const connection = connectionTo(kafka.brokers);
  const [topic, output, elsewhere] = [
    await newTopic(connection),
    await newTopic(connection),
    await newTopic(connection),
  ];
  const groupId = newName('group');
  const input = { topic, partition: 0 };
  const transactionalId = transactionalIdOf(groupId, input);
  const { signal } = new AbortController();
  const forget = (values: readonly string[], commits: boolean) =>
    forgetTransaction(connection, {
      transactionalId,
      groupId,
      input: { ...input, nextOffset: 4 },
      output: { topic: output, partition: 0, values },
      end: { commits, elsewhere },
    });
  await forget([], true);
  const committedBy = await lastTransaction(connection, transactionalId, signal);
  expect(committedBy?.end).toBe('commit');
  // Another instance, which wrote half of what belongs to its offset.
  await forget(['0', '1'], false);
  const claim = {
    connection,
    groupId,
    compression: 'none',
    acksTimeoutMs: 5_000,
    transactionTimeoutMs: 60_000,
    around: (_step: string, run: () => Promise<void>) => run(),
  } as const;
  await expect(PartitionClaim.open(input, claim, signal)).rejects.toMatchObject({ type: 'UNSTABLE_OFFSET_COMMIT' });
  const outputs = [{ topic: output, partitions: [0] }];
  const hanging = { transactionalId, groupId, outputs, committedBy, transactionTimeoutMs: 60_000 };
  expect(await endHangingTransaction(connection, hanging, signal)).toBe('abort');
  const opened = await PartitionClaim.open(input, claim, signal);
  closers.push(async () => opened.retire());
  expect(opened.position).toBeNull();
  expect(await readTopic(kafka.brokers, output)).toEqual([]);
});
