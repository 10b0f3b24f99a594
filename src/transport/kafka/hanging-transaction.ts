/**
 * Ends what the brokers have forgotten of a transaction. Kafka 4.3 takes a partition that has no leader for a deleted one
 * when it tells a transaction's partitions of its end (4.0's rewrite of KRaftMetadataCache.getPartitionLeaderEndpoint). A
 * transaction whose end was decided just before a lone broker died is over for its coordinator then, while its offset and
 * its records stay undecided for ever: the group's position cannot be read, and readers of committed records wait.
 * Any later transaction of the same producer that spans the same partitions decides them too.
 */
import type { Cluster } from 'kafkajs';
import { retryWhile } from './backoff.ts';
import type { KafkaConnection } from './client.ts';
import { isCoordinatorUnready, isTransactionSettling } from './failure.ts';
import { withCluster } from './low-level.ts';
import { type Api, type LowLevelBroker, newEncoder, protocolError, type Request, send } from './low-level-request.ts';
import { SETTLING } from './settling.ts';

export type TransactionEnd = 'commit' | 'abort';

/**
 * Each one who takes an id over gets the next epoch. So does the abort of a transaction that is open then, or too old, and
 * the service aborts none otherwise, but here.
 */
export interface ProducerSession {
  readonly producerId: string;
  readonly producerEpoch: number;
}

export interface LastTransaction extends ProducerSession {
  /** How it ended, or will when the id is taken over now; undefined when the id was taken over since. */
  readonly end: TransactionEnd | undefined;
}

/** KIP-664, Kafka 3.0. */
const DESCRIBE_TRANSACTIONS: Api = { key: 65, version: 0, name: 'DescribeTransactions' };

/** `undefined` when the broker does not know the id, or is older than Kafka 3.0. @throws kafkajs' errors. */
export function lastTransaction(
  connection: KafkaConnection,
  transactionalId: string,
  signal: AbortSignal,
): Promise<LastTransaction | undefined> {
  return withCluster(connection, signal, (cluster) =>
    askCoordinator({ cluster, transactionalId, signal }, async (coordinator) => {
      // Older brokers cut the connection at a request that they do not know.
      if (coordinator.versions?.[DESCRIBE_TRANSACTIONS.key] === undefined) return undefined;
      return send(coordinator, describeTransaction(transactionalId));
    }),
  );
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
  /** Who was to commit it, as it was before the id was taken over, once; absent when nobody knows. */
  readonly committedBy?: ProducerSession | undefined;
  /** Milliseconds after which the broker aborts what is begun here. */
  readonly transactionTimeoutMs: number;
}

/**
 * Fences every producer of the id, then commits what was to be committed; else aborts. @throws kafkajs' errors; it can be
 * done again then.
 */
export function endHangingTransaction(
  connection: KafkaConnection,
  { transactionalId, groupId, outputs, committedBy, transactionTimeoutMs }: HangingTransaction,
  signal: AbortSignal,
): Promise<TransactionEnd> {
  return withCluster(connection, signal, async (cluster) => {
    // Each step is tried again by itself: from the first one on, it would abort what it is to commit.
    const step = <T>(ask: (coordinator: TransactionCoordinator) => Promise<T>) =>
      askCoordinator({ cluster, transactionalId, signal }, ask);
    const { producerId, producerEpoch } = await step((coordinator) =>
      coordinator.initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs }),
    );
    const producer = { transactionalId, producerId, producerEpoch };
    if (outputs.length > 0)
      await step((coordinator) => coordinator.addPartitionsToTxn({ ...producer, topics: outputs }));
    await step((coordinator) => coordinator.addOffsetsToTxn({ ...producer, groupId }));
    // Anything else has happened in between: it may be another transaction that hangs, written by half.
    const commits = committedBy !== undefined && epochsBetween(committedBy, producer) === 2;
    await step((coordinator) => coordinator.endTxn({ ...producer, transactionResult: commits }));
    return commits ? 'commit' : 'abort';
  });
}

/**
 * Commits what the producer has open, or learns that it is committed already. @throws kafkajs' errors: with
 * `isTransactionOver` it has ended otherwise, or its producer has been replaced.
 */
export function commitTransaction(
  connection: KafkaConnection,
  { transactionalId, producerId, producerEpoch }: InTransaction,
  signal: AbortSignal,
): Promise<void> {
  return withCluster(connection, signal, async (cluster) => {
    await askCoordinator({ cluster, transactionalId, signal }, (coordinator) =>
      coordinator.endTxn({ transactionalId, producerId, producerEpoch, transactionResult: true }),
    );
  });
}

/** How many epochs have passed; undefined when it is another producer. */
export function epochsBetween(before: ProducerSession, after: ProducerSession): number | undefined {
  return before.producerId === after.producerId ? after.producerEpoch - before.producerEpoch : undefined;
}

interface Asking {
  readonly cluster: Cluster;
  readonly transactionalId: string;
  readonly signal: AbortSignal;
}

/** Looks the coordinator up each time, since it may move. */
function askCoordinator<T>(
  { cluster, transactionalId, signal }: Asking,
  ask: (coordinator: TransactionCoordinator) => Promise<T>,
): Promise<T> {
  const finder = cluster as Cluster & CoordinatorFinder;
  const attempt = async () =>
    ask(await finder.findGroupCoordinator({ groupId: transactionalId, coordinatorType: TRANSACTION_COORDINATOR }));
  const mayPass = (error: unknown) => isTransactionSettling(error) || isCoordinatorUnready(error);
  return retryWhile(attempt, { ...SETTLING, mayPass, signal });
}

const TRANSACTION_COORDINATOR = 1;

interface CoordinatorFinder {
  findGroupCoordinator(which: { groupId: string; coordinatorType: number }): Promise<TransactionCoordinator>;
}

interface TransactionCoordinator extends LowLevelBroker {
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerSession>;
  addPartitionsToTxn(request: InTransaction & { topics: HangingTransaction['outputs'] }): Promise<unknown>;
  addOffsetsToTxn(request: InTransaction & { groupId: string }): Promise<unknown>;
  endTxn(request: InTransaction & { transactionResult: boolean }): Promise<unknown>;
}

export interface InTransaction extends ProducerSession {
  readonly transactionalId: string;
}

function describeTransaction(transactionalId: string): Request<LastTransaction | undefined> {
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
      // The partitions behind it are of no interest: one id was asked for.
      const [answer] = decoder.readUVarIntArray((ofId) => {
        const errorCode = ofId.readInt16();
        ofId.readUVarIntString(); // The id.
        const end = END_BY_STATE[ofId.readUVarIntString() ?? ''];
        ofId.readInt32(); // Timeout.
        ofId.readInt64(); // Start.
        return { errorCode, last: { end, producerId: String(ofId.readInt64()), producerEpoch: ofId.readInt16() } };
      });
      if (answer === undefined || answer.errorCode === TRANSACTIONAL_ID_NOT_FOUND) return undefined;
      if (answer.errorCode !== 0) throw protocolError(answer.errorCode);
      return answer.last;
    },
  };
}

const NO_TAGGED_FIELDS = 0;
const TRANSACTIONAL_ID_NOT_FOUND = 105;
