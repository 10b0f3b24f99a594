/** The Kafka transport with exactly-once, held to the port: a source whose offsets an atomic sink commits. */
import { inject } from 'vitest';
import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { TransactionalSink } from '../../src/transport/kafka/transactional-sink.ts';
import type { Sink } from '../../src/transport/port.ts';
import { describeDelivery } from '../transport/conformance/describe-delivery.ts';
import { describeSink } from '../transport/conformance/describe-sink.ts';
import type { TestOutput } from '../transport/conformance/harness.ts';
import {
  connectionOf,
  newCoveredInput,
  newInput,
  newLimitedOutput,
  newOutput,
  newStalledOutput,
  sinkWithin,
  sourceWithin,
} from '../transport/conformance/kafka/inputs-outputs.ts';
import { FakeProcess } from '../transport/conformance/kafka/processes.ts';
import { connectionTo } from '../transport/records.ts';

const brokers = inject('brokers');

/** An output with an input of its own, which its sinks commit. */
async function covered<T extends { readonly output: TestOutput }>(
  newOne: (newSink: () => Sink) => Promise<T>,
): Promise<T> {
  const { groupId, nextCovers, covering } = await newCoveredInput(brokers);
  const made = await newOne(() => {
    const process = new FakeProcess();
    const connection = connectionOf(process, brokers);
    return covering(sinkWithin(process, new TransactionalSink({ connection, groupId, keepAliveIntervalMs: 20 })));
  });
  return { ...made, output: { ...made.output, nextCovers } };
}

describeSink('TransactionalSink', {
  carries: { key: true, headers: true, timestamp: true, tombstone: true },
  severalPartitions: 3,
  newOutput: async (partitions) =>
    (await covered(async (newSink) => ({ output: await newOutput(brokers, newSink, partitions) }))).output,
  newLimitedOutput: () => covered((newSink) => newLimitedOutput(brokers, newSink)),
  newStalledOutput: () => covered(async (newSink) => newStalledOutput(brokers, newSink)),
});

describeDelivery('KafkaSource and TransactionalSink', {
  newDelivery: async () => {
    const input = await newInput(brokers, 1);
    const { groupId } = input;
    const newSink = (connection: KafkaConnection = connectionTo(brokers)) =>
      new TransactionalSink({ connection, groupId, keepAliveIntervalMs: 50, transactionTimeoutMs: 10_000 });
    const output = await newOutput(brokers, newSink, 1);
    return {
      input,
      topic: output.topic,
      process: (options) => {
        const process = input.newProcess();
        const sink = newSink(connectionOf(process, brokers));
        const source = new KafkaSource({ ...input.sourceOptions(process), ...options, offsets: sink });
        return { source: sourceWithin(process, source), sink: sinkWithin(process, sink) };
      },
      read: () => output.read(),
    };
  },
});
