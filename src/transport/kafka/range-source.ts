import { setTimeout as sleepTimer } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { BatchHandler, Source } from '../port.ts';
import { missingTopics } from './admin.ts';
import { BACKOFF_DEFAULTS, backoffMs, sleep } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isUnknownTopic, needsAPerson, reasonOf, rootOf, toTransportError } from './failure.ts';
import { clusterOf, type Fetched, fetchPartition } from './low-level.ts';
import { SOURCE_DEFAULTS } from './source-options.ts';
import { toSourceRecord } from './source-record.ts';
import { type StateListener, StateReport } from './state-report.ts';
import { type OffsetRange, rangesOf, type TimeRange } from './time-range.ts';

export interface RangeSourceOptions extends TimeRange {
  readonly connection: KafkaConnection;
  readonly topic: string;
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
const EMPTY_ANSWERS_MEAN_END = 2;

/**
 * Reads what a topic holds of a time range when `run` begins, then ends: no consumer group, nothing committed. Records
 * that retention deletes meanwhile are passed over. While brokers are away it waits, for as long as it takes, once it has
 * reached them.
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
      if (state === 'waiting') connection.logger.warn({ topic, reason }, 'reading is interrupted, trying again');
      else connection.logger.info({ topic }, 'reading goes on');
      options.onState?.(state, reason);
    });
  }

  /** @throws {TriageError} when the topic does not exist or may not be read; otherwise what the handler rejects with. */
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
      const results = await Promise.allSettled(
        ranges.map(async (range) => {
          try {
            await this.#readPartition(cluster, range, handle);
          } catch (error) {
            this.#stopping.abort();
            throw error;
          }
        }),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    } catch (error) {
      throw toTransportError(error, { brokers: client.brokers, doing: `read topic ${topic}`, topic });
    } finally {
      client.cutConnections();
    }
  }

  /** What there is to read. A topic that has just been made has no leaders for a moment. */
  async #open(cluster: Cluster): Promise<OffsetRange[]> {
    const { topic, connection } = this.#options;
    const giveUpAtMs = performance.now() + LEADER_TIME_MS;
    for (let failures = 0; ; failures++) {
      try {
        await cluster.connect();
        await cluster.addTargetTopic(topic);
        if (cluster.findTopicPartitionMetadata(topic).length === 0) throw missingTopics(connection.brokers, [topic]);
        return await rangesOf(cluster, topic, this.#options);
      } catch (error) {
        if (isUnknownTopic(error)) throw missingTopics(connection.brokers, [topic]);
        if (rootOf(error).type !== 'LEADER_NOT_AVAILABLE' || performance.now() > giveUpAtMs) throw error;
        await sleep(backoffMs(failures, BACKOFF_DEFAULTS), this.#stopping.signal);
        await cluster.refreshMetadata();
      }
    }
  }

  async #readPartition(cluster: Cluster, range: OffsetRange, handle: BatchHandler): Promise<void> {
    const { topic } = this.#options;
    const { partition, endOffset } = range;
    let position = range.startOffset;
    for (let empty = 0; position < endOffset && !this.#stopping.signal.aborted; ) {
      const fetched = await this.#fetch(cluster, partition, position);
      if (fetched === 'stopped') return;
      if (fetched === 'out of range') {
        const [now] = await rangesOf(cluster, topic, {}, [partition]);
        const startOffset = now?.startOffset ?? endOffset;
        // Neither deleted by retention nor there: the topic was made anew, and has none of what was to be read.
        position = startOffset > position ? startOffset : endOffset;
        continue;
      }
      const { messages, nextOffset } = fetched;
      if (nextOffset === undefined) {
        if (++empty >= EMPTY_ANSWERS_MEAN_END) return;
        continue;
      }
      empty = 0;
      const wanted = messages.filter(({ offset }) => Number(offset) < endOffset);
      await this.#handOver(
        wanted,
        { ...range, startOffset: position, endOffset: Math.min(nextOffset, endOffset) },
        handle,
      );
      position = nextOffset;
    }
  }

  /** Tries until there is an answer. */
  async #fetch(cluster: Cluster, partition: number, offset: number): Promise<Fetched | 'out of range' | 'stopped'> {
    const { topic, connection } = this.#options;
    const name = `${topic}/${partition}`;
    const request = {
      topic,
      partition,
      offset,
      maxWaitMs: MAX_WAIT_MS,
      maxBytes: SOURCE_DEFAULTS.maxBytesPerPartition,
    };
    try {
      for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
        try {
          await cluster.refreshMetadataIfNecessary();
          return await fetchPartition(cluster, request);
        } catch (error) {
          if (rootOf(error).type === 'OFFSET_OUT_OF_RANGE') return 'out of range';
          if (needsAPerson(error)) throw error;
          this.#state.waiting(name, reasonOf(error, { brokers: connection.brokers, doing: `read ${name}`, topic }));
          await sleep(backoffMs(attempt, BACKOFF_DEFAULTS), this.#stopping.signal);
          await this.#refresh(cluster);
        }
      }
      return 'stopped';
    } finally {
      this.#state.over(name);
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

  async #handleUntilDone(batch: Parameters<BatchHandler>[0], handle: BatchHandler): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await handle(batch, nobodyElseReads);
        return;
      } catch (error) {
        if (!(error instanceof TriageError && error.retriable) || this.#stopping.signal.aborted) throw error;
        await sleepTimer(backoffMs(attempt, BACKOFF_DEFAULTS));
      }
    }
  }
}

async function nobodyElseReads(): Promise<void> {
  // There is no group that could take the partition away.
}
