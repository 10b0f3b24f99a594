/**
 * Leaves behind what a lone broker leaves when it dies at the wrong moment: a transaction that is over for its coordinator,
 * but whose offset and records were never told. The broker must run with `transaction.partition.verification.enable=false`,
 * so that it takes them although the transaction does not span their partitions.
 */

import { retryWhile } from '../../src/transport/kafka/backoff.ts';
import { createKafkaClient, type KafkaConnection } from '../../src/transport/kafka/client.ts';
import { isCoordinatorUnready } from '../../src/transport/kafka/failure.ts';
import { clusterOf } from '../../src/transport/kafka/low-level.ts';

export interface Forgotten {
  readonly transactionalId: string;
  readonly groupId: string;
  readonly input: { readonly topic: string; readonly partition: number; readonly nextOffset: number };
  readonly output: { readonly topic: string; readonly partition: number; readonly values: readonly string[] };
  /** How the coordinator believes it to have ended; absent: it does not know. */
  readonly end?: { readonly commits: boolean; readonly elsewhere: string };
}

export async function forgetTransaction(connection: KafkaConnection, forgotten: Forgotten): Promise<void> {
  const { transactionalId, groupId, input, output, end } = forgotten;
  const client = createKafkaClient(connection);
  try {
    const cluster = clusterOf(client) as unknown as LowLevelCluster;
    await cluster.connect();
    await cluster.addMultipleTargetTopics([output.topic]);
    const coordinator = await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: 1 });
    const session = await whenReady(() => coordinator.initProducerId({ transactionalId, transactionTimeout: 60_000 }));
    const producer = { transactionalId, producerId: session.producerId, producerEpoch: session.producerEpoch };
    if (end !== undefined) {
      await coordinator.addPartitionsToTxn({ ...producer, topics: [{ topic: end.elsewhere, partitions: [0] }] });
    }
    const ofGroup = await cluster.findGroupCoordinator({ groupId, coordinatorType: 0 });
    const { topic, partition, nextOffset } = input;
    const offsets = [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }];
    await whenReady(() => ofGroup.txnOffsetCommit({ ...producer, groupId, topics: offsets }));
    const [leader] = Object.keys(cluster.findLeaderForPartitions(output.topic, [output.partition]));
    const broker = await cluster.findBroker({ nodeId: String(leader) });
    const messages = output.values.map((value) => ({ key: null, value, headers: {}, timestamp: Date.now() }));
    const written = { partition: output.partition, firstSequence: 0, messages };
    if (messages.length > 0) {
      await broker.produce({ ...producer, acks: -1, topicData: [{ topic: output.topic, partitions: [written] }] });
    }
    if (end !== undefined) await coordinator.endTxn({ ...producer, transactionResult: end.commits });
  } finally {
    client.cutConnections();
  }
}

/** The coordinators' topics are made at the first question. */
function whenReady<T>(attempt: () => Promise<T>): Promise<T> {
  return retryWhile(attempt, { mayPass: isCoordinatorUnready, forMs: 20_000 });
}

interface LowLevelCluster {
  connect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(which: { nodeId: string }): Promise<LowLevelBroker>;
  findGroupCoordinator(which: { groupId: string; coordinatorType: number }): Promise<LowLevelBroker>;
}

interface LowLevelBroker {
  initProducerId(request: object): Promise<{ producerId: string; producerEpoch: number }>;
  addPartitionsToTxn(request: object): Promise<unknown>;
  txnOffsetCommit(request: object): Promise<unknown>;
  produce(request: object): Promise<unknown>;
  endTxn(request: object): Promise<unknown>;
}
