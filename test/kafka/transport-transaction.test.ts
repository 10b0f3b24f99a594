/** Exactly-once on a real broker: what a read_committed consumer sees, whatever happens in between. */

import { afterEach, describe, expect, inject, test } from 'vitest';
import { TriageError } from '../../src/errors.ts';
import { groupLag } from '../../src/transport/kafka/admin.ts';
import { BACKOFF_DEFAULTS } from '../../src/transport/kafka/backoff.ts';
import { SINK_DEFAULTS } from '../../src/transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import type { ClaimOptions, TransactionStep } from '../../src/transport/kafka/partition-claim.ts';
import { PartitionWriter, type WriterOptions } from '../../src/transport/kafka/partition-writer.ts';
import type { KafkaSourceOptions } from '../../src/transport/kafka/source-options.ts';
import { StateReport } from '../../src/transport/kafka/state-report.ts';
import {
  TRANSACTION_DEFAULTS,
  TransactionalSink,
  type TransactionalSinkOptions,
} from '../../src/transport/kafka/transactional-sink.ts';
import type { InputRange, KeepAlive, OutboundRecord, SourceBatch } from '../../src/transport/port.ts';
import { RecordTooLargeError } from '../../src/transport/record-too-large.ts';
import { eventually, newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function sinkWith(groupId: string, options: Partial<TransactionalSinkOptions> = {}) {
  const connection = connectionTo(brokers);
  const sink = new TransactionalSink({
    connection,
    groupId,
    keepAliveIntervalMs: 50,
    transactionTimeoutMs: 10_000,
    // Some tests leave a step that never ends.
    closeTimeoutMs: 200,
    ...options,
  });
  closers.push(() => sink.close());
  return { sink, logger: connection.logger };
}

interface Copier {
  readonly source: KafkaSource;
  readonly sink: TransactionalSink;
  readonly done: Promise<void>;
  readonly logger: ReturnType<typeof connectionTo>['logger'];
}

/** Copies the records of a topic to another one, in transactions. */
function copy(
  topics: { input: string; output: string },
  groupId: string,
  options: {
    sink?: Partial<TransactionalSinkOptions>;
    source?: Partial<KafkaSourceOptions>;
    before?: (batch: SourceBatch, keepAlive: KeepAlive) => Promise<void>;
  } = {},
): Copier {
  const { sink } = sinkWith(groupId, options.sink);
  const connection = connectionTo(brokers);
  const source = new KafkaSource({
    connection,
    groupId,
    topic: topics.input,
    maxWaitTimeMs: 100,
    maxBatchRecords: 50,
    offsets: sink,
    ...options.source,
  });
  const done = source.run(async (batch, keepAlive) => {
    await options.before?.(batch, keepAlive);
    await sink.publish(copiesOf(batch, topics.output), keepAlive, batch);
  });
  done.catch(() => undefined);
  closers.push(() => source.stop());
  return { source, sink, done, logger: connection.logger };
}

function copiesOf(batch: SourceBatch, topic: string): OutboundRecord[] {
  return batch.records.map(({ key, value, headers, partition }) => ({
    topic,
    key,
    value,
    headers,
    partitionHint: partition,
  }));
}

async function newTopics(partitions = 1): Promise<{ input: string; output: string }> {
  const connection = connectionTo(brokers);
  return { input: await newTopic(connection, partitions), output: await newTopic(connection, partitions) };
}

/** Values `from` to `to`, spread over the partitions in turn. */
async function write(topic: string, from: number, to: number, partitions = 1): Promise<void> {
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  const messages = numbers(from, to).map((value, index) => ({
    value,
    key: `k${(from + index) % 7}`,
    partition: (from + index) % partitions,
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

const valuesOf = async (topic: string) => (await readTopic(brokers, topic)).map(({ value }) => String(value));
const sorted = (values: readonly string[]) => [...values].sort((a, b) => Number(a) - Number(b));
const lagOf = async (groupId: string, topic: string) =>
  (await groupLag(connectionTo(brokers), groupId, [topic])).reduce((sum, { lag }) => sum + lag, 0);
const committed = async (groupId: string, topic: string) =>
  (await groupLag(connectionTo(brokers), groupId, [topic])).map(({ committedOffset }) => committedOffset);

/** Offset after all that was ever written to the first partition: records, committed or not, and markers. */
async function endOf(topic: string): Promise<number> {
  const admin = plainKafka(brokers).admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return Number(end?.high);
}

/** A step that fails the first `times` it comes, before or after it was done. */
function failing(step: TransactionStep, when: 'before' | 'after', times = 1) {
  let left = times;
  const count = { failed: 0 };
  const around: TransactionalSinkOptions['around'] = async (name, run) => {
    const fails = name === step && left > 0;
    if (fails) left -= 1;
    if (fails) count.failed += 1;
    if (fails && when === 'before') throw new Error('Closed connection');
    await run();
    if (fails) throw new Error('Closed connection');
  };
  return { around, count };
}

const range = (topic: string, startOffset: number, nextOffset: number): InputRange => ({
  topic,
  partition: 0,
  startOffset,
  nextOffset,
});

describe('exactly-once from topic to topic', () => {
  test('every record arrives once, in order, and the group stands at the end of the input', async () => {
    const topics = await newTopics(3);
    const groupId = newName('group');
    await write(topics.input, 0, 1_000, 3);
    const { source, done, logger } = copy(topics, groupId);
    await eventually(() => lagOf(groupId, topics.input)).toBe(0);
    await write(topics.input, 1_000, 1_300, 3);
    await eventually(() => lagOf(groupId, topics.input)).toBe(0);
    await source.stop();
    await done;
    const written = await readTopic(brokers, topics.output);
    expect(sorted(written.map(({ value }) => String(value)))).toEqual(numbers(0, 1_300));
    for (const key of new Set(written.map(({ key }) => String(key)))) {
      const ofKey = written.filter((record) => String(record.key) === key).map(({ value }) => Number(value));
      const perInput = [0, 1, 2].map((partition) => ofKey.filter((value) => value % 3 === partition));
      for (const values of perInput) expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    // A broker that has just started loads its groups first.
    const told = logger.at('warn', 'error').filter(({ fields }) => !/GROUP_LOAD/.test(JSON.stringify(fields)));
    expect(told).toEqual([]);
  });

  test('a batch without output commits its offset all the same', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const { sink } = sinkWith(groupId);
    await sink.publish([], noKeepAlive, range(topics.input, 0, 5));
    await sink.publish([], noKeepAlive, range(topics.input, 5, 9));
    await eventually(() => committed(groupId, topics.input)).toEqual([9]);
  });

  test('an input of nothing but aborted transactions and control records in between is stepped over', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const producer = plainKafka(brokers).producer({ transactionalId: newName('writer'), idempotent: true });
    await producer.connect();
    closers.push(() => producer.disconnect());
    const transact = async (value: string, how: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic: topics.input, messages: [{ value }] });
      await transaction[how]();
    };
    const { logger } = copy(topics, groupId);
    for (let round = 0; round < 3; round++) {
      await transact('aborted', 'abort');
      await transact(`committed ${round}`, 'commit');
      // One after another, so that control records are fetched alone.
      await eventually(() => valuesOf(topics.output)).toHaveLength(round + 1);
    }
    await transact('aborted', 'abort');
    await write(topics.input, 7, 8);
    await eventually(() => valuesOf(topics.output)).toEqual(['committed 0', 'committed 1', 'committed 2', '7']);
    expect(logger.at('warn', 'error')).toEqual([]);
  });
});

describe('a transaction that fails', () => {
  test.each([
    ['offsets', 'before'],
    ['offsets', 'after'],
    ['records', 'before'],
    ['records', 'after'],
    ['commit', 'before'],
    ['commit', 'after'],
  ] as const)('at the step %s, %s it was done: once each', async (step, when) => {
    const topics = await newTopics();
    const groupId = newName('group');
    await write(topics.input, 0, 200);
    const { around, count } = failing(step, when, 3);
    const states: string[] = [];
    copy(topics, groupId, { sink: { around, onState: (state) => states.push(state) } });
    await eventually(() => lagOf(groupId, topics.input)).toBe(0);
    expect(count.failed).toBe(3);
    expect(await valuesOf(topics.output)).toEqual(numbers(0, 200));
    // A commit is asked for again at once, with no pause to tell of.
    expect(states.slice(0, 2)).toEqual(step === 'commit' ? [] : ['waiting', 'ok']);
  });

  test('whose commit was done but not answered counts as written, without being handed over again', async () => {
    const topics = await newTopics();
    const { sink } = sinkWith(newName('group'), { around: failing('commit', 'after').around });
    await expect(
      sink.publish([outbound(topics.output, '0')], noKeepAlive, range(topics.input, 0, 1)),
    ).resolves.toBeUndefined();
    expect(await valuesOf(topics.output)).toEqual(['0']);
  });

  test('whose commit may have been begun is committed, never aborted and written anew', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const { around, count } = failing('commit', 'before');
    const { sink } = sinkWith(groupId, { around });
    await sink.publish([outbound(topics.output, '0')], noKeepAlive, range(topics.input, 0, 1));
    await sink.publish([outbound(topics.output, '1')], noKeepAlive, range(topics.input, 1, 2));
    expect(count.failed).toBe(1);
    expect(await committed(groupId, topics.input)).toEqual([2]);
    // Each record and its commit marker: no other record, no abort marker.
    expect(await endOf(topics.output)).toBe(4);
  });

  test.each([
    ['before', 'records'],
    ['after', 'records'],
    ['before', 'commit'],
    ['after', 'commit'],
  ] as const)('for good, as by kill -9 %s the %s: the next process goes on, once each', async (when, step) => {
    const topics = await newTopics();
    const groupId = newName('group');
    await write(topics.input, 0, 200);
    const dead = Promise.withResolvers<void>();
    let steps = 0;
    const around: TransactionalSinkOptions['around'] = async (name, run) => {
      if (name !== step || ++steps < 2) return run();
      if (when === 'after') await run();
      dead.resolve();
      // What never goes on is, to the brokers, the same as what was killed.
      await new Promise(() => undefined);
    };
    const connection = connectionTo(brokers);
    const { sink } = sinkWith(groupId, { connection, around, transactionTimeoutMs: 60_000 });
    void sink.publish(
      numbers(0, 50).map((value) => outbound(topics.output, value)),
      noKeepAlive,
      range(topics.input, 0, 50),
    );
    void sink.publish(
      numbers(50, 90).map((value) => outbound(topics.output, value)),
      noKeepAlive,
      range(topics.input, 50, 90),
    );
    await dead.promise;
    copy(topics, groupId);
    await eventually(() => lagOf(groupId, topics.input)).toBe(0);
    expect(await valuesOf(topics.output)).toEqual(numbers(0, 200));
  });

  test('is not seen by read_committed consumers, and its open part is ended by the next claim', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const written = Promise.withResolvers<void>();
    const { sink: dying } = sinkWith(groupId, {
      transactionTimeoutMs: 600_000,
      around: async (step, run) => {
        if (step !== 'commit') return run();
        written.resolve();
        await new Promise<void>(() => undefined);
      },
    });
    void dying.publish([outbound(topics.output, 'never')], noKeepAlive, range(topics.input, 0, 1));
    await written.promise;
    const { sink } = sinkWith(groupId);
    await sink.publish([outbound(topics.output, 'once')], noKeepAlive, range(topics.input, 0, 1));
    expect(await valuesOf(topics.output)).toEqual(['once']);
  });
});

describe('two that believe in one partition', () => {
  test('only the one that stands where the group does can write', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const [zombie, owner] = [sinkWith(groupId).sink, sinkWith(groupId).sink];
    await zombie.publish([outbound(topics.output, '0')], noKeepAlive, range(topics.input, 0, 1));
    await owner.publish([outbound(topics.output, '1')], noKeepAlive, range(topics.input, 1, 2));
    const refused = zombie.publish([outbound(topics.output, '1 again')], noKeepAlive, range(topics.input, 1, 2));
    await expect(refused).rejects.toMatchObject({
      retriable: true,
      message: expect.stringMatching(/offset 2, not at 1/),
    });
    expect(await zombie.committed({ topic: topics.input, partition: 0 }, 1, noKeepAlive)).toBe(2);
    await zombie.publish([outbound(topics.output, '2')], noKeepAlive, range(topics.input, 2, 3));
    expect(await valuesOf(topics.output)).toEqual(['0', '1', '2']);
  });

  test('a position that the coordinator told before it knew better is no ground to write on', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const { sink } = sinkWith(groupId);
    await sink.publish([outbound(topics.output, '0')], noKeepAlive, range(topics.input, 0, 1));
    // A new claim, which is told 1; as if that were an answer of seconds ago, the group stands at 5.
    const { sink: claiming } = sinkWith(groupId);
    expect(await claiming.committed({ topic: topics.input, partition: 0 }, 1, noKeepAlive)).toBe(1);
    const admin = plainKafka(brokers).admin();
    await admin.connect();
    await admin.setOffsets({ groupId, topic: topics.input, partitions: [{ partition: 0, offset: '5' }] });
    await admin.disconnect();
    const refused = claiming.publish([outbound(topics.output, '1 again')], noKeepAlive, range(topics.input, 1, 2));
    await expect(refused).rejects.toMatchObject({
      retriable: true,
      message: expect.stringMatching(/offset 5, not at 1/),
    });
    await claiming.publish([outbound(topics.output, '5')], noKeepAlive, range(topics.input, 5, 6));
    expect(await valuesOf(topics.output)).toEqual(['0', '5']);
    expect(await committed(groupId, topics.input)).toEqual([6]);
  });

  test('both at work on all of it at once: once each, none lost', async () => {
    const topics = await newTopics();
    const groupId = newName('group');
    const work = async (who: string) => {
      const { sink } = sinkWith(groupId);
      const input = { topic: topics.input, partition: 0 };
      let conflicts = 0;
      for (let at = 0; at < 40; ) {
        const stands = await sink.committed(input, at, noKeepAlive);
        at = stands ?? at;
        if (at >= 40) break;
        try {
          await sink.publish([outbound(topics.output, `${at} by ${who}`)], noKeepAlive, {
            ...input,
            startOffset: at,
            nextOffset: at + 1,
          });
          at += 1;
        } catch (error) {
          if (!(error instanceof TriageError && error.retriable)) throw error;
          conflicts += 1;
        }
      }
      return conflicts;
    };
    await Promise.all([work('a'), work('b')]);
    const values = await valuesOf(topics.output);
    expect(values.map((value) => Number.parseInt(value, 10))).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  test('members that come and go under load: once each, in order per input partition', async () => {
    const topics = await newTopics(4);
    const groupId = newName('group');
    const total = 6_000;
    await write(topics.input, 0, total, 4);
    const slow = async () => new Promise<void>((resolve) => setTimeout(resolve, 5));
    const options = { source: { maxBatchRecords: 25, rebalanceGraceMs: 0 }, before: slow };
    const first = copy(topics, groupId, options);
    await eventually(() => lagOf(groupId, topics.input)).toBeLessThan(total - 500);
    const second = copy(topics, groupId, options);
    await eventually(() => lagOf(groupId, topics.input)).toBeLessThan(total - 2_000);
    await first.source.stop();
    await eventually(() => lagOf(groupId, topics.input)).toBeLessThan(total - 3_500);
    copy(topics, groupId, options);
    await eventually(() => lagOf(groupId, topics.input)).toBe(0);
    await second.source.stop();
    const written = await readTopic(brokers, topics.output);
    expect(sorted(written.map(({ value }) => String(value)))).toEqual(numbers(0, total));
    for (let key = 0; key < 7; key++) {
      for (let input = 0; input < 4; input++) {
        const values = written
          .filter((record) => String(record.key) === `k${key}`)
          .map(({ value }) => Number(value))
          .filter((value) => value % 4 === input);
        expect(values).toEqual([...values].sort((a, b) => a - b));
      }
    }
  });
});

describe('records that the broker does not take as they are', () => {
  test('too large alone: named, nothing written, and what replaces them is', async () => {
    const connection = connectionTo(brokers);
    const input = await newTopic(connection);
    const output = await newTopic(connection, 2, { 'max.message.bytes': '2000' });
    const groupId = newName('group');
    const { sink } = sinkWith(groupId);
    const large = [outbound(output, 'x'.repeat(5_000)), outbound(output, 'y'.repeat(6_000), null, 1)];
    const small = numbers(0, 5).map((value) => outbound(output, value));
    const records = [...small.slice(0, 2), large[0]!, ...small.slice(2), large[1]!];
    const refused = await sink.publish(records, noKeepAlive, range(input, 0, 7)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RecordTooLargeError);
    expect((refused as RecordTooLargeError).records).toEqual(large);
    expect(await committed(groupId, input)).toEqual([null]);
    const smaller = records.map((record) => (large.includes(record) ? outbound(output, 'cut') : record));
    await sink.publish(smaller, noKeepAlive, range(input, 0, 7));
    expect(await valuesOf(output)).toEqual(['0', '1', 'cut', '2', '3', '4', 'cut']);
  });

  test('too large together: written in smaller requests', async () => {
    const connection = connectionTo(brokers);
    const input = await newTopic(connection);
    const output = await newTopic(connection, 1, { 'max.message.bytes': '2000' });
    const { sink } = sinkWith(newName('group'));
    const values = numbers(0, 30).map((value) => value.padStart(500, '0'));
    await sink.publish(
      values.map((value) => outbound(output, value)),
      noKeepAlive,
      range(input, 0, 30),
    );
    expect(await valuesOf(output)).toEqual(values);
  });

  test('too large together for their timestamps alone: written in smaller requests, timestamps kept', async () => {
    const connection = connectionTo(brokers);
    const input = await newTopic(connection);
    // Without the bytes of the timestamps, all would go in one request.
    const output = await newTopic(connection, 1, { 'max.message.bytes': '22200' });
    const { sink } = sinkWith(newName('group'));
    const dayMs = 86_400_000;
    const records = numbers(0, 200).map((value, place) => ({
      ...outbound(output, value.padStart(100, '0')),
      timestampMs: place % 2 === 0 ? 0 : 300 * dayMs,
    }));
    await sink.publish(records, noKeepAlive, range(input, 0, 200));
    const written = await readTopic(brokers, output);
    expect(written.map(({ value, timestampMs }) => [String(value), timestampMs])).toEqual(
      records.map(({ value, timestampMs }) => [String(value), timestampMs]),
    );
  });

  test('too large together, one of them from the far future: all written with the time of writing', async () => {
    const connection = connectionTo(brokers);
    const input = await newTopic(connection);
    const output = await newTopic(connection, 1, { 'max.message.bytes': '2000' });
    const { sink, logger } = sinkWith(newName('group'));
    const values = numbers(0, 30).map((value) => value.padStart(500, '0'));
    const records = values.map((value, place) => ({
      ...outbound(output, value),
      timestampMs: place === 20 ? 4_102_444_800_000 : Date.now(),
    }));
    await sink.publish(records, noKeepAlive, range(input, 0, 30));
    expect(await valuesOf(output)).toEqual(values);
    expect(logger.at('warn')).toHaveLength(1);
  });

  test('what a broker refuses for its size and then takes is tried again after a pause that is told', async () => {
    const topics = await newTopics();
    const states: string[] = [];
    let left = 3;
    const around: TransactionalSinkOptions['around'] = async (step, run) => {
      if (step === 'records' && left-- > 0) throw Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
      await run();
    };
    const { sink } = sinkWith(newName('group'), { around, onState: (state) => states.push(state) });
    await sink.publish([outbound(topics.output, '0')], noKeepAlive, range(topics.input, 0, 1));
    expect(await valuesOf(topics.output)).toEqual(['0']);
    expect(states).toEqual(['waiting', 'ok']);
  });

  test('a timestamp from the far future: written with the time of writing, and said', async () => {
    const topics = await newTopics();
    const { sink, logger } = sinkWith(newName('group'));
    const records = [{ ...outbound(topics.output, '0'), timestampMs: 4_102_444_800_000 }];
    await sink.publish(records, noKeepAlive, range(topics.input, 0, 1));
    const [written] = await readTopic(brokers, topics.output);
    expect(written?.timestampMs).toBeLessThan(4_102_444_800_000);
    expect(logger.at('warn')).toHaveLength(1);
  });
});

describe('a producer', () => {
  test('is replaced long before its sequence numbers run out', async () => {
    const topics = await newTopics();
    const { sink } = sinkWith(newName('group'), { maxRecordsPerProducer: 3 });
    for (let at = 0; at < 12; at++) {
      await sink.publish([outbound(topics.output, String(at))], noKeepAlive, range(topics.input, at, at + 1));
    }
    expect(await valuesOf(topics.output)).toEqual(numbers(0, 12));
  });

  test('that waits gives up when its partition is lost, and when it is told to end', async () => {
    const topics = await newTopics();
    const abort = new AbortController();
    const stuck: TransactionalSinkOptions['around'] = async () => {
      throw new Error('Closed connection');
    };
    const { sink } = sinkWith(newName('group'), { around: stuck, signal: abort.signal });
    const lost = new Error('lost');
    await expect(sink.publish([], () => Promise.reject(lost), range(topics.input, 0, 1))).rejects.toBe(lost);
    const call = sink.publish([], noKeepAlive, range(topics.input, 0, 1));
    abort.abort();
    await expect(call).rejects.toMatchObject({ retriable: true, message: expect.stringMatching(/given up/) });
  });
});

describe('a writer of one partition', () => {
  function writerOf(input: string, options: Partial<WriterOptions> & { around?: ClaimOptions['around'] } = {}) {
    const { around = (_, run) => run(), ...others } = options;
    const connection = connectionTo(brokers);
    return new PartitionWriter(
      { topic: input, partition: 0 },
      {
        claim: { ...SINK_DEFAULTS, ...TRANSACTION_DEFAULTS, connection, groupId: newName('group'), around },
        countPartitions: async () => 1,
        learnedSendBytes: new Map(),
        outputTopics: new Set(),
        ...SINK_DEFAULTS,
        backoff: BACKOFF_DEFAULTS,
        state: new StateReport(() => undefined),
        ...others,
      },
    );
  }

  test('that cannot find out how many partitions there are gives up when it is told to', async () => {
    const { input, output } = await newTopics();
    const asked = Promise.withResolvers<void>();
    const countPartitions = () => {
      asked.resolve();
      return new Promise<number>(() => undefined);
    };
    const writer = writerOf(input, { countPartitions });
    const giveUp = new AbortController();
    const writing = writer.write([outbound(output, '0')], range(input, 0, 1), giveUp.signal);
    await asked.promise;
    giveUp.abort();
    await expect(writing).rejects.toBeInstanceOf(TriageError);
    await writer.release();
  });

  test('that holds a claim believes the group rather than its memory: the topic may have been made anew', async () => {
    const { input, output } = await newTopics();
    const groupId = newName('group');
    const { sink } = sinkWith(groupId);
    await sink.publish([outbound(output, '0')], noKeepAlive, range(input, 0, 7));
    const admin = plainKafka(brokers).admin();
    await admin.connect();
    await admin.setOffsets({ groupId, topic: input, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    expect(await sink.committed({ topic: input, partition: 0 }, 2, noKeepAlive)).toBe(2);
  });

  test('that gave up in the middle of a commit goes on with it when it has the partition again', async () => {
    const { input, output } = await newTopics();
    const giveUp = new AbortController();
    const writer = writerOf(input, {
      around: async (step, run) => {
        if (step !== 'commit' || giveUp.signal.aborted) return run();
        giveUp.abort();
        throw new Error('Closed connection');
      },
    });
    const writing = writer.write([outbound(output, '0')], range(input, 0, 1), giveUp.signal);
    await expect(writing).rejects.toBeInstanceOf(TriageError);
    await writer.release();
    expect(await writer.position(0, new AbortController().signal)).toBe(1);
    await writer.release();
    expect(await endOf(output)).toBe(2);
  });
});
