import type { Producer, Transaction } from 'kafkajs';
import type { InputRange, OutboundRecord } from '../port.ts';
import { retryWhile } from './backoff.ts';
import { createKafkaClient, type KafkaClient, type KafkaConnection } from './client.ts';
import { committedOffset } from './committed-offset.ts';
import { type Compression, compressionType } from './compression.ts';
import { isTooLarge } from './failure.ts';
import { type InTransaction, lastTransaction } from './hanging-transaction.ts';
import { wireBytes } from './partition-queue.ts';
import { partitionOfMessage } from './partitioner.ts';
import { SETTLING } from './settling.ts';
import type { TopicPartition } from './source-options.ts';
import { type Chunk, checkAnswers, toTopicMessages } from './transaction-plan.ts';

/** What a transaction does, in this order. */
export type TransactionStep = 'offsets' | 'records' | 'commit';

export interface ClaimOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly compression: Compression;
  /** Milliseconds that the broker may wait for the replicas. */
  readonly acksTimeoutMs: number;
  /** Milliseconds after which the broker aborts an open transaction. */
  readonly transactionTimeoutMs: number;
  /** Stands around each step of a transaction: where tests let it fail. */
  readonly around: (step: TransactionStep, run: () => Promise<void>) => Promise<void>;
}

/**
 * The group stands elsewhere than the claim was told. After a start of all brokers its coordinator answers for up to two seconds
 * with offsets from before (Kafka 4.3.1: as of the high watermark, which it does not know yet, and no error).
 */
export class OutdatedPositionError extends Error {}

export interface Refusals {
  readonly refused: ReadonlySet<OutboundRecord>;
  readonly refusedBytes: ReadonlyMap<string, number>;
  readonly cause: unknown;
}

interface Opened {
  readonly client: KafkaClient;
  readonly producer: Producer;
  readonly next: Transaction;
  readonly producerAs: InTransaction | undefined;
  readonly input: TopicPartition;
  readonly options: ClaimOptions;
}

/**
 * Milliseconds that an offset may be undecided after the fencing, by which every transaction has ended: a moment before
 * Kafka 4.0, where the end reached the group's coordinator after the answer, and not at all since.
 */
const UNSTABLE_OFFSET_TIME_MS = 2_000;

/**
 * The right to write what is made from one input partition, until somebody else claims it. Has a transactional producer
 * of its own; opening it fences all earlier ones with the same transactional id and ends their transactions.
 * After any error it must be retired: kafkajs' object cannot be used further, and an open transaction is ended only by
 * the next claim.
 */
export class PartitionClaim {
  /** The group's committed offset: as read after the fencing, later as of the last commit; `null` without one. */
  position: number | null;
  /** Records written so far. */
  written = 0;
  /** Whether the last transaction may have been committed, whatever came of it. */
  commitTried = false;
  /**
   * As whom the brokers know the producer, provided that a step of a transaction has succeeded: else somebody may have taken
   * over before they were asked. Undefined where they are older than Kafka 3.0.
   */
  readonly producerAs: InTransaction | undefined;
  readonly #client: KafkaClient;
  readonly #producer: Producer;
  readonly #input: TopicPartition;
  readonly #options: ClaimOptions;
  #next: Transaction | undefined;
  #positionIsProven = false;

  private constructor(position: number | null, { client, producer, next, producerAs, input, options }: Opened) {
    this.position = position;
    this.producerAs = producerAs;
    this.#input = input;
    this.#client = client;
    this.#producer = producer;
    this.#next = next;
    this.#options = options;
  }

  /**
   * Fences, then reads the position: the other way round, a zombie could move it in between.
   * @throws kafkajs' errors; `UNSTABLE_OFFSET_COMMIT` when the brokers have forgotten the end of a transaction.
   */
  static async open(input: TopicPartition, options: ClaimOptions, signal: AbortSignal): Promise<PartitionClaim> {
    signal.throwIfAborted();
    const { connection, groupId } = options;
    const client = createKafkaClient(connection);
    const cut = () => client.cutConnections();
    signal.addEventListener('abort', cut);
    try {
      const transactionalId = transactionalIdOf(groupId, input);
      const producer = client.kafka.producer({
        transactionalId,
        transactionTimeout: options.transactionTimeoutMs,
        allowAutoTopicCreation: false,
        createPartitioner: () => partitionOfMessage,
        // None: a repeated request could write a record twice within the transaction. Here a failure aborts all of it.
        retry: { retries: 0 },
      });
      await producer.connect();
      const next = await untilSettled(() => producer.transaction(), signal);
      const where = { groupId, ...input, requireStable: true };
      const [session, position] = await Promise.all([
        // kafkajs keeps its producer's id and epoch to itself.
        lastTransaction(connection, transactionalId, signal),
        retryWhile(() => committedOffset(connection, where, signal), {
          ...SETTLING,
          forMs: UNSTABLE_OFFSET_TIME_MS,
          signal,
        }),
      ]);
      const producerAs = session && { ...session, transactionalId };
      return new PartitionClaim(position, { client, producer, next, producerAs, input, options });
    } catch (error) {
      cut();
      throw error;
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  /**
   * Writes the requests and commits `covers` in one transaction.
   * @throws when that failed; whether it is written all the same is open when `commitTried` is set. `OutdatedPositionError`
   * when the group stands elsewhere than at `position`.
   */
  async write(
    requests: readonly (readonly Chunk[])[],
    covers: InputRange,
    { keepsTimestamps, signal }: { keepsTimestamps: boolean; signal: AbortSignal },
  ): Promise<void> {
    this.commitTried = false;
    const transaction = await this.#begin();
    await this.#options.around('offsets', () => this.#sendOffsets(transaction, covers, signal));
    if (!this.#positionIsProven) await this.#provePosition(signal);
    for (const chunks of requests) {
      await this.#options.around('records', () => this.#send(transaction, chunks, keepsTimestamps));
      for (const { records } of chunks) this.written += records.length;
    }
    if (signal.aborted) throw new Error('given up before the commit');
    this.commitTried = true;
    await this.#options.around('commit', () => transaction.commit());
    this.position = covers.nextOffset;
  }

  /**
   * Finds out which records the broker refuses even alone, and of each topic the bytes of the smallest chunk that it
   * refused otherwise. Writes to a transaction that is never committed.
   */
  async probe(chunks: readonly Chunk[], keepsTimestamps: boolean): Promise<Refusals> {
    const transaction = await this.#begin();
    const refused = new Set<OutboundRecord>();
    const refusedBytes = new Map<string, number>();
    let cause: unknown;
    const open = [...chunks];
    for (let chunk = open.shift(); chunk !== undefined; chunk = open.shift()) {
      try {
        await this.#send(transaction, [chunk], keepsTimestamps);
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        cause = error;
        const { topic, records } = chunk;
        const [only] = records;
        if (records.length === 1 && only !== undefined) {
          refused.add(only);
          continue;
        }
        const bytes = records.reduce((sum, record) => sum + wireBytes(record), 0);
        refusedBytes.set(topic, Math.min(bytes, refusedBytes.get(topic) ?? bytes));
        const middle = Math.ceil(records.length / 2);
        open.unshift({ ...chunk, records: records.slice(0, middle) }, { ...chunk, records: records.slice(middle) });
      }
    }
    return { refused, refusedBytes, cause };
  }

  /** Idempotent. What is under way fails at once. */
  retire(): void {
    this.#client.cutConnections();
  }

  async #begin(): Promise<Transaction> {
    const transaction = this.#next ?? (await this.#producer.transaction());
    this.#next = undefined;
    return transaction;
  }

  /**
   * Comes first, since it is refused as long as the transaction before is being ended, and can be tried again then:
   * nothing else is in this one yet.
   */
  async #sendOffsets(transaction: Transaction, covers: InputRange, signal: AbortSignal): Promise<void> {
    const { topic, partition, nextOffset } = covers;
    const topics = [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }];
    await untilSettled(() => transaction.sendOffsets({ consumerGroupId: this.#options.groupId, topics }), signal);
  }

  /** The coordinator has just written something, and waited for its replicas: now it knows all that it wrote before. */
  async #provePosition(signal: AbortSignal): Promise<void> {
    const { connection, groupId } = this.#options;
    const position = await committedOffset(connection, { groupId, ...this.#input, requireStable: false }, signal);
    if (position !== this.position) {
      throw new OutdatedPositionError(
        `the group stands at ${position}, not at ${this.position} as its coordinator had said`,
      );
    }
    this.#positionIsProven = true;
  }

  async #send(transaction: Transaction, chunks: readonly Chunk[], keepsTimestamps: boolean): Promise<void> {
    const answers = await transaction.sendBatch({
      topicMessages: toTopicMessages(chunks, keepsTimestamps),
      acks: -1,
      timeout: this.#options.acksTimeoutMs,
      compression: compressionType(this.#options.compression),
    });
    checkAnswers(chunks, answers);
  }
}

/** One per input partition, so that whoever gets the partition fences its last owner: kafkajs sends no group generation. */
export function transactionalIdOf(groupId: string, { topic, partition }: TopicPartition): string {
  return `${groupId}-${topic}-${partition}`;
}

function untilSettled<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retryWhile(attempt, { ...SETTLING, signal });
}
