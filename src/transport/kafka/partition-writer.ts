import { TriageError } from '../../errors.ts';
import type { InputRange, OutboundRecord } from '../port.ts';
import { RecordTooLargeError } from '../record-too-large.ts';
import { type BackoffLimits, backoffMs, sleep, unlessAborted } from './backoff.ts';
import { ClaimOpener } from './claim-opener.ts';
import {
  isBadTimestamp,
  isTooLarge,
  isTransactionOver,
  isUnexpected,
  needsAPerson,
  reasonOf,
  toTransportError,
  UNEXPECTED_ATTEMPTS_MAX,
} from './failure.ts';
import { commitTransaction, type InTransaction } from './hanging-transaction.ts';
import { type ClaimOptions, OutdatedPositionError, type PartitionClaim, type Refusals } from './partition-claim.ts';
import { abortedError } from './publish-call.ts';
import type { TopicPartition } from './source-options.ts';
import type { StateReport } from './state-report.ts';
import { type Chunk, type ChunkLimits, planRequests } from './transaction-plan.ts';

export interface WriterOptions {
  readonly claim: ClaimOptions;
  readonly countPartitions: (topic: string) => Promise<number>;
  /** Bytes per chunk for each output topic: starts empty, and is filled when a topic takes less than `maxSendBytes`. */
  readonly learnedSendBytes: Map<string, number>;
  /** The topics that are written to: what is not known at first is added. */
  readonly outputTopics: Set<string>;
  readonly maxSendBytes: number;
  readonly maxSendRecords: number;
  readonly maxRecordsPerProducer: number;
  readonly backoff: BackoffLimits;
  readonly state: StateReport;
}

/** What one attempt leaves to the next. */
interface AttemptState {
  keepsTimestamps: boolean;
  perhapsCommitted: boolean;
}

interface RefusedAttempt {
  readonly chunks: readonly Chunk[];
  readonly records: readonly OutboundRecord[];
  readonly state: AttemptState;
  readonly signal: AbortSignal;
}

/**
 * Writes what is made from one input partition. Each transaction is a compare-and-set of the group's committed offset:
 * it is written only while that stands at the begin of what the records were made from. So it does not matter how many
 * processes believe that the partition is theirs.
 */
export class PartitionWriter {
  readonly #options: WriterOptions;
  readonly #name: string;
  readonly #opener: ClaimOpener;
  #claim: PartitionClaim | undefined;
  /** A transaction that may not be aborted, as its commit may have been begun: outlives the call that wrote it. */
  #undecided: InTransaction | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(input: TopicPartition, options: WriterOptions) {
    this.#options = options;
    this.#name = `${input.topic}/${input.partition}`;
    this.#opener = new ClaimOpener(input, options);
  }

  /**
   * The committed offset, `null` without one. What is remembered may be behind, when somebody else has written since, or of a
   * topic that was made anew: it is looked up again when it is not `startOffset`.
   */
  position(startOffset: number, signal: AbortSignal): Promise<number | null> {
    return this.#exclusive(() =>
      this.#persist(signal, async () => {
        const remembered = this.#claim?.position ?? null;
        if (remembered !== null && remembered !== startOffset) this.#drop();
        return (await this.#held(signal)).position;
      }),
    );
  }

  /** Waits for the brokers until `signal` aborts. @throws {TriageError} when nothing of it is written. */
  async write(records: readonly OutboundRecord[], covers: InputRange, signal: AbortSignal): Promise<void> {
    const attempt = { keepsTimestamps: true, perhapsCommitted: false };
    const failure = await this.#exclusive(() =>
      this.#persist(signal, () => this.#attempt(records, covers, attempt, signal)),
    );
    if (failure !== undefined) throw failure;
  }

  /** Gives the claim up once nothing is under way. */
  release(): Promise<void> {
    return this.#exclusive(async () => this.#drop());
  }

  /** Two slices of one partition meet here only when a session has crashed while its handler was at work. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #held(signal: AbortSignal): Promise<PartitionClaim> {
    if (this.#claim === undefined) {
      await this.#commitUndecided(signal);
      this.#claim = await this.#opener.open(signal);
    }
    return this.#claim;
  }

  #drop(): void {
    this.#claim?.retire();
    this.#claim = undefined;
  }

  /** The reason why waiting does not help, or nothing when it is written. @throws what may be over at the next attempt. */
  async #attempt(
    records: readonly OutboundRecord[],
    covers: InputRange,
    state: AttemptState,
    signal: AbortSignal,
  ): Promise<TriageError | undefined> {
    const claim = await this.#held(signal);
    const { position } = claim;
    if (position !== null && position !== covers.startOffset) {
      if (state.perhapsCommitted && position === covers.nextOffset) return undefined;
      return movedError(covers, position);
    }
    // The counts are asked for all writers together: one that gives up does not end the question.
    const planned = planRequests(records, this.#options.countPartitions, (topic) => this.#limitsOf(topic));
    const requests = await unlessAborted(planned, signal);
    for (const { topic } of records) this.#options.outputTopics.add(topic);
    const { keepsTimestamps } = state;
    try {
      await retiringOn(signal, claim, () => claim.write(requests, covers, { keepsTimestamps, signal }));
    } catch (error) {
      state.perhapsCommitted ||= claim.commitTried;
      if (claim.commitTried && !isTransactionOver(error)) this.#undecided = claim.producerAs;
      this.#drop();
      const helpsToLookAgain = this.#undecided !== undefined || error instanceof OutdatedPositionError;
      if (isTooLarge(error)) {
        const refusal = await this.#refusalOf(error, { chunks: requests.flat(), records, state, signal });
        if (refusal !== undefined) return refusal;
      } else if (!helpsToLookAgain && !this.#omitsTimestamps(error, records, state)) throw error;
      return this.#attempt(records, covers, state, signal);
    }
    if (claim.written >= this.#options.maxRecordsPerProducer) this.#drop();
    return undefined;
  }

  /**
   * A commit without an answer is asked for again. The next claim would abort the transaction; and a coordinator that died
   * just then and comes back at once tells some partitions of a commit that it has not replicated and forgets (Kafka 4.3.1):
   * what these partitions have would be written twice. @throws what may be over at the next attempt.
   */
  async #commitUndecided(signal: AbortSignal): Promise<void> {
    if (this.#undecided === undefined) return;
    try {
      await commitTransaction(this.#options.claim.connection, this.#undecided, signal);
    } catch (error) {
      if (!isTransactionOver(error)) throw error;
    }
    this.#undecided = undefined;
  }

  /**
   * Which records are refused alone; nothing when the next attempt differs from the last: in smaller requests, or without
   * timestamps. @throws `error` when the broker takes now what it refused with it.
   */
  async #refusalOf(
    error: unknown,
    { chunks, records, state, signal }: RefusedAttempt,
  ): Promise<RecordTooLargeError | undefined> {
    const claim = await this.#held(signal);
    let refusals: Refusals;
    try {
      refusals = await retiringOn(signal, claim, () => claim.probe(chunks, state.keepsTimestamps));
    } catch (probeError) {
      if (this.#omitsTimestamps(probeError, records, state)) return undefined;
      throw probeError;
    } finally {
      // The probe's transaction is left open for the next claim to end.
      this.#drop();
    }
    const { refused, refusedBytes, cause } = refusals;
    if (refused.size > 0)
      return new RecordTooLargeError(
        records.filter((record) => refused.has(record)),
        cause,
      );
    if (refusedBytes.size === 0) throw error;
    for (const [topic, bytes] of refusedBytes) {
      this.#options.claim.connection.logger.info(
        { event: 'smaller-requests', topic, bytes },
        'the topic takes smaller requests than others',
      );
      this.#options.learnedSendBytes.set(topic, Math.floor(bytes / 2));
    }
    return undefined;
  }

  /** Whether the timestamps were what the broker did not take: the next attempt goes without. */
  #omitsTimestamps(error: unknown, records: readonly OutboundRecord[], state: AttemptState): boolean {
    if (!isBadTimestamp(error) || !state.keepsTimestamps) return false;
    state.keepsTimestamps = false;
    this.#options.claim.connection.logger.warn(
      { event: 'timestamps-refused', input: this.#name, records: records.length },
      "record timestamps are too far from the broker's clock: the records get the time of writing",
    );
    return true;
  }

  #limitsOf(topic: string): ChunkLimits {
    const { learnedSendBytes, maxSendBytes, maxSendRecords } = this.#options;
    return { maxSendBytes: learnedSendBytes.get(topic) ?? maxSendBytes, maxSendRecords };
  }

  async #persist<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const { state, backoff, claim } = this.#options;
    const context = { brokers: claim.connection.brokers, doing: `write what is made from ${this.#name}` };
    let unexpected = 0;
    try {
      for (let failures = 0; ; failures++) {
        if (signal.aborted) throw abortedError();
        try {
          return await attempt();
        } catch (error) {
          this.#drop();
          if (signal.aborted) throw abortedError();
          if (isUnexpected(error)) unexpected += 1;
          if (needsAPerson(error) || unexpected > UNEXPECTED_ATTEMPTS_MAX) throw toTransportError(error, context);
          state.waiting(this.#name, reasonOf(error, context));
          await sleep(backoffMs(failures, backoff), signal);
        }
      }
    } finally {
      state.over(this.#name);
    }
  }
}

/** What is under way fails at once when the signal aborts. */
async function retiringOn<T>(signal: AbortSignal, claim: PartitionClaim, work: () => Promise<T>): Promise<T> {
  const retire = () => claim.retire();
  signal.addEventListener('abort', retire);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', retire);
  }
}

function movedError({ startOffset, nextOffset }: InputRange, position: number): TriageError {
  return new TriageError(
    'transport',
    `the group stands at offset ${position}, not at ${startOffset} where the batch up to ${nextOffset} begins: ` +
      'another instance has the partition, or had it meanwhile',
    { retriable: true },
  );
}
