/**
 * Ends what the brokers have forgotten of a transaction. Kafka 4.3 takes a partition that has no leader for a deleted one
 * when it tells a transaction's partitions of its end (4.0's rewrite of KRaftMetadataCache.getPartitionLeaderEndpoint). A
 * transaction whose end was decided just before a lone broker died is over for its coordinator then, while its offset and
 * its records stay undecided for ever: the group's position cannot be read, and readers of committed records wait.
 * Any later transaction of the same producer that spans the same partitions decides them too.
 */
import type { Cluster } from 'kafkajs';
import { retryWhile } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isCoordinatorUnready } from './failure.ts';
import { clusterOf } from './low-level.ts';
import { type Api, type LowLevelBroker, newEncoder, protocolError, type Request, send } from './low-level-request.ts';
import { SETTLING } from './settling.ts';

export type TransactionEnd = 'commit' | 'abort';

/** KIP-664, Kafka 3.0. */
const DESCRIBE_TRANSACTIONS: Api = { key: 65, version: 0, name: 'DescribeTransactions' };

/**
 * How the id's last transaction ended, or will when the id is taken over now; undefined when nobody knows: it had none, was
 * taken over since, or the broker is older than Kafka 3.0. @throws kafkajs' errors.
 */
export function lastTransactionEnd(
  connection: KafkaConnection,
  transactionalId: string,
  signal: AbortSignal,
): Promise<TransactionEnd | undefined> {
  return withCoordinator(connection, transactionalId, signal, async (coordinator) => {
    // Older brokers cut the connection at a request that they do not know.
    if (coordinator.versions?.[DESCRIBE_TRANSACTIONS.key] === undefined) return undefined;
    return END_BY_STATE[await send(coordinator, describeTransaction(transactionalId))];
  });
}

const END_BY_STATE: Readonly<Record<string, TransactionEnd | undefined>> = {
  Ongoing: 'abort',
  PrepareEpochFence: 'abort',
  PrepareAbort: 'abort',
  CompleteAbort: 'abort',
  PrepareCommit: 'commit',
  CompleteCommit: 'commit',
};

export interface HangingTransaction {
  readonly transactionalId: string;
  /** The group whose offset it holds. */
  readonly groupId: string;
  /** All partitions that it may have written to: those that it has not are none the worse. */
  readonly outputs: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  readonly end: TransactionEnd;
  /** Milliseconds after which the broker aborts what is begun here. */
  readonly transactionTimeoutMs: number;
}

/** Fences every producer of the id. @throws kafkajs' errors; it can be done again then. */
export function endHangingTransaction(
  connection: KafkaConnection,
  { transactionalId, groupId, outputs, end, transactionTimeoutMs }: HangingTransaction,
  signal: AbortSignal,
): Promise<void> {
  return withCoordinator(connection, transactionalId, signal, async (coordinator) => {
    const settled = <T>(attempt: () => Promise<T>) => retryWhile(attempt, { ...SETTLING, signal });
    const session = await settled(() =>
      coordinator.initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs }),
    );
    const { producerId, producerEpoch } = session;
    const producer = { transactionalId, producerId, producerEpoch };
    if (outputs.length > 0) await settled(() => coordinator.addPartitionsToTxn({ ...producer, topics: outputs }));
    await settled(() => coordinator.addOffsetsToTxn({ ...producer, groupId }));
    await settled(() => coordinator.endTxn({ ...producer, transactionResult: end === 'commit' }));
  });
}

async function withCoordinator<T>(
  connection: KafkaConnection,
  transactionalId: string,
  signal: AbortSignal,
  ask: (coordinator: TransactionCoordinator) => Promise<T>,
): Promise<T> {
  const client = createKafkaClient(connection);
  const cut = () => client.cutConnections();
  signal.addEventListener('abort', cut);
  try {
    if (signal.aborted) throw new Error('given up');
    const cluster = clusterOf(client) as Cluster & CoordinatorFinder;
    await cluster.connect();
    const attempt = async () =>
      ask(await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR }));
    return await retryWhile(attempt, { mayPass: isCoordinatorUnready, forMs: SETTLING.forMs, signal });
  } finally {
    cut();
    signal.removeEventListener('abort', cut);
  }
}

const TRANSACTION_COORDINATOR = 1;

interface CoordinatorFinder {
  findGroupCoordinator(which: { groupId: string; coordinatorType: number }): Promise<TransactionCoordinator>;
}

interface ProducerSession {
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface TransactionCoordinator extends LowLevelBroker {
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerSession>;
  addPartitionsToTxn(request: InTransaction & { topics: HangingTransaction['outputs'] }): Promise<unknown>;
  addOffsetsToTxn(request: InTransaction & { groupId: string }): Promise<unknown>;
  endTxn(request: InTransaction & { transactionResult: boolean }): Promise<unknown>;
}

interface InTransaction extends ProducerSession {
  readonly transactionalId: string;
}

/** The state as the broker names it, empty when it has none. */
function describeTransaction(transactionalId: string): Request<string> {
  return {
    api: DESCRIBE_TRANSACTIONS,
    write: (encoder) =>
      encoder
        .writeUVarInt(NO_TAGGED_FIELDS)
        .writeUVarIntArray([newEncoder().writeUVarIntString(transactionalId)])
        .writeUVarInt(NO_TAGGED_FIELDS),
    read: (decoder) => {
      decoder.readTaggedFields();
      decoder.readInt32(); // Milliseconds of throttling.
      // The rest of the answer is of no interest: one id was asked for.
      let errorCode = 0;
      let state = '';
      decoder.readUVarIntArray((ofId) => {
        errorCode = ofId.readInt16();
        ofId.readUVarIntString();
        state = ofId.readUVarIntString() ?? '';
      });
      if (errorCode !== 0 && errorCode !== TRANSACTIONAL_ID_NOT_FOUND) throw protocolError(errorCode);
      return state;
    },
  };
}

const NO_TAGGED_FIELDS = 0;
const TRANSACTIONAL_ID_NOT_FOUND = 105;
