import { isUnstableOffset } from './failure.ts';
import { endHangingTransaction, lastTransactionEnd, type TransactionEnd } from './hanging-transaction.ts';
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
  #lastEnd: TransactionEnd | undefined;

  constructor(input: TopicPartition, options: ClaimOpenerOptions) {
    this.#input = input;
    this.#options = options;
  }

  /** @throws kafkajs' errors; the next attempt may succeed then, also after `UNSTABLE_OFFSET_COMMIT`. */
  async open(signal: AbortSignal): Promise<PartitionClaim> {
    const { claim } = this.#options;
    const transactionalId = transactionalIdOf(claim.groupId, this.#input);
    // Asked before the fencing, after which the broker no longer knows. What an attempt before was told holds until one
    // succeeds.
    this.#lastEnd = (await lastTransactionEnd(claim.connection, transactionalId, signal)) ?? this.#lastEnd;
    try {
      const opened = await PartitionClaim.open(this.#input, claim, signal);
      this.#lastEnd = undefined;
      return opened;
    } catch (error) {
      if (!signal.aborted && isUnstableOffset(error)) await this.#endHanging(transactionalId, signal);
      throw error;
    }
  }

  async #endHanging(transactionalId: string, signal: AbortSignal): Promise<void> {
    const { claim, countPartitions, outputTopics } = this.#options;
    const { connection, groupId, transactionTimeoutMs } = claim;
    // Unknown: nobody has seen its records, and its input is read again.
    const end = this.#lastEnd ?? 'abort';
    const outputs = await Promise.all(
      [...outputTopics].map(async (topic) => {
        const partitions = Array.from({ length: await countPartitions(topic) }, (_, partition) => partition);
        return { topic, partitions };
      }),
    );
    const hanging = { transactionalId, groupId, outputs, end, transactionTimeoutMs };
    await endHangingTransaction(connection, hanging, signal);
    connection.logger.warn(
      { input: `${this.#input.topic}/${this.#input.partition}`, groupId, end },
      'the brokers had left a transaction half ended: ended it',
    );
  }
}
