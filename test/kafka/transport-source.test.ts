import { afterEach, describe, expect, inject, test } from 'vitest';
import { TriageError } from '../../src/errors.ts';
import { groupLag } from '../../src/transport/kafka/admin.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import type { KafkaSourceOptions, PartitionProgress } from '../../src/transport/kafka/source-options.ts';
import type { SourceBatch } from '../../src/transport/port.ts';
import { collector, eventually, newName, newTopic, plainKafka } from '../transport/kafka-support.ts';
import { connectionTo, type TestConnection } from '../transport/records.ts';

const brokers = inject('brokers');
const running: { source: KafkaSource; done: Promise<void> }[] = [];

function start(
  options: Partial<KafkaSourceOptions> & { topic: string; groupId: string },
  handle: Parameters<KafkaSource['run']>[0],
) {
  const connection: TestConnection = connectionTo(brokers);
  const source = new KafkaSource({ connection, maxWaitTimeMs: 100, ...options });
  const done = source.run(handle);
  done.catch(() => undefined);
  running.push({ source, done });
  return { source, done, logger: connection.logger };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ source }) => source.stop()));
});

async function write(topic: string, values: readonly string[], partitions = 1): Promise<void> {
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  const messages = values.map((value, index) => ({ value, partition: index % partitions }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

const committed = async (groupId: string, topic: string) =>
  (await groupLag(connectionTo(brokers), groupId, [topic])).map(({ committedOffset }) => committedOffset);
const lagOf = async (groupId: string, topic: string) =>
  (await groupLag(connectionTo(brokers), groupId, [topic])).map(({ lag }) => lag);

describe('KafkaSource on a broker', () => {
  test('hands every record over once, in order, in slices of bounded size, and commits what is handled', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const groupId = newName('group');
    await write(topic, numbers(0, 1_000));
    const { handle, values } = collector();
    const sizes: number[] = [];
    const progress: PartitionProgress[] = [];
    const { source, done } = start(
      { topic, groupId, maxBatchRecords: 64, onProgress: (one) => progress.push(one) },
      async (batch, beat) => {
        sizes.push(batch.records.length);
        await handle(batch, beat);
      },
    );
    await eventually(() => values().length).toBe(1_000);
    await source.stop();
    await done;
    expect(values()).toEqual(numbers(0, 1_000));
    expect(Math.max(...sizes)).toBe(64);
    expect(await committed(groupId, topic)).toEqual([1_000]);
    expect(progress.at(-1)).toEqual({ topic, partition: 0, nextOffset: 1_000, endOffset: 1_000, lag: 0 });
  });

  test('a stop in the middle commits exactly what was handled, and the next start goes on there', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const groupId = newName('group');
    await write(topic, numbers(0, 100));
    const first = collector();
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { source, done } = start({ topic, groupId, maxBatchRecords: 10 }, async (batch, beat) => {
      await first.handle(batch, beat);
      if (first.records.length < 30) return;
      entered.resolve();
      await release.promise;
    });
    await entered.promise;
    const stopped = source.stop();
    expect(source.stop()).toBe(stopped);
    release.resolve();
    await stopped;
    await done;
    expect(first.values()).toEqual(numbers(0, 30));
    expect(await committed(groupId, topic)).toEqual([30]);

    const second = collector();
    start({ topic, groupId }, second.handle);
    await eventually(() => second.values().length).toBe(70);
    expect(second.values()).toEqual(numbers(30, 100));
  });

  test('what a handler rejects is not committed and comes again', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const groupId = newName('group');
    await write(topic, numbers(0, 20));
    const offered: number[] = [];
    let committedBefore: (number | null)[] | undefined;
    const { handle, values } = collector();
    const { logger } = start({ topic, groupId, maxBatchRecords: 10 }, async (batch: SourceBatch, beat) => {
      offered.push(batch.records[0]?.offset ?? -1);
      if (offered.length === 2 || offered.length === 3) {
        committedBefore = await committed(groupId, topic);
        throw new TriageError('transport', 'the sink is away', { retriable: true });
      }
      await handle(batch, beat);
    });
    await eventually(() => values().length).toBe(20);
    expect(offered).toEqual([0, 10, 10, 10]);
    expect(committedBefore).toEqual([10]);
    expect(values()).toEqual(numbers(0, 20));
    expect(logger.at('warn')).toHaveLength(2);
    expect(logger.at('error')).toEqual([]);
  });

  test('an error that cannot be helped ends run with it, and the records come again at the next start', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const groupId = newName('group');
    await write(topic, numbers(0, 5));
    const failure = new TriageError('transport', 'not allowed');
    const { done, logger } = start({ topic, groupId }, () => Promise.reject(failure));
    await expect(done).rejects.toBe(failure);
    expect(logger.at('warn', 'error')).toEqual([]);
    const { handle, values } = collector();
    start({ topic, groupId }, handle);
    await eventually(values).toEqual(numbers(0, 5));
  });

  test('a second member takes over partitions in the middle of the work, and nothing is lost', async () => {
    const topic = await newTopic(connectionTo(brokers), 4);
    const groupId = newName('group');
    const seen = new Set<string>();
    const byMember = [0, 0];
    const assignments: number[] = [4, 0];
    const member = (index: number) =>
      start(
        {
          topic,
          groupId,
          maxBatchRecords: 20,
          heartbeatIntervalMs: 100,
          sessionTimeoutMs: 10_000,
          rebalanceGraceMs: 0,
          onAssignment: (partitions) => {
            assignments[index] = partitions.length;
          },
        },
        async (batch, keepAlive) => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          await keepAlive();
          for (const { value } of batch.records) seen.add(String(value));
          byMember[index] = (byMember[index] ?? 0) + batch.records.length;
        },
      );
    await write(topic, numbers(0, 4_000), 4);
    const first = member(0);
    await eventually(() => seen.size).toBeGreaterThan(200);
    const second = member(1);
    await eventually(() => assignments).toEqual([2, 2]);
    await write(topic, numbers(4_000, 5_000), 4);
    await eventually(() => seen.size).toBe(5_000);
    await eventually(() => lagOf(groupId, topic)).toEqual([0, 0, 0, 0]);
    expect(byMember[1]).toBeGreaterThan(0);
    expect([...first.logger.at('warn', 'error'), ...second.logger.at('warn', 'error')]).toEqual([]);

    await second.source.stop();
    await eventually(() => assignments).toEqual([4, 0]);
  });

  test('control records and aborted transactions leave no lag behind', async () => {
    const topic = await newTopic(connectionTo(brokers), 2);
    const groupId = newName('group');
    const producer = plainKafka(brokers).producer({
      transactionalId: newName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transact = async (values: readonly string[], partition: number, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: values.map((value) => ({ value, partition })) });
      await transaction[end]();
    };
    await transact(['a', 'b'], 0, 'commit');
    await transact(['never'], 1, 'abort');
    const { handle, values } = collector();
    const progress = new Map<number, PartitionProgress>();
    start({ topic, groupId, onProgress: (one) => progress.set(one.partition, one) }, handle);
    await eventually(() => lagOf(groupId, topic)).toEqual([0, 0]);
    expect(values()).toEqual(['a', 'b']);
    expect([progress.get(0)?.lag, progress.get(1)?.lag]).toEqual([0, 0]);
    await transact(['c'], 1, 'commit');
    await producer.disconnect();
    await eventually(values).toEqual(['a', 'b', 'c']);
    await eventually(() => lagOf(groupId, topic)).toEqual([0, 0]);
  });

  test('a group without offsets begins at the end when told so', async () => {
    const topic = await newTopic(connectionTo(brokers));
    await write(topic, ['old']);
    const { handle, values } = collector();
    const joined = Promise.withResolvers<void>();
    const groupId = newName('group');
    start({ topic, groupId, fromBeginning: false, onAssignment: () => joined.resolve() }, handle);
    await joined.promise;
    // Where the end is, kafkajs asks at its first fetch.
    await eventually(async () => {
      await write(topic, ['new']);
      return values().length;
    }).toBeGreaterThan(0);
    expect(new Set(values())).toEqual(new Set(['new']));
  });

  test('a missing topic is an error that names it and how to create it', async () => {
    const topic = newName('missing');
    const { done, logger } = start({ topic, groupId: newName('group') }, async () => undefined);
    await expect(done).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringMatching(`has no topic ${topic}\\. .*triage topics create`),
    });
    expect(logger.at('info', 'warn', 'error')).toEqual([]);
  });

  test('brokers that cannot be reached at the start are an error that names them', async () => {
    const connection = connectionTo(['127.0.0.1:1']);
    const source = new KafkaSource({ connection, topic: 't', groupId: 'g' });
    await expect(source.run(async () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/Cannot read topic t as group g: Kafka at 127\.0\.0\.1:1 refused the connection/),
    });
    await source.stop();
  });

  test('a stop right after the start, or before it, ends run', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const { source, done } = start({ topic, groupId: newName('group') }, async () => undefined);
    await source.stop();
    await expect(done).resolves.toBeUndefined();
    const never = new KafkaSource({ connection: connectionTo(brokers), topic, groupId: newName('group') });
    await never.stop();
    await expect(never.run(async () => undefined)).resolves.toBeUndefined();
  });
});
