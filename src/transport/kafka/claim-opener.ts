import { isUnstableOffset } from './failure.ts';
import {
  endHangingTransaction,
  epochsBetween,
  type LastTransaction,
  lastTransaction,
  type ProducerSession,
  type TransactionEnd,
} from './hanging-transaction.ts';
import { type ClaimOptions, PartitionClaim, transactionalIdOf } from './partition-claim.ts';
import type { TopicPartition } from './source-options.ts';

export interface ClaimOpenerOptions {
  readonly claim: ClaimOptions;
  readonly countPartitions: (topic: string) => Promise<number>;
  /** The topics that transactions of this partition write to, as far as they are known. */
  readonly outputTopics: ReadonlySet<string>;
}

/** Opens the claims on one input partition, one at a time, and ends what an earlier one's transaction has left hanging. */
export class ClaimOpener {
  readonly #input: TopicPartition;
  readonly #options: ClaimOpenerOptions;
  #committedBy: ProducerSession | undefined;

  constructor(input: TopicPartition, options: ClaimOpenerOptions) {
    this.#input = input;
    this.#options = options;
  }

  /**
   * @throws kafkajs' errors; the next attempt may succeed then. `UNSTABLE_OFFSET_COMMIT` when somebody else's transaction
   * holds the offset.
   */
  async open(signal: AbortSignal): Promise<PartitionClaim> {
    const { claim } = this.#options;
    const { connection, groupId } = claim;
    // Asked before the fencing, after which the broker no longer knows.
    const last = await lastTransaction(connection, transactionalIdOf(groupId, this.#input), signal);
    this.#committedBy = committedBy(last, this.#committedBy);
    try {
      return await PartitionClaim.open(this.#input, claim, signal);
    } catch (error) {
      if (signal.aborted || !isUnstableOffset(error)) throw error;
    }
    const end = await this.#endHanging(signal);
    const opened = await PartitionClaim.open(this.#input, claim, signal);
    connection.logger.warn(
      { event: 'hanging-transaction', input: `${this.#input.topic}/${this.#input.partition}`, groupId, end },
      'the brokers had left a transaction half ended: ended it',
    );
    return opened;
  }

  async #endHanging(signal: AbortSignal): Promise<TransactionEnd> {
    const { claim, countPartitions, outputTopics } = this.#options;
    const { connection, groupId, transactionTimeoutMs } = claim;
    const outputs = await Promise.all(
      [...outputTopics].map(async (topic) => {
        const partitions = Array.from({ length: await countPartitions(topic) }, (_, partition) => partition);
        return { topic, partitions };
      }),
    );
    const transactionalId = transactionalIdOf(groupId, this.#input);
    const hanging = { transactionalId, groupId, outputs, committedBy: this.#committedBy, transactionTimeoutMs };
    return endHangingTransaction(connection, hanging, signal);
  }
}

/**
 * The producer by which the id's last transaction was committed, as of now; undefined when it was not, or nobody knows. Told
 * nothing but that the id was taken over, perhaps by our own attempt before, what was known `before` holds if that was once:
 * a transaction in between would have been aborted, which takes an epoch more.
 */
function committedBy(
  now: LastTransaction | undefined,
  before: ProducerSession | undefined,
): ProducerSession | undefined {
  if (now?.end !== undefined) return now.end === 'commit' ? now : undefined;
  if (now === undefined || before === undefined) return undefined;
  const epochs = epochsBetween(before, now);
  return epochs !== undefined && epochs <= 1 ? now : undefined;
}
