/** What the Kafka driver brings to the conformance suite: topics of its own on the shared broker. */
import { createTopics } from '../../../../src/transport/kafka/admin.ts';
import type { KafkaConnection } from '../../../../src/transport/kafka/client.ts';
import { KafkaSource } from '../../../../src/transport/kafka/kafka-source.ts';
import type { KafkaSourceOptions } from '../../../../src/transport/kafka/source-options.ts';
import type { InputRange, Sink, Source } from '../../../../src/transport/port.ts';
import { newName, newTopic, plainKafka, readTopic } from '../../kafka-support.ts';
import { connectionTo } from '../../records.ts';
import type { TestInput, TestOutput } from '../harness.ts';
import { dismissMembers, FakeProcess } from './processes.ts';

/** The shortest session timeout that a broker takes by default. */
export const PATIENCE_MS = 6_000;

/** Quick to notice what happens to the group. */
const TUNING: Partial<KafkaSourceOptions> = {
  sessionTimeoutMs: PATIENCE_MS,
  heartbeatIntervalMs: 100,
  rebalanceGraceMs: 0,
  maxWaitTimeMs: 100,
};

export interface KafkaInput extends TestInput {
  readonly topic: string;
  readonly groupId: string;
  readonly takeAway: () => Promise<void>;
  /** A process that can die: see `afterCrash`. */
  newProcess(): FakeProcess;
  /** The options of a source in this process. */
  sourceOptions(process: FakeProcess): KafkaSourceOptions;
}

export function connectionOf(process: FakeProcess, brokers: readonly string[]): KafkaConnection {
  return { ...connectionTo(brokers), clientId: process.clientId };
}

export async function newInput(brokers: readonly string[], partitions: number): Promise<KafkaInput> {
  const topic = await newTopic(connectionTo(brokers), partitions);
  const groupId = newName('group');
  const processes: FakeProcess[] = [];
  const newProcess = () => {
    const process = new FakeProcess();
    processes.push(process);
    return process;
  };
  const sourceOptions = (process: FakeProcess) => ({
    ...TUNING,
    connection: connectionOf(process, brokers),
    groupId,
    topic,
  });
  return {
    topic,
    groupId,
    newProcess,
    sourceOptions,
    write: (partition, values) => write(brokers, topic, partition, values),
    writeGap: (partition) => writeAborted(brokers, topic, partition),
    source: (options) => {
      const process = newProcess();
      return sourceWithin(process, new KafkaSource({ ...sourceOptions(process), ...options }));
    },
    afterCrash: async () => {
      for (const process of processes) process.die();
      await dismissMembers(brokers, groupId, processes);
    },
    takeAway: () => dismissMembers(brokers, groupId, processes),
  };
}

export function sourceWithin(process: FakeProcess, source: Source): Source {
  return {
    run: (handle) => process.within(() => source.run(handle)),
    stop: () => process.within(() => source.stop()),
  };
}

export function sinkWithin(process: FakeProcess, sink: Sink): Sink {
  return {
    atomic: sink.atomic,
    publish: (...call) => process.within(() => sink.publish(...call)),
    close: () => process.within(() => sink.close()),
  };
}

/** The sinks write to a topic with so many partitions; without a number it does not exist yet, see `createTopics`. */
export async function newOutput(
  brokers: readonly string[],
  newSink: () => Sink,
  partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<TestOutput> {
  const topic = newName('out');
  await createTopics(connectionTo(brokers), [{ topic, partitions, config }]);
  return { topic, sink: newSink, read: () => readTopic(brokers, topic) };
}

/** Bytes that a limited topic takes at once: enough for a batch of small records, not for a large one. */
const LIMIT_BYTES = 20_000;

export async function newLimitedOutput(brokers: readonly string[], newSink: () => Sink) {
  const output = await newOutput(brokers, newSink, 1, { 'max.message.bytes': String(LIMIT_BYTES) });
  return { output, bytes: LIMIT_BYTES * 1.5 };
}

/** A topic that does not exist until it is mended. */
export function newStalledOutput(brokers: readonly string[], newSink: () => Sink) {
  const topic = newName('late');
  return {
    output: { topic, sink: newSink, read: () => readTopic(brokers, topic) },
    mend: async () => {
      await createTopics(connectionTo(brokers), [{ topic, partitions: 1 }]);
    },
  };
}

/**
 * For a sink that commits its input: ranges of one record each, one behind the other, of an input of the group. A range that
 * was refused is the next one again, as a source would hand it over again.
 */
export async function newCoveredInput(brokers: readonly string[]) {
  const topic = await newTopic(connectionTo(brokers), 1);
  const groupId = newName('group');
  let next = 0;
  return {
    groupId,
    nextCovers: (): InputRange => ({ topic, partition: 0, startOffset: next, nextOffset: ++next }),
    covering: (sink: Sink): Sink => ({
      atomic: sink.atomic,
      publish: async (records, keepAlive, covers) => {
        try {
          await sink.publish(records, keepAlive, covers);
        } catch (error) {
          next = Math.min(next, covers?.startOffset ?? next);
          throw error;
        }
      },
      close: () => sink.close(),
    }),
  };
}

async function write(brokers: readonly string[], topic: string, partition: number, values: readonly string[]) {
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  await producer.disconnect();
}

/** Leaves the record of an aborted transaction, which nobody is given, and the marker behind it. */
async function writeAborted(brokers: readonly string[], topic: string, partition: number) {
  const transactionalId = newName('gap');
  const producer = plainKafka(brokers).producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'never', partition }] });
  await transaction.abort();
  await producer.disconnect();
}
