/** The Kafka transport, held to the port. */
import { inject } from 'vitest';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { describeDelivery } from '../transport/conformance/describe-delivery.ts';
import { describeSink } from '../transport/conformance/describe-sink.ts';
import { describeSource } from '../transport/conformance/describe-source.ts';
import {
  connectionOf,
  newInput,
  newLimitedOutput,
  newOutput,
  newStalledOutput,
  PATIENCE_MS,
  sinkWithin,
  sourceWithin,
} from '../transport/conformance/kafka/inputs-outputs.ts';
import { FakeProcess } from '../transport/conformance/kafka/processes.ts';

const brokers = inject('brokers');

function newSink(process = new FakeProcess()) {
  const sink = new KafkaSink({ connection: connectionOf(process, brokers), keepAliveIntervalMs: 20 });
  return sinkWithin(process, sink);
}

describeSource('KafkaSource', {
  severalPartitions: 3,
  patienceMs: PATIENCE_MS,
  newInput: (partitions) => newInput(brokers, partitions),
});

describeSink('KafkaSink', {
  carries: { key: true, headers: true, timestamp: true, tombstone: true },
  severalPartitions: 3,
  newOutput: (partitions) => newOutput(brokers, () => newSink(), partitions),
  newLimitedOutput: () => newLimitedOutput(brokers, () => newSink()),
  newStalledOutput: async () => newStalledOutput(brokers, () => newSink()),
});

describeDelivery('KafkaSource and KafkaSink', {
  newDelivery: async () => {
    const input = await newInput(brokers, 1);
    const output = await newOutput(brokers, () => newSink(), 1);
    return {
      input,
      topic: output.topic,
      process: (options) => {
        const process = input.newProcess();
        const source = new KafkaSource({ ...input.sourceOptions(process), ...options });
        return { source: sourceWithin(process, source), sink: newSink(process) };
      },
      read: () => output.read(),
    };
  },
});
