/** What the Kafka driver brings to the conformance suite: topics of its own on the shared broker. */
import { createTopics } from '../../../../src/transport/kafka/admin.ts';
import type { KafkaConnection } from '../../../../src/transport/kafka/client.ts';
import { KafkaSource } from '../../../../src/transport/kafka/kafka-source.ts';
import type { KafkaSourceOptions } from '../../../../src/transport/kafka/source-options.ts';
import type { Sink, Source } from '../../../../src/transport/port.ts';
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
