/** What the brokers say about themselves, the topics and the group: for `triage doctor`. Nothing is changed by asking. */

import kafkajs, { type Admin, type Cluster } from 'kafkajs';
import { messageOf } from '../../errors.ts';
import { partitionsOf } from './admin.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { reasonOf, rootOf, toTransportError } from './failure.ts';
import { clusterOf } from './low-level.ts';

export interface BrokerFacts {
  readonly nodeId: number;
  /** As the broker tells it to clients. */
  readonly address: string;
  /** Why it cannot be used under this address. */
  readonly trouble?: string;
}

export interface PartitionFacts {
  readonly partition: number;
  /** -1 without one. */
  readonly leader: number;
  readonly replicas: number;
  readonly inSync: number;
  /** Oldest offset kept, and that of the next record; absent where it cannot be read. */
  readonly low?: number;
  readonly high?: number;
}

export interface TopicFacts {
  readonly topic: string;
  readonly partitions: readonly PartitionFacts[];
  /** Settings of the topic; the reason where they cannot be read. */
  readonly config: ReadonlyMap<string, string> | { readonly unreadable: string };
}

export interface GroupFacts {
  /** As Kafka names it: Stable, Empty, Dead (it does not exist). */
  readonly state: string;
  readonly members: number;
  readonly protocol: string;
  /** Offset of the next record that the group reads, by partition of the input topic. */
  readonly committed: ReadonlyMap<number, number>;
}

export interface Unreadable {
  readonly unreadable: string;
}

/** The cluster, asked piece by piece, so that what is forbidden hides nothing else. */
export class Inspection {
  readonly #connection: KafkaConnection;
  readonly #client: ReturnType<typeof createKafkaClient>;
  readonly #admin: Admin;
  readonly #cluster: Cluster;

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
    this.#client = createKafkaClient(connection);
    this.#admin = this.#client.kafka.admin();
    this.#cluster = clusterOf(this.#client);
  }

  /** @throws {TriageError} `transport` or `access`, why there is no connection. */
  async connect(): Promise<void> {
    try {
      await this.#cluster.connect();
      await this.#cluster.refreshMetadata();
      await this.#admin.connect();
    } catch (error) {
      throw this.#failure(error, 'connect');
    }
  }

  /** Every broker of the cluster, each tried under the address that it tells to clients. */
  async brokers(): Promise<BrokerFacts[]> {
    const { brokers } = await this.#admin.describeCluster();
    return Promise.all(
      brokers.map(async ({ nodeId, host, port }) => {
        const address = `${host}:${port}`;
        const trouble = await this.#troubleWith(nodeId, address);
        return trouble === undefined ? { nodeId, address } : { nodeId, address, trouble };
      }),
    );
  }

  async #troubleWith(nodeId: number, address: string): Promise<string | undefined> {
    try {
      await this.#cluster.findBroker({ nodeId: String(nodeId) });
      return undefined;
    } catch (error) {
      return reasonOf(error, { brokers: [address], doing: 'connect' });
    }
  }

  /** `undefined`: there is none. @throws {TriageError} when it may not be described. */
  async topic(topic: string): Promise<TopicFacts | undefined> {
    try {
      const partitions = await partitionsOf(this.#admin, this.#client.brokers, topic);
      if (partitions.length === 0) return undefined;
      const ends = await this.#ends(topic);
      return {
        topic,
        partitions: partitions
          .map(({ partitionId, leader, replicas, isr }) => ({
            partition: partitionId,
            leader,
            replicas: replicas.length,
            inSync: isr.length,
            ...ends.get(partitionId),
          }))
          .sort((a, b) => a.partition - b.partition),
        config: await this.#configOf(topic),
      };
    } catch (error) {
      throw this.#failure(error, `describe topic ${topic}`, topic);
    }
  }

  async #ends(topic: string): Promise<Map<number, { low: number; high: number }>> {
    try {
      const ends = await this.#admin.fetchTopicOffsets(topic);
      return new Map(ends.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
    } catch (error) {
      this.#connection.logger.debug({ topic, reason: messageOf(error) }, 'the offsets of the topic cannot be read');
      return new Map();
    }
  }

  async #configOf(topic: string): Promise<TopicFacts['config']> {
    try {
      const { resources } = await this.#admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
      });
      const entries = resources.flatMap(({ configEntries }) => configEntries);
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    } catch (error) {
      const isForbidden = rootOf(error).type === 'TOPIC_AUTHORIZATION_FAILED';
      return { unreadable: isForbidden ? 'this user lacks the right DescribeConfigs on it' : messageOf(error) };
    }
  }

  /** `topic`: the one whose committed offsets are wanted. */
  async group(groupId: string, topic: string): Promise<GroupFacts | Unreadable> {
    try {
      const { groups } = await this.#admin.describeGroups([groupId]);
      const [group] = groups;
      const [offsets] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
      const committed = (offsets?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
      return {
        state: group?.state ?? 'Dead',
        members: group?.members.length ?? 0,
        protocol: group?.protocol ?? '',
        committed: new Map(committed.map(({ partition, offset }) => [partition, Number(offset)])),
      };
    } catch (error) {
      return { unreadable: messageOf(this.#failure(error, `describe group ${groupId}`)) };
    }
  }

  /** How many partitions hold a record whose timestamp is after `timestampMs`. */
  async partitionsAfter(topic: string, timestampMs: number): Promise<number | Unreadable> {
    try {
      const ends = await this.#ends(topic);
      const after = await this.#admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
      return after.filter(({ partition, offset }) => Number(offset) < (ends.get(partition)?.high ?? 0)).length;
    } catch (error) {
      return { unreadable: messageOf(this.#failure(error, `look into topic ${topic}`, topic)) };
    }
  }

  close(): void {
    this.#client.cutConnections();
  }

  #failure(error: unknown, doing: string, topic?: string): Error {
    return toTransportError(error, { brokers: this.#client.brokers, doing, ...(topic === undefined ? {} : { topic }) });
  }
}
