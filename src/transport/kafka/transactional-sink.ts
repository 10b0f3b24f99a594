import { TriageError } from '../../errors.ts';
import type { InputRange, KeepAlive, OutboundRecord, Sink } from '../port.ts';
import { partitionCount } from './admin.ts';
import { BACKOFF_DEFAULTS, sleep } from './backoff.ts';
import { type KafkaSinkOptions, SINK_DEFAULTS } from './kafka-sink.ts';
import { whileKeptAlive } from './keep-alive.ts';
import type { ClaimOptions } from './partition-claim.ts';
import { PartitionCounts } from './partition-counts.ts';
import { PartitionWriter } from './partition-writer.ts';
import type { CommittedOffsets, TopicPartition } from './source-options.ts';
import { StateReport } from './state-report.ts';

/** Defaults with their reasons: `SINK_DEFAULTS` and `TRANSACTION_DEFAULTS`. */
export interface TransactionalSinkOptions extends KafkaSinkOptions {
  /** The consumer group whose offsets are committed. */
  readonly groupId: string;
  /**
   * The topics that are written to. Where the brokers have forgotten the end of a transaction, its records are looked after
   * in these and in those written to since the start. Default: none.
   */
  readonly outputTopics?: readonly string[];
  /** At most the brokers' transaction.max.timeout.ms. */
  readonly transactionTimeoutMs?: number;
  /** Stands around each step of a transaction: for tests, which let steps fail. */
  readonly around?: ClaimOptions['around'];
}

export const TRANSACTION_DEFAULTS = {
  /**
   * Milliseconds. A dead instance's open transaction hides what comes after it from read_committed consumers until the
   * next owner claims the partition, or at most for so long. Longer than a request may take.
   */
  transactionTimeoutMs: 60_000,
} as const;

type Tuned = TransactionalSinkOptions & typeof SINK_DEFAULTS & typeof TRANSACTION_DEFAULTS;

/**
 * Writes each batch, and commits the input that it covers, in one Kafka transaction. One transactional id per input
 * partition, `<group>-<topic>-<partition>`. While the brokers cannot take a transaction, `publish` waits, for as long as it
 * takes, and calls `keepAlive`. Records that the broker finds too large reject with `RecordTooLargeError`, nothing being
 * written. Records whose timestamp the broker does not take get the time of writing.
 */
export class TransactionalSink implements Sink, CommittedOffsets {
  readonly atomic = true;
  readonly #options: Tuned;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #counts: PartitionCounts;
  readonly #writers = new Map<string, PartitionWriter>();
  readonly #learnedSendBytes = new Map<string, number>();
  readonly #outputTopics: Set<string>;
  readonly #state: StateReport;

  constructor(options: TransactionalSinkOptions) {
    this.#options = { ...SINK_DEFAULTS, ...TRANSACTION_DEFAULTS, ...options } as Tuned;
    this.#signal =
      options.signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, options.signal]);
    this.#outputTopics = new Set(options.outputTopics);
    this.#state = new StateReport((state, reason) => options.onState?.(state, reason));
    this.#counts = new PartitionCounts({
      ask: (topic) => partitionCount(options.connection, topic, this.#signal),
      maxAgeMs: this.#options.partitionCountMaxAgeMs,
      logger: options.connection.logger,
    });
  }

  /** `covers` must begin where the group stands. @throws {TriageError} when nothing of it is written. */
  async publish(records: readonly OutboundRecord[], keepAlive: KeepAlive, covers?: InputRange): Promise<void> {
    if (covers === undefined) {
      throw new TriageError('internal', 'An atomic sink was not told which input the records were made from.');
    }
    await this.#whileKeptAlive(keepAlive, (signal) => this.#writer(covers).write(records, covers, signal));
  }

  committed(input: TopicPartition, startOffset: number, keepAlive: KeepAlive): Promise<number | null> {
    return this.#whileKeptAlive(keepAlive, (signal) => this.#writer(input).position(startOffset, signal));
  }

  assigned(partitions: readonly TopicPartition[]): void {
    const kept = new Set(partitions.map(nameOf));
    for (const [name, writer] of this.#writers) if (!kept.has(name)) void writer.release();
  }

  /** Calls still under way reject; what they have in flight is cut off, and waited for up to `closeTimeoutMs`. */
  async close(): Promise<void> {
    this.#closing.abort();
    const finished = new AbortController();
    const released = Promise.all([...this.#writers.values()].map((writer) => writer.release()));
    await Promise.race([released, sleep(this.#options.closeTimeoutMs, finished.signal)]);
    finished.abort();
  }

  #whileKeptAlive<T>(keepAlive: KeepAlive, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return whileKeptAlive({ keepAlive, intervalMs: this.#options.keepAliveIntervalMs, signal: this.#signal }, work);
  }

  #writer({ topic, partition }: TopicPartition): PartitionWriter {
    const name = nameOf({ topic, partition });
    let writer = this.#writers.get(name);
    if (writer === undefined) {
      writer = new PartitionWriter(
        { topic, partition },
        {
          claim: { ...this.#options, around: this.#options.around ?? ((_step, run) => run()) },
          countPartitions: (output) => this.#counts.of(output),
          learnedSendBytes: this.#learnedSendBytes,
          outputTopics: this.#outputTopics,
          maxSendBytes: this.#options.maxSendBytes,
          maxSendRecords: this.#options.maxSendRecords,
          maxRecordsPerProducer: this.#options.maxRecordsPerProducer,
          backoff: BACKOFF_DEFAULTS,
          state: this.#state,
        },
      );
      this.#writers.set(name, writer);
    }
    return writer;
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
