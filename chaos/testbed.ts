/** Three brokers, a proxy before each, and the harness' own way to them that no fault touches. */

import { readFile } from 'node:fs/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Broker } from '../src/local-kafka/broker.ts';
import { type Cluster, startCluster } from '../src/local-kafka/cluster.ts';
import { freePort } from '../src/local-kafka/ports.ts';
import { patchAbortedRecords } from '../src/transport/kafka/aborted-records-patch.ts';
import { patchRequestQueue } from '../src/transport/kafka/request-queue-patch.ts';
import { patchSilentBroker } from '../src/transport/kafka/silent-broker-patch.ts';
import { FaultProxy, type Rule } from './proxy.ts';
import { OFFSETS_TOPIC } from './read-history.ts';
import { until } from './until.ts';

/**
 * The name by which clients are told to find the brokers: not an address, so that each new connection is a look-up, which
 * can be made to fail (worker-preload.ts).
 */
const CLIENT_HOST = 'localhost';
/** The group coordinator of a group is the leader of one of these partitions of __consumer_offsets. */
const OFFSETS_PARTITIONS = 4;
const ISR_LIMIT_MS = 60_000;
const DEPOSED_LIMIT_MS = 60_000;

export interface TestbedOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** Milliseconds until the controller takes a silent broker for dead. Kafka's default is 9,000. */
  readonly brokerSessionMs: number;
}

export interface Node {
  readonly id: number;
  readonly broker: Broker;
  readonly proxy: FaultProxy;
}

export class Testbed {
  readonly nodes: readonly Node[];
  /** For the harness: past the proxies. */
  readonly kafka: Kafka;
  readonly directBrokers: readonly string[];
  /** For processes under test: every broker's proxy. */
  readonly bootstrap: readonly string[];
  readonly brokerSessionMs: number;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, proxies: readonly FaultProxy[], brokerSessionMs: number) {
    this.brokerSessionMs = brokerSessionMs;
    this.#cluster = cluster;
    this.nodes = cluster.brokers.map((broker, index) => ({ id: index + 1, broker, proxy: proxies[index]! }));
    this.directBrokers = cluster.brokers.map(({ address }) => address);
    this.bootstrap = proxies.map(({ port }) => `${CLIENT_HOST}:${port}`);
    // Else Node prints warnings about kafkajs' timers, and records of aborted transactions are read as if committed.
    patchRequestQueue();
    patchAbortedRecords();
    // Else it would ask a suspended broker for ever.
    patchSilentBroker();
    this.kafka = new Kafka({
      brokers: [...this.directBrokers],
      clientId: 'chaos-harness',
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 5_000,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 500 },
    });
  }

  /** One question to the cluster over a connection of its own: a broker that died in between cannot confuse it. */
  async withAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    try {
      return await ask(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** The broker that leads a partition now. */
  async leaderOf(topic: string, partition: number): Promise<Node> {
    const { topics } = await this.withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader;
    const node = this.nodes.find(({ id }) => id === leader);
    if (node === undefined) throw new Error(`${topic}/${partition}: expected a leader, found ${leader}`);
    return node;
  }

  /** The broker that coordinates a consumer group now. */
  coordinatorOf(groupId: string): Promise<Node> {
    return this.leaderOf(OFFSETS_TOPIC, Math.abs(javaHash(groupId)) % OFFSETS_PARTITIONS);
  }

  /** SIGKILL; clients are refused, as where nothing listens. */
  async kill(node: Node): Promise<void> {
    await Promise.all([node.broker.kill(), node.proxy.refuse()]);
  }

  /** Resolves when the broker takes requests again. */
  async restart(node: Node): Promise<void> {
    await node.broker.restart();
    await node.proxy.open();
  }

  /** SIGSTOP: what the others see is a broker that the network was cut from, with all its connections still open. */
  suspend({ broker, id }: Node): void {
    if (broker.pid === undefined) throw new Error(`broker ${id} is not running`);
    process.kill(broker.pid, 'SIGSTOP');
  }

  resume({ broker, id }: Node): void {
    if (broker.pid === undefined) throw new Error(`broker ${id} is not running`);
    process.kill(broker.pid, 'SIGCONT');
  }

  /** Waits until every replica of these topics is in sync: the next fault meets a whole cluster. */
  async whole(topics: readonly string[]): Promise<void> {
    await until('all replicas in sync', ISR_LIMIT_MS, async () => {
      const { topics: found } = await this.withAdmin((admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
      return found.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length));
    });
  }

  /** Waits until a broker leads nothing of these topics: the others take it for dead. */
  async deposed({ id }: Node, topics: readonly string[]): Promise<void> {
    await until(`broker ${id} leads nothing`, DEPOSED_LIMIT_MS, async () => {
      const { topics: found } = await this.withAdmin((admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
      return found.every(({ partitions }) => partitions.every(({ leader }) => leader !== id));
    });
  }

  /** The same rule at every proxy; returns what lifts it. */
  addRule(rule: Rule): () => void {
    const lifts = this.nodes.map(({ proxy }) => proxy.addRule(rule));
    return () => {
      for (const lift of lifts) lift();
    };
  }

  /** What the brokers have logged in all their runs, by their names. */
  async logs(): Promise<ReadonlyMap<string, string>> {
    const logs = this.nodes.map(
      async ({ id, broker }) => [`broker-${id}`, await readFile(broker.logFile, 'utf8')] as const,
    );
    return new Map(await Promise.all(logs));
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await Promise.all(this.nodes.map(({ proxy }) => proxy.refuse()));
  }
}

/** @throws {TriageError} `transport` when the brokers do not start; nothing is left then. */
export async function startTestbed({ env, log, brokerSessionMs }: TestbedOptions): Promise<Testbed> {
  const proxies = new Map<number, FaultProxy>();
  const closeProxies = () => Promise.all([...proxies.values()].map((proxy) => proxy.refuse()));
  try {
    const cluster = await startCluster({
      env,
      log,
      brokerConfig: {
        'broker.session.timeout.ms': String(brokerSessionMs),
        'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS),
      },
      advertise: async ({ port, nodeId }) => {
        await proxies.get(nodeId)?.refuse();
        const proxy = new FaultProxy({ host: '127.0.0.1', port });
        proxies.set(nodeId, proxy);
        await proxy.open(await freePort());
        return { host: CLIENT_HOST, port: proxy.port };
      },
    });
    return new Testbed(cluster, [...proxies.values()], brokerSessionMs);
  } catch (error) {
    await closeProxies();
    throw error;
  }
}

/** String.hashCode of Java: by it Kafka finds a group's partition. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
