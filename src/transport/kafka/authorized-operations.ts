/**
 * What the brokers allow this user, asked without doing it (KIP-430). kafkajs speaks older versions of these requests, so
 * they are written here: Metadata 8 and DescribeGroups 3, the last ones in the fixed format.
 */
import type { Cluster } from 'kafkajs';
import { retryWhile } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isCoordinatorUnready, rootOf, toTransportError } from './failure.ts';
import { clusterOf } from './low-level.ts';
import {
  type Api,
  type Decoder,
  type LowLevelBroker,
  newestVersion,
  protocolError,
  type Request,
  send,
} from './low-level-request.ts';

/** Bit of each operation, as Kafka numbers them. */
const OPERATIONS = {
  read: 3,
  write: 4,
  describe: 8,
} as const;

export type Operation = keyof typeof OPERATIONS;

export type Authorized =
  | { readonly known: true; readonly operations: ReadonlySet<Operation> }
  /** Not even to be described by this user; or there is no such topic. */
  | { readonly known: false; readonly why: 'forbidden' | 'missing' };

export interface AuthorizedOperations {
  readonly topics: ReadonlyMap<string, Authorized>;
  readonly group: Authorized;
  /** Whether the transactional id may be described; more cannot be asked. Absent: it was not asked for. */
  readonly transactionalId?: 'described' | 'forbidden';
}

export interface Resources {
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly transactionalId?: string | undefined;
}

/**
 * `undefined` when the brokers are older than 2.3, which cannot be asked. Nothing is changed at the brokers.
 * @throws {TriageError} `transport` or `access`, when they cannot be reached.
 */
export async function authorizedOperations(
  connection: KafkaConnection,
  { topics, groupId, transactionalId }: Resources,
): Promise<AuthorizedOperations | undefined> {
  const client = createKafkaClient(connection);
  const cluster = clusterOf(client);
  let doing = 'connect';
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    doing = 'ask for the rights of this user';
    const [nodeId] = cluster.getNodeIds();
    const broker = await brokerOf(cluster, nodeId ?? -1);
    if (!speaks(broker, METADATA) || !speaks(broker, DESCRIBE_GROUPS)) return undefined;
    const metadata = await send(broker, metadataRequest(topics));
    const group = await ofGroup(cluster, broker, groupId);
    if (transactionalId === undefined) return { ...metadata, group };
    return { ...metadata, group, transactionalId: await ofTransactionalId(broker, transactionalId) };
  } catch (error) {
    throw toTransportError(error, { brokers: client.brokers, doing });
  } finally {
    client.cutConnections();
  }
}

async function ofGroup(cluster: Cluster, broker: FindingBroker, groupId: string): Promise<Authorized> {
  try {
    // Not by way of the cluster object, which swallows why there is no coordinator.
    const { coordinator } = await whenReady(() => broker.findGroupCoordinator({ groupId, coordinatorType: GROUP }));
    const keeper = await brokerOf(cluster, coordinator.nodeId);
    return await whenReady(() => send(keeper, describeGroupRequest(groupId)));
  } catch (error) {
    if (rootOf(error).type === 'GROUP_AUTHORIZATION_FAILED') return { known: false, why: 'forbidden' };
    throw error;
  }
}

/** Only whoever may describe it is told its coordinator. */
async function ofTransactionalId(broker: FindingBroker, id: string): Promise<'described' | 'forbidden'> {
  try {
    await whenReady(() => broker.findGroupCoordinator({ groupId: id, coordinatorType: TRANSACTION }));
    return 'described';
  } catch (error) {
    if (rootOf(error).type === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED') return 'forbidden';
    throw error;
  }
}

const GROUP = 0;
const TRANSACTION = 1;

/** A young cluster makes the topic of its coordinators at the first question. */
function whenReady<T>(ask: () => Promise<T>): Promise<T> {
  return retryWhile(ask, { mayPass: isCoordinatorUnready, forMs: COORDINATOR_TIME_MS });
}

const COORDINATOR_TIME_MS = 5_000;

async function brokerOf(cluster: Cluster, nodeId: number): Promise<FindingBroker> {
  return (await cluster.findBroker({ nodeId: String(nodeId) })) as unknown as FindingBroker;
}

interface FindingBroker extends LowLevelBroker {
  findGroupCoordinator(of: {
    groupId: string;
    coordinatorType: number;
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>;
}

const METADATA: Api = { key: 3, version: 8, name: 'Metadata' };
const DESCRIBE_GROUPS: Api = { key: 15, version: 3, name: 'DescribeGroups' };

function speaks(broker: LowLevelBroker, api: Api): boolean {
  return newestVersion(broker, api) >= api.version;
}

function metadataRequest(topics: readonly string[]): Request<Omit<AuthorizedOperations, 'group'>> {
  return {
    api: METADATA,
    // The flags: create missing topics, operations on the cluster, operations on the topics.
    write: (encoder) => encoder.writeArray(topics).writeBoolean(false).writeBoolean(false).writeBoolean(true),
    read: (decoder) => {
      decoder.readInt32(); // throttle time
      decoder.readArray((each) => [each.readInt32(), each.readString(), each.readInt32(), each.readString()]);
      decoder.readString(); // cluster id
      decoder.readInt32(); // controller
      return { topics: new Map(decoder.readArray(readTopic)) };
    },
  };
}

function readTopic(decoder: Decoder): [name: string, authorized: Authorized] {
  const error = decoder.readInt16();
  const name = decoder.readString() ?? '';
  decoder.readBoolean(); // internal
  decoder.readArray((each) => {
    each.readInt16(); // error
    for (let field = 0; field < 3; field++) each.readInt32(); // partition, leader, leader epoch
    for (let list = 0; list < 3; list++) each.readArray((node) => node.readInt32()); // replicas, in sync, offline
  });
  return [name, authorized(error, decoder.readInt32())];
}

function describeGroupRequest(groupId: string): Request<Authorized> {
  return {
    api: DESCRIBE_GROUPS,
    write: (encoder) => encoder.writeArray([groupId]).writeBoolean(true),
    read: (decoder) => {
      decoder.readInt32(); // throttle time
      const [group] = decoder.readArray((each) => {
        const error = each.readInt16();
        for (let field = 0; field < 4; field++) each.readString(); // id, state, protocol type, protocol
        each.readArray((member) => {
          for (let field = 0; field < 3; field++) member.readString(); // id, client id, client host
          for (let field = 0; field < 2; field++) member.readBytes(); // metadata, assignment
        });
        return authorized(error, each.readInt32());
      });
      return group ?? { known: false, why: 'missing' };
    },
  };
}

const UNKNOWN_TOPIC_OR_PARTITION = 3;

function authorized(error: number, bits: number): Authorized {
  if (error === 0) return { known: true, operations: operationsOf(bits) };
  const failure = protocolError(error);
  if (isCoordinatorUnready(failure)) throw failure;
  return { known: false, why: error === UNKNOWN_TOPIC_OR_PARTITION ? 'missing' : 'forbidden' };
}

function operationsOf(bits: number): ReadonlySet<Operation> {
  const names = Object.keys(OPERATIONS) as Operation[];
  return new Set(names.filter((name) => (bits & (1 << OPERATIONS[name])) !== 0));
}
