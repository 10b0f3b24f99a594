import kafkajs, { type Batch, type EachBatchHandler, type EachBatchPayload } from 'kafkajs';
import { messageOf, TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import type { BatchHandler, SourceBatch } from '../port.ts';
import { type BackoffLimits, backoffMs, sleep } from './backoff.ts';
import { type DueSlice, dueSlice } from './due-slice.ts';
import { isGroupChange, reasonOf } from './failure.ts';
import type { GroupMembership } from './group-membership.ts';
import type { OwnCommits } from './own-commits.ts';
import type { ReadPositions } from './read-positions.ts';
import { SliceLease } from './slice-lease.ts';
import type { CommittedOffsets, PartitionProgress, TopicPartition } from './source-options.ts';
import { toSourceRecord } from './source-record.ts';
import type { StateReport } from './state-report.ts';

export interface BatchReaderOptions {
  readonly handle: BatchHandler;
  readonly membership: GroupMembership;
  readonly positions: ReadPositions;
  readonly ownCommits: OwnCommits;
  /** What the group's coordinator says now, `null` without a position. Asked when what was read contradicts our own commits. */
  readonly askCommitted: (partition: TopicPartition) => Promise<number | null>;
  /** Absent: committing is the reader's. */
  readonly offsets: CommittedOffsets | undefined;
  readonly logger: TransportLogger;
  readonly brokers: readonly string[];
  readonly state: StateReport;
  readonly maxBatchRecords: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceGraceMs: number;
  readonly commitTimeoutMs: number;
  readonly backoff: BackoffLimits;
  /** Aborts when the source is asked to stop, with the reason: ends waits in which nothing is in hand. */
  readonly stopping: AbortSignal;
  /** Aborts with the same reason when handlers have been waited for long enough. */
  readonly givenUp: AbortSignal;
  readonly onProgress: (progress: PartitionProgress) => void;
  /** The handler failed for good; the error becomes the reason why `run` rejects. */
  readonly onFatal: (error: TriageError) => void;
}

/** What kafkajs' types leave out: the offset that the fetch asked for. */
export type FetchedBatch = Batch & { readonly fetchedOffset: string };

export function progressOf(topic: string, partition: number, nextOffset: number, endOffset: number): PartitionProgress {
  return { topic, partition, nextOffset, endOffset, lag: Math.max(0, endOffset - nextOffset) };
}

/**
 * What kafkajs calls with each batch it fetched. Hands it over in slices; after each slice: resolve, commit, heartbeat.
 * Returning early leaves the rest unresolved: kafkajs reads it again, from what is resolved, or from what is committed
 * after a join.
 */
export function createBatchReader(options: BatchReaderOptions): EachBatchHandler {
  const { membership, positions, maxBatchRecords } = options;
  return async (payload) => {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const endOffset = Number(batch.highWatermark);
    const { generation } = membership;
    let startOffset = positions.before(topic, partition, Number((batch as FetchedBatch).fetchedOffset));
    await askAgainUnlessBelieved({ topic, partition }, startOffset, options);
    for (let start = 0; start < messages.length; start += maxBatchRecords) {
      if (membership.change !== undefined) throw membership.change;
      if (!payload.isRunning() || payload.isStale() || !membership.owns(topic, partition)) return;
      const records = messages
        .slice(start, start + maxBatchRecords)
        .map((message) => toSourceRecord(topic, partition, message));
      const isLast = start + maxBatchRecords >= messages.length;
      // Behind the last record there may be control records, which are read but never handed out.
      const resolved = isLast ? batch.lastOffset() : String(records.at(-1)?.offset);
      const nextOffset = Number(resolved) + 1;
      const slice: SourceBatch = { topic, partition, startOffset, nextOffset, records, endOffset };
      options.onProgress(progressOf(topic, partition, records[0]?.offset ?? 0, endOffset));
      const doneBelow = await handleSlice(slice, payload, options);
      if (doneBelow === undefined) return;
      // Another fetcher of this consumer joined anew meanwhile: kafkajs has dropped what it knew of this batch.
      if (membership.generation !== generation) return;
      payload.resolveOffset(resolved);
      positions.handled(topic, partition, doneBelow);
      if (doneBelow < nextOffset) positions.skipped(topic, partition, nextOffset);
      startOffset = doneBelow;
      if (options.offsets === undefined && !(await commit({ topic, partition, nextOffset }, payload, options))) return;
      options.onProgress(progressOf(topic, partition, nextOffset, endOffset));
      await heartbeat(payload, options);
    }
  };
}

/** @throws what makes kafkajs join again, and so ask where the group stands, when it is before our own last commit. */
async function askAgainUnlessBelieved(
  { topic, partition }: TopicPartition,
  startOffset: number,
  { ownCommits, askCommitted, membership, logger, stopping }: BatchReaderOptions,
): Promise<void> {
  if (!ownCommits.doubts({ topic, partition }, startOffset, performance.now())) return;
  try {
    if ((await askCommitted({ topic, partition })) === null) {
      ownCommits.forget({ topic, partition });
      return;
    }
  } catch (error) {
    logger.debug({ topic, partition, error: messageOf(error) }, 'the position of the group could not be asked');
  }
  logger.debug(
    { topic, partition, startOffset },
    'the coordinator answered with an offset from before our last commit',
  );
  await sleep(ASK_AGAIN_MS, stopping);
  const again = joinAgain(`the position ${startOffset} is before our last commit`);
  membership.changed(again, performance.now());
  throw again;
}

const ASK_AGAIN_MS = 500;

/**
 * The offset below which everything is done: the slice's `nextOffset`, or less when no record is left behind it. Undefined
 * when the slice was given up for a stop. @throws what makes kafkajs join again or end the consumer.
 */
async function handleSlice(
  slice: SourceBatch,
  payload: EachBatchPayload,
  options: BatchReaderOptions,
): Promise<number | undefined> {
  for (let attempt = 0; ; attempt++) {
    const lease = new SliceLease(() => payload.heartbeat(), options);
    try {
      const due = await askDue(slice, lease, options);
      if (due.kind === 'done') return due.committed;
      await options.handle(due.slice, () => lease.keepAlive());
      return slice.nextOffset;
    } catch (error) {
      const { topic, partition } = slice;
      const offset = slice.records[0]?.offset;
      if (lease.lost !== undefined) {
        options.logger.debug(
          { topic, partition, offset },
          'slice given up for a rebalance, its next owner reads it again',
        );
        throw lease.lost;
      }
      if (!payload.isRunning()) {
        options.logger.debug({ topic, partition, offset }, 'slice not finished before the stop, it is read again');
        return undefined;
      }
      if (!(error instanceof TriageError && error.retriable)) {
        options.onFatal(asTriageError(error, `${topic}/${partition} from offset ${offset}`));
        throw new kafkajs.KafkaJSNonRetriableError(messageOf(error));
      }
      const delayMs = backoffMs(attempt, options.backoff);
      options.logger.warn(
        { event: 'batch-retried', topic, partition, offset, attempt: attempt + 1, delayMs, error: error.message },
        'a batch failed and is handed over again',
      );
      await sleep(delayMs, options.stopping);
      if (!payload.isRunning()) return undefined;
      await heartbeat(payload, options);
    }
  }
}

/** @throws after ending the lease, when reading is ahead of the group: joining again puts it where the group stands. */
async function askDue(
  slice: SourceBatch,
  lease: SliceLease,
  { offsets, membership, logger, stopping }: BatchReaderOptions,
): Promise<Exclude<DueSlice, { kind: 'ahead' }>> {
  if (offsets === undefined) return { kind: 'due', slice };
  const { topic, partition, startOffset } = slice;
  const committed = await offsets.committed({ topic, partition }, startOffset, async () => {
    stopping.throwIfAborted();
    await lease.keepAlive();
  });
  const due = dueSlice(slice, committed);
  if (due.kind !== 'ahead') return due;
  logger.warn(
    { event: 'offset-moved-back', topic, partition, startOffset, committed },
    'the committed offset was moved back: reading again from it',
  );
  lease.lost = joinAgain(`the committed offset ${committed} is below the position ${startOffset}`);
  membership.changed(lease.lost, performance.now());
  throw lease.lost;
}

function asTriageError(error: unknown, where: string): TriageError {
  if (error instanceof TriageError) return error;
  return new TriageError('internal', `Processing failed at ${where}: ${messageOf(error)}`, { cause: error });
}

/** Attempts of a commit while stopping: enough for a moved coordinator, short enough for a drain. */
const STOP_COMMIT_ATTEMPTS = 3;

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** False when it was given up for a stop. @throws what makes kafkajs join again, or end the consumer. */
async function commit(position: Position, payload: EachBatchPayload, options: BatchReaderOptions): Promise<boolean> {
  const { topic, partition, nextOffset } = position;
  const { state, membership, logger, brokers } = options;
  const name = `commit of ${topic}/${partition}`;
  const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }] };
  const giveUpAtMs = performance.now() + options.commitTimeoutMs;
  let attemptsWhileStopping = 0;
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        // Not consumer.commitOffsets: that one silently does nothing once a stop has begun.
        await payload.commitOffsetsIfNecessary(offsets);
        options.ownCommits.committed(position, nextOffset);
        return true;
      } catch (error) {
        if (isGroupChange(error)) {
          membership.changed(error, performance.now());
          throw error;
        }
        const reason = reasonOf(error, { brokers, doing: `commit offset ${nextOffset} of ${topic}/${partition}` });
        if (!payload.isRunning() && ++attemptsWhileStopping >= STOP_COMMIT_ATTEMPTS) {
          logger.warn(
            { event: 'last-commit-failed', topic, partition, reason },
            'stopped without the last commit: records are read again',
          );
          return false;
        }
        if (performance.now() > giveUpAtMs) {
          const gone = joinAgain(`the group coordinator does not answer: ${messageOf(error)}`);
          membership.changed(gone, performance.now());
          throw gone;
        }
        state.waiting(name, reason);
        await sleep(backoffMs(attempt, options.backoff), NEVER);
      }
    }
  } finally {
    state.over(name);
  }
}

/**
 * Makes kafkajs join again, as the same member. Only then does it read committed offsets, and look for the group's
 * coordinator: as long as nobody tells it otherwise, it goes on with the one that died.
 */
function joinAgain(reason: string): Error {
  return Object.assign(new kafkajs.KafkaJSError(reason), { type: 'NOT_COORDINATOR_FOR_GROUP' });
}

const NEVER = new AbortController().signal;

/** @throws only when the group has changed; kafkajs meets any other trouble at its next fetch. */
async function heartbeat(payload: EachBatchPayload, options: BatchReaderOptions): Promise<void> {
  if (options.membership.change !== undefined) throw options.membership.change;
  try {
    await payload.heartbeat();
  } catch (error) {
    if (!isGroupChange(error)) {
      options.logger.debug({ error: messageOf(error) }, 'heartbeat failed, trying again');
      return;
    }
    options.membership.changed(error, performance.now());
    throw error;
  }
}
