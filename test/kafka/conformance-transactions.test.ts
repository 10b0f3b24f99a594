/** The Kafka transport with exactly-once, held to the port: a source whose offsets an atomic sink commits. */
import { inject } from 'vitest';
import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { TransactionalSink } from '../../src/transport/kafka/transactional-sink.ts';
import { describeDelivery } from '../transport/conformance/describe-delivery.ts';
import {
  connectionOf,
  newInput,
  newOutput,
  sinkWithin,
  sourceWithin,
} from '../transport/conformance/kafka/inputs-outputs.ts';
import { connectionTo } from '../transport/records.ts';

const brokers = inject('brokers');

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
