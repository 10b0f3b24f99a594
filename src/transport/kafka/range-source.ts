import type { Cluster } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { BatchHandler, Source } from '../port.ts';
import { missingTopics } from './admin.ts';
import { BACKOFF_DEFAULTS, backoffMs, retryWhile, sleep } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isLeaderUnknown, isUnknownTopic, needsAPerson, reasonOf, rootOf, toTransportError } from './failure.ts';
import { clusterOf, type Fetched, fetchPartition } from './low-level.ts';
import { SOURCE_DEFAULTS } from './source-options.ts';
import { toSourceRecord } from './source-record.ts';
import { type StateListener, StateReport } from './state-report.ts';
import { type OffsetRange, type PartOfPartition, partsOf, rangesOf, type TimeRange } from './time-range.ts';

export interface RangeSourceOptions extends TimeRange {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Only these parts, of what the time range gives. */
  readonly parts?: readonly PartOfPartition[];
  /** 1 or more. */
  readonly maxBatchRecords?: number;
  /** Called once, before the first batch, with what will be read. */
  readonly onRanges?: (ranges: readonly OffsetRange[]) => void;
  /** `waiting` from a broker that is away until it is back. */
  readonly onState?: StateListener;
}

/** Milliseconds. Everything up to the end is there already: a fetch without an answer by then has nothing to give. */
const MAX_WAIT_MS = 500;
/** Milliseconds that a topic may be without leaders at the start. */
const LEADER_TIME_MS = 10_000;
/** One empty answer may come from a leader that has just been chosen. */
const EMPTY_ANSWERS_MEAN_NOTHING_LEFT = 2;
/** Milliseconds. A new leader lets records be read once its followers have them, or are given up for lost after 30 s. */
const SHORTER_THAN_IT_WAS_MS = 120_000;

/**
 * Reads what a topic holds of a time range when `run` begins, then ends: no consumer group, nothing committed. Records
 * that retention deletes meanwhile are passed over, which is logged. While brokers are away it waits, for as long as it
 * takes, once it has reached them. Holds one fetch of each of `SOURCE_DEFAULTS.partitionsConsumedConcurrently` partitions:
 * 1 MiB, or a single larger record.
 */
export class RangeSource implements Source {
  readonly #options: RangeSourceOptions;
  readonly #stopping = new AbortController();
  readonly #state: StateReport;
  #running: Promise<void> | undefined;

  constructor(options: RangeSourceOptions) {
    this.#options = options;
    const { topic, connection } = options;
    this.#state = new StateReport((state, reason) => {
      if (state === 'waiting')
        connection.logger.warn({ event: 'source-waiting', topic, reason }, 'reading is interrupted, trying again');
      // As loud as what it ends.
      else connection.logger.warn({ event: 'source-ok', topic }, 'reading goes on');
      options.onState?.(state, reason);
    });
  }

  /**
   * @throws {TriageError} when the topic does not exist, may not be read, or has lost its end; otherwise what the handler
   * rejects with.
   */
  run(handle: BatchHandler): Promise<void> {
    if (this.#running !== undefined) throw new TriageError('internal', 'RangeSource.run may be called only once.');
    this.#running = this.#readAll(handle);
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    // Why `run` rejected is told to the caller of `run`.
    await this.#running?.catch(() => undefined);
  }

  async #readAll(handle: BatchHandler): Promise<void> {
    const { connection, topic, onRanges } = this.#options;
    const client = createKafkaClient(connection);
    const cluster = clusterOf(client);
    try {
      const ranges = await this.#open(cluster);
      onRanges?.(ranges);
      const waiting = [...ranges];
      const readNext = async () => {
        try {
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
            await this.#readPartition(cluster, next, handle);
          }
        } catch (error) {
          this.#stopping.abort();
          throw error;
        }
      };
      const results = await Promise.allSettled(
        Array.from({ length: SOURCE_DEFAULTS.partitionsConsumedConcurrently }, readNext),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } catch (error) {
      throw toTransportError(error, { brokers: client.brokers, doing: `read topic ${topic}`, topic });
    } finally {
      client.cutConnections();
    }
  }

  /** What there is to read; nothing after a stop. A topic that has just been made has no leaders for a moment. */
  async #open(cluster: Cluster): Promise<OffsetRange[]> {
    const { topic, connection } = this.#options;
    const { signal } = this.#stopping;
    const attempt = async () => {
      await cluster.connect();
      await cluster.addTargetTopic(topic);
      await cluster.refreshMetadata();
      if (cluster.findTopicPartitionMetadata(topic).length === 0) throw missingTopics(connection.brokers, [topic]);
      return partsOf(await rangesOf(cluster, topic, this.#options), this.#options.parts);
    };
    try {
      return await retryWhile(attempt, { mayPass: isLeaderUnknown, forMs: LEADER_TIME_MS, signal });
    } catch (error) {
      if (signal.aborted) return [];
      throw isUnknownTopic(error) ? missingTopics(connection.brokers, [topic]) : error;
    }
  }

  async #readPartition(cluster: Cluster, range: OffsetRange, handle: BatchHandler): Promise<void> {
    const { endOffset } = range;
    for (let position = range.startOffset; position < endOffset && !this.#stopping.signal.aborted; ) {
      const answer = await this.#fetch(cluster, { ...range, startOffset: position });
      if (answer === 'stopped') return;
      const wanted = answer.messages.filter(({ offset }) => Number(offset) < endOffset);
      const read = { ...range, startOffset: position, endOffset: Math.min(answer.nextOffset, endOffset) };
      await this.#handOver(wanted, read, handle);
      position = answer.nextOffset;
    }
  }

  /** Tries until the answer leads on. */
  async #fetch(cluster: Cluster, range: OffsetRange): Promise<Answer | 'stopped'> {
    const { topic, connection } = this.#options;
    const name = `${topic}/${range.partition}`;
    let empty = 0;
    let shorterSinceMs: number | undefined;
    try {
      for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
        let reason: string;
        try {
          const fetched = await this.#fetchOnce(cluster, range);
          if (leadsOn(fetched)) return fetched;
          if (fetched.lastStableOffset > range.startOffset) {
            // Compaction has left nothing up to the end.
            if (++empty >= EMPTY_ANSWERS_MEAN_NOTHING_LEFT) return { messages: [], nextOffset: range.endOffset };
            continue;
          }
          shorterSinceMs ??= performance.now();
          if (performance.now() - shorterSinceMs > SHORTER_THAN_IT_WAS_MS) throw lostItsEnd(connection, topic, range);
          reason = `${name} ends at ${fetched.lastStableOffset} for now, it went up to ${range.endOffset} before`;
        } catch (error) {
          if (needsAPerson(error) || error instanceof TriageError) throw error;
          reason = reasonOf(error, { brokers: connection.brokers, doing: `read ${name}`, topic });
        }
        this.#state.waiting(name, reason);
        await sleep(backoffMs(attempt, BACKOFF_DEFAULTS), this.#stopping.signal);
        await this.#refresh(cluster);
      }
      return 'stopped';
    } finally {
      this.#state.over(name);
    }
  }

  async #fetchOnce(cluster: Cluster, { partition, startOffset, endOffset }: OffsetRange): Promise<Fetched | Answer> {
    const { topic, connection } = this.#options;
    const maxBytes = SOURCE_DEFAULTS.maxBytesPerPartition;
    try {
      await cluster.refreshMetadataIfNecessary();
      return await fetchPartition(cluster, { topic, partition, offset: startOffset, maxWaitMs: MAX_WAIT_MS, maxBytes });
    } catch (error) {
      if (rootOf(error).type !== 'OFFSET_OUT_OF_RANGE') throw error;
      const [now] = await rangesOf(cluster, topic, {}, [partition]);
      const oldest = now?.startOffset ?? 0;
      // Neither deleted by retention nor there.
      if (oldest <= startOffset) throw lostItsEnd(connection, topic, { partition, startOffset, endOffset });
      const deleted = { topic, partition, from: startOffset, to: Math.min(oldest, endOffset) };
      connection.logger.warn(
        { event: 'records-deleted', ...deleted },
        'records were deleted before they were read: retention is over for them',
      );
      return { messages: [], nextOffset: oldest };
    }
  }

  /** The next fetch tells when this did not help. */
  async #refresh(cluster: Cluster): Promise<void> {
    const { topic, connection } = this.#options;
    try {
      if (!cluster.isConnected()) await cluster.connect();
      await cluster.refreshMetadata();
    } catch (error) {
      connection.logger.debug({ topic, error }, 'the partition leaders could not be found out');
    }
  }

  async #handOver(messages: Fetched['messages'], range: OffsetRange, handle: BatchHandler): Promise<void> {
    const { topic, maxBatchRecords = SOURCE_DEFAULTS.maxBatchRecords } = this.#options;
    const { partition } = range;
    let { startOffset } = range;
    for (let start = 0; start < messages.length && !this.#stopping.signal.aborted; start += maxBatchRecords) {
      const records = messages
        .slice(start, start + maxBatchRecords)
        .map((message) => toSourceRecord(topic, partition, message));
      const isLast = start + maxBatchRecords >= messages.length;
      const nextOffset = isLast ? range.endOffset : (records.at(-1)?.offset ?? startOffset) + 1;
      const batch = { topic, partition, startOffset, nextOffset, records, endOffset: range.endOffset };
      await this.#handleUntilDone(batch, handle);
      startOffset = nextOffset;
    }
  }

  /** Returns without that after a stop. */
  async #handleUntilDone(batch: Parameters<BatchHandler>[0], handle: BatchHandler): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await handle(batch, nobodyElseReads);
        return;
      } catch (error) {
        if (!(error instanceof TriageError && error.retriable)) throw error;
        await sleep(backoffMs(attempt, BACKOFF_DEFAULTS), this.#stopping.signal);
        if (this.#stopping.signal.aborted) return;
      }
    }
  }
}

type Answer = Pick<Fetched, 'messages'> & { readonly nextOffset: number };

function leadsOn(fetched: Fetched | Answer): fetched is Answer {
  return fetched.nextOffset !== undefined;
}

function lostItsEnd({ brokers }: KafkaConnection, topic: string, { partition, startOffset, endOffset }: OffsetRange) {
  return new TriageError(
    'transport',
    `Partition ${partition} of topic ${topic} at ${brokers.join(', ')} had records up to offset ${endOffset} and now has ` +
      `none from ${startOffset} on: the topic was made anew, or its brokers have lost records. Run it again for what is there now.`,
  );
}

async function nobodyElseReads(): Promise<void> {
  // There is no group that could take the partition away.
}
