/** A stop is over in seconds, whatever it meets. The broker is this test's own: it is killed and frozen. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import type { CommittedOffsets } from '../../src/transport/kafka/source-options.ts';
import { TransactionalSink } from '../../src/transport/kafka/transactional-sink.ts';
import type { BatchHandler, Sink } from '../../src/transport/port.ts';
import { eventually, newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo } from '../transport/records.ts';

/** Of which the times below need half; what hangs takes 30 s or for ever. */
const STOP_LIMIT_MS = 5_000;
const STOP_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 50;

let kafka: Awaited<ReturnType<typeof launchKafka>>;
let disturbed = false;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  kafka = await launchKafka({ order: ['jars'], env: process.env, log: () => undefined });
});

afterEach(async () => {
  // Also after a freeze, by which the broker has lost its place in the cluster for a while.
  if (disturbed) {
    await kafka.kill?.();
    await kafka.restart?.();
  }
  disturbed = false;
  for (const stop of stops.splice(0)) await stop();
});

afterAll(() => kafka.stop());

async function kill(): Promise<void> {
  disturbed = true;
  await kafka.kill?.();
}

async function freeze(): Promise<void> {
  if (kafka.pid === undefined) throw new Error('the broker is down');
  disturbed = true;
  process.kill(kafka.pid, 'SIGSTOP');
}

interface Copying {
  readonly source: KafkaSource;
  readonly done: Promise<void>;
  readonly sink: Sink;
  readonly groupId: string;
  readonly input: string;
  readonly output: string;
  /** Batches handed over, and states told of. */
  readonly batches: () => number;
  readonly states: readonly string[];
}

type Delivery = 'at-least-once' | 'exactly-once';

interface Disturbed {
  readonly delivery: Delivery;
  readonly records?: number;
  /** Between the offsets and the records of a transaction, and before each batch that is written at least once. */
  readonly whileWriting?: () => Promise<void>;
  readonly groupId?: string;
  readonly input?: string;
  readonly output?: string;
}

async function copy({ delivery, records = 3_000, whileWriting, ...given }: Disturbed): Promise<Copying> {
  const connection = connectionTo(kafka.brokers);
  const input = given.input ?? (await newTopic(connection, 3));
  const output = given.output ?? (await newTopic(connection, 3));
  const groupId = given.groupId ?? newName('group');
  if (records > 0) {
    const producer = plainKafka(kafka.brokers).producer();
    await producer.connect();
    const messages = Array.from({ length: records }, (_, index) => ({ value: String(index), partition: index % 3 }));
    await producer.send({ topic: input, messages });
    await producer.disconnect();
  }
  const states: string[] = [];
  const onState = (state: string) => states.push(state);
  const sink: Sink & Partial<CommittedOffsets> =
    delivery === 'at-least-once'
      ? new KafkaSink({ connection, onState, keepAliveIntervalMs: KEEP_ALIVE_MS })
      : new TransactionalSink({
          connection,
          groupId,
          outputTopics: [output],
          keepAliveIntervalMs: KEEP_ALIVE_MS,
          onState,
          around: async (step, run) => {
            if (step === 'records') await whileWriting?.();
            await run();
          },
        });
  let batches = 0;
  const source = new KafkaSource({
    connection,
    topic: input,
    groupId,
    maxBatchRecords: 20,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    // For so long the next one has to wait for a member that could not say goodbye.
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 1_000,
    onState,
    ...(sink instanceof TransactionalSink ? { offsets: sink } : {}),
  });
  const done = source.run(async (batch, keepAlive) => {
    batches += 1;
    if (delivery === 'at-least-once') await whileWriting?.();
    const copies = batch.records.map(({ key, value, headers, partition }) => {
      return { topic: output, key, value, headers, partitionHint: partition };
    });
    await sink.publish(copies, keepAlive, batch);
  });
  stops.push(async () => {
    await source.stop();
    await sink.close();
    await done;
  });
  return { source, done, sink, groupId, input, output, batches: () => batches, states };
}

/** Milliseconds from the stop until source and sink have ended. */
async function timeToStop({ source, sink, done }: Copying): Promise<number> {
  const begin = performance.now();
  await source.stop();
  await sink.close();
  await done;
  return performance.now() - begin;
}

describe.each(['at-least-once', 'exactly-once'] as const)('%s', (delivery) => {
  test.each([
    ['killed', kill],
    ['frozen', freeze],
  ])('a broker that is %s while batches are written', async (_how, disturb) => {
    let writing = 0;
    const broken = Promise.withResolvers<void>();
    const copying = await copy({
      delivery,
      whileWriting: async () => {
        writing += 1;
        if (writing === 10) broken.resolve(disturb());
        if (writing >= 10) await broken.promise;
      },
    });
    await broken.promise;
    expect(await timeToStop(copying)).toBeLessThan(STOP_LIMIT_MS);
  });

  test('a broker that is away for long', async () => {
    const copying = await copy({ delivery });
    await eventually(copying.batches).toBeGreaterThan(5);
    await kill();
    await eventually(() => copying.states).toContain('waiting');
    expect(await timeToStop(copying)).toBeLessThan(STOP_LIMIT_MS);
  });

  test('an idle source whose broker is frozen', async () => {
    const copying = await copy({ delivery, records: 3 });
    await eventually(copying.batches).toBe(3);
    await freeze();
    expect(await timeToStop(copying)).toBeLessThan(STOP_LIMIT_MS);
  });

  test('what a stop gave up is read again, and all of it arrives', async () => {
    const copying = await copy({ delivery, records: 600 });
    await eventually(copying.batches).toBeGreaterThan(3);
    await kill();
    expect(await timeToStop(copying)).toBeLessThan(STOP_LIMIT_MS);
    await kafka.restart?.();
    const { groupId, input, output } = copying;
    await copy({ delivery, records: 0, groupId, input, output });
    const seen = async () => {
      const values = (await readTopic(kafka.brokers, output)).map(({ value }) => Number(value));
      return { records: delivery === 'exactly-once' ? values.length : new Set(values).size, all: new Set(values).size };
    };
    await expect.poll(seen, { timeout: 50_000, interval: 500 }).toEqual({ records: 600, all: 600 });
  });
});

test('a partition that cannot be claimed, since another transaction of the group holds its offset', async () => {
  const connection = connectionTo(kafka.brokers);
  const input = await newTopic(connection);
  const groupId = newName('group');
  const other = plainKafka(kafka.brokers).producer({ transactionalId: newName('other'), transactionTimeout: 60_000 });
  await other.connect();
  const transaction = await other.transaction();
  const topics = [{ topic: input, partitions: [{ partition: 0, offset: '1' }] }];
  await transaction.sendOffsets({ consumerGroupId: groupId, topics });
  const producer = plainKafka(kafka.brokers).producer();
  await producer.connect();
  await producer.send({ topic: input, messages: [{ value: 'one' }, { value: 'two' }] });
  await producer.disconnect();
  const copying = await copy({ delivery: 'exactly-once', records: 0, groupId, input });
  await eventually(() => copying.states).toContain('waiting');
  expect(await timeToStop(copying)).toBeLessThan(STOP_LIMIT_MS);
  expect(copying.batches()).toBe(0);
  await transaction.abort();
  await other.disconnect();
});

test('one that stops while it waits for its turn in the group has left it', async () => {
  const connection = connectionTo(kafka.brokers);
  const topic = await newTopic(connection, 2);
  const groupId = newName('group');
  const member = (handle: BatchHandler) => {
    const own = connectionTo(kafka.brokers);
    const joined = Promise.withResolvers<string>();
    const source = new KafkaSource({
      connection: own,
      topic,
      groupId,
      heartbeatIntervalMs: 100,
      onJoin: joined.resolve,
    });
    const done = source.run(handle);
    const stop = async () => {
      await source.stop();
      await done;
    };
    return { stop, joined: joined.promise, debug: () => own.logger.at('debug').map(({ message }) => message) };
  };
  // As long as one has a batch in hand, the others wait for it.
  const handled = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const busy = member(async () => {
    handled.resolve();
    await released.promise;
  });
  stops.push(async () => {
    released.resolve();
    await busy.stop();
  });
  await busy.joined;
  const waiting = member(async () => undefined);
  const memberId = await waiting.joined;
  const kafkajs = plainKafka(kafka.brokers);
  const producer = kafkajs.producer();
  await producer.connect();
  await producer.send({ topic, messages: [0, 1].map((partition) => ({ value: 'x', partition })) });
  await producer.disconnect();
  await handled.promise;
  const newcomer = member(async () => undefined);
  stops.push(newcomer.stop);
  await eventually(waiting.debug).toContain('The group is rebalancing, re-joining');
  await waiting.stop();
  const admin = kafkajs.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]);
  await admin.disconnect();
  const members = groups.flatMap((group) => group.members.map((each) => each.memberId));
  expect(members).not.toHaveLength(0);
  expect(members).not.toContain(memberId);
});
