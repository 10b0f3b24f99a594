/** The parts of kafkajs below its consumers: for reading without a consumer group. */
import { createRequire } from 'node:module';
import { type Cluster, type KafkaMessage, PartitionAssigners } from 'kafkajs';
import { createKafkaClient, type KafkaClient, type KafkaConnection } from './client.ts';
import { leaderUnknown } from './failure.ts';

/** A cluster of the client's brokers, not connected yet. It reads committed records only. */
export function clusterOf(client: KafkaClient): Cluster {
  let cluster: Cluster | undefined;
  // The only way to a cluster object that kafkajs leaves open; the consumer itself is never used.
  client.kafka.consumer({
    groupId: 'unused',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  if (cluster === undefined) throw new Error('kafkajs made a consumer without an assigner: it is not version 2.2.4.');
  return cluster;
}

/**
 * Connects for `work` alone. Its end, and the abort of `signal`, cut the connections: what is under way fails then.
 * @throws kafkajs' errors, the signal's reason when it aborted before, and what `work` throws.
 */
export async function withCluster<T>(
  connection: KafkaConnection,
  signal: AbortSignal,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = createKafkaClient(connection);
  const cut = () => client.cutConnections();
  signal.addEventListener('abort', cut);
  try {
    const cluster = clusterOf(client);
    await cluster.connect();
    // Without it kafkajs knows no broker to ask for a coordinator, looks for some then, and waits 100 ms before it asks again.
    await cluster.refreshMetadata();
    return await work(cluster);
  } finally {
    cut();
    signal.removeEventListener('abort', cut);
  }
}

/** What one fetch gave of a partition, without control records and aborted transactions. */
export interface Fetched {
  readonly messages: readonly KafkaMessage[];
  /** Offset behind the last record looked at, also those left out; `undefined` when there was none. */
  readonly nextOffset: number | undefined;
  /** Offset behind the last record that may be read: open transactions stand behind it. */
  readonly lastStableOffset: number;
}

interface FetchRequest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxWaitMs: number;
  /** A larger record comes alone, whole. */
  readonly maxBytes: number;
}

/** @throws kafkajs' errors, such as `OFFSET_OUT_OF_RANGE` and `NOT_LEADER_FOR_PARTITION`. */
export async function fetchPartition(cluster: Cluster, request: FetchRequest): Promise<Fetched> {
  const { topic, partition, offset, maxWaitMs, maxBytes } = request;
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (leader === undefined) throw leaderUnknown(topic, partition);
  const broker = (await cluster.findBroker({ nodeId: leader })) as unknown as FetchingBroker;
  const { responses } = await broker.fetch({
    isolationLevel: READ_COMMITTED,
    maxWaitTime: maxWaitMs,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
  });
  const answer = responses
    .find(({ topicName }) => topicName === topic)
    ?.partitions.find((entry) => entry.partition === partition);
  if (answer === undefined) throw new Error(`the broker's answer has nothing of ${topic}/${partition}`);
  const batch = new (batchClass())(topic, String(offset), answer);
  const last = batch.messagesWithinOffset.at(-1)?.offset;
  return {
    messages: batch.messages,
    nextOffset: last === undefined ? undefined : Number(last) + 1,
    lastStableOffset: Number(answer.lastStableOffset),
  };
}

const READ_COMMITTED = 1;

interface FetchingBroker {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { topicName: string; partitions: PartitionAnswer[] }[] }>;
}

interface PartitionAnswer {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
}

type BatchClass = new (
  topic: string,
  fetchedOffset: string,
  answer: PartitionAnswer,
) => { readonly messages: readonly KafkaMessage[]; readonly messagesWithinOffset: readonly KafkaMessage[] };

function batchClass(): BatchClass {
  return createRequire(import.meta.url)('kafkajs/src/consumer/batch.js');
}
