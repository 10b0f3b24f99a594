/** A cluster of brokers on this machine, replicated as in production: three copies, two of which must acknowledge. */

import { randomBytes } from 'node:crypto';
import { TriageError } from '../errors.ts';
import { type Broker, startBroker } from './broker.ts';
import { exists } from './exists.ts';
import { findKafkaRuntime, type KafkaRuntime } from './launch.ts';
import type { Environment } from './local-kafka.ts';
import { freePort } from './ports.ts';

export interface ClusterOptions {
  readonly env: Environment;
  /** Gets a line for each thing that takes time. */
  readonly log: (line: string) => void;
  /** Default 3. */
  readonly size?: number;
  /** Properties of every broker, over those of the cluster. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /**
   * Told, before the brokers start, where the second listener of each will be; answers with the address that this listener
   * tells to clients. So a proxy can stand before every broker: clients that enter through it never leave it.
   * Asked again for the same node when a port was lost to another program: the answer before counts no more.
   */
  readonly advertise?: (listener: { readonly port: number; readonly nodeId: number }) => Promise<Address>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Cluster {
  /** By node id - 1. `address` is that of the listener which the brokers use among themselves. */
  readonly brokers: readonly Broker[];
  /** Ends all brokers and removes their data. May be called more than once. */
  stop(): Promise<void>;
}

/** Ports are free when they are picked, not reserved. */
const START_TRIES = 3;

/**
 * Resolves when all brokers have joined and take requests.
 * @throws {TriageError} `transport` when one does not start; the others are stopped then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const runtime = await findKafkaRuntime(options);
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options, runtime);
    } catch (error) {
      if (tries === START_TRIES || !(error instanceof TriageError && error.retriable)) throw error;
      options.log('a broker lost its port to another program: once more with other ports');
    }
  }
}

async function startOnce(options: ClusterOptions, { java, jars, archiveFile }: KafkaRuntime): Promise<Cluster> {
  const size = options.size ?? 3;
  const clusterId = randomBytes(16).toString('base64url');
  const ports = await distinctFreePorts(3 * size);
  const places: (Place & { listeners: Record<string, string> })[] = [];
  for (let nodeId = 1; nodeId <= size; nodeId++) {
    const [port, controllerPort, clientsPort] = ports.splice(0, 3) as [number, number, number];
    const place = { nodeId, port, controllerPort, clientsPort };
    places.push({ ...place, listeners: await listenersOf(place, options.advertise) });
  }
  const voters = places.map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`).join(',');
  // Only a finished archive: several brokers at once would leave several.
  const archive = (await exists(archiveFile)) ? { archiveFile } : {};
  const starts = await Promise.allSettled(
    places.map(({ nodeId, port, controllerPort, listeners }) =>
      startBroker({
        java,
        jars,
        env: options.env,
        ...archive,
        port,
        controllerPort,
        clusterId,
        brokerConfig: {
          ...replication(size),
          ...options.brokerConfig,
          ...listeners,
          'node.id': String(nodeId),
          'controller.quorum.voters': voters,
        },
      }),
    ),
  );
  const brokers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { brokers, stop };
}

/** One copy on every broker; of several, one may be away. */
function replication(size: number): Record<string, string> {
  const factor = String(Math.min(size, 3));
  const minIsr = String(Math.max(1, Math.min(size, 3) - 1));
  return {
    'default.replication.factor': factor,
    'min.insync.replicas': minIsr,
    'offsets.topic.replication.factor': factor,
    'transaction.state.log.replication.factor': factor,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.replication.factor': factor,
    'share.coordinator.state.topic.min.isr': minIsr,
  };
}

interface Place {
  readonly nodeId: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly clientsPort: number;
}

async function listenersOf(place: Place, advertise: ClusterOptions['advertise']): Promise<Record<string, string>> {
  if (advertise === undefined) return {};
  const { nodeId, port, controllerPort, clientsPort } = place;
  const told = await advertise({ port: clientsPort, nodeId });
  return {
    listeners: `PLAINTEXT://127.0.0.1:${port},CLIENTS://127.0.0.1:${clientsPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CLIENTS://${told.host}:${told.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  };
}

/** Picked one by one, the same port may come twice: nothing listens on it yet. */
async function distinctFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
