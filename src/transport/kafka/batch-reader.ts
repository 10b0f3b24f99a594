import kafkajs, { type Batch, type EachBatchHandler, type EachBatchPayload, type KafkaMessage } from 'kafkajs';
import { messageOf, TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import type { BatchHandler, SourceBatch, SourceRecord } from '../port.ts';
import { type BackoffLimits, backoffMs, sleep } from './backoff.ts';
import { isGroupChange, reasonOf } from './failure.ts';
import type { GroupMembership } from './group-membership.ts';
import { SliceLease } from './slice-lease.ts';
import type { PartitionProgress } from './source-options.ts';
import type { StateReport } from './state-report.ts';

export interface BatchReaderOptions {
  readonly handle: BatchHandler;
  readonly membership: GroupMembership;
  readonly logger: TransportLogger;
  readonly brokers: readonly string[];
  readonly state: StateReport;
  readonly maxBatchRecords: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceGraceMs: number;
  readonly commitTimeoutMs: number;
  readonly backoff: BackoffLimits;
  /** Aborts when the source is asked to stop: ends waits between attempts. */
  readonly stopping: AbortSignal;
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
  const { membership, maxBatchRecords } = options;
  return async (payload) => {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const endOffset = Number(batch.highWatermark);
    const { generation } = membership;
    let startOffset = Number((batch as FetchedBatch).fetchedOffset);
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
      if (!(await handleSlice(slice, payload, options))) return;
      // Another fetcher of this consumer joined anew meanwhile: kafkajs has dropped what it knew of this batch.
      if (membership.generation !== generation) return;
      payload.resolveOffset(resolved);
      startOffset = nextOffset;
      if (!(await commit({ topic, partition, nextOffset }, payload, options))) return;
      options.onProgress(progressOf(topic, partition, nextOffset, endOffset));
      await heartbeat(payload, options);
    }
  };
}

/** False when the slice was given up for a stop. @throws what makes kafkajs join again or end the consumer. */
async function handleSlice(
  slice: SourceBatch,
  payload: EachBatchPayload,
  options: BatchReaderOptions,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    const lease = new SliceLease(() => payload.heartbeat(), options);
    try {
      await options.handle(slice, () => lease.keepAlive());
      return true;
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
        return false;
      }
      if (!(error instanceof TriageError && error.retriable)) {
        options.onFatal(asTriageError(error, `${topic}/${partition} from offset ${offset}`));
        throw new kafkajs.KafkaJSNonRetriableError(messageOf(error));
      }
      const delayMs = backoffMs(attempt, options.backoff);
      options.logger.warn(
        { topic, partition, offset, attempt: attempt + 1, delayMs, error: error.message },
        'a batch failed and is handed over again',
      );
      await sleep(delayMs, options.stopping);
      if (!payload.isRunning()) return false;
      await heartbeat(payload, options);
    }
  }
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
        return true;
      } catch (error) {
        if (isGroupChange(error)) {
          membership.changed(error, performance.now());
          throw error;
        }
        const reason = reasonOf(error, { brokers, doing: `commit offset ${nextOffset} of ${topic}/${partition}` });
        if (!payload.isRunning() && ++attemptsWhileStopping >= STOP_COMMIT_ATTEMPTS) {
          logger.warn({ topic, partition, reason }, 'stopped without the last commit: records are read again');
          return false;
        }
        if (performance.now() > giveUpAtMs) {
          const gone = coordinatorGone(error);
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
 * kafkajs looks for the group's coordinator only when it joins: as long as nobody tells it otherwise, it goes on with the
 * one that died. This error makes it join again, as the same member.
 */
function coordinatorGone(cause: unknown): Error {
  const error = new kafkajs.KafkaJSError(`the group coordinator does not answer: ${messageOf(cause)}`);
  return Object.assign(error, { type: 'NOT_COORDINATOR_FOR_GROUP' });
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

function toSourceRecord(topic: string, partition: number, message: KafkaMessage): SourceRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
  };
}
