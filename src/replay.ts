/** Composition of `triage replay`: what a topic holds of a time range, through the pipeline again, into another topic. */
import { loadCatalog } from './catalog/load.ts';
import type { Config } from './config.ts';
import { kafkaConnection } from './connection.ts';
import { TriageError } from './errors.ts';
import type { Outcome } from './events/outcome.ts';
import { compile } from './matcher/matcher.ts';
import { createDecoder } from './pipeline/decoder.ts';
import { createRedaction } from './redaction/redactor.ts';
import { openRegistry } from './registry.ts';
import { ReplayCheckpoint, type ReplayPosition } from './replay-checkpoint.ts';
import { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { checkTopics } from './transport/kafka/admin.ts';
import { KafkaSink } from './transport/kafka/kafka-sink.ts';
import { RangeSource } from './transport/kafka/range-source.ts';
import type { OffsetRange, TimeRange } from './transport/kafka/time-range.ts';
import type { BatchHandler, Sink } from './transport/port.ts';
import { VERSION } from './version.ts';
import { createBatchHandler } from './worker.ts';

export interface ReplayOptions {
  /** `topics.output` is where the events go. */
  readonly config: Config;
  readonly range: TimeRange;
  /** Path of a file that says how far it has come. When it is there, it says where to go on, in place of `range`. */
  readonly checkpoint?: string;
  readonly logger: Logger;
  /** Called after each batch. */
  readonly onProgress: (progress: ReplayProgress) => void;
}

export type OutcomeCounts = Record<Outcome['kind'], number>;

export interface ReplayProgress {
  /** Offsets in the range. More than the records when some were compacted away or are transaction markers. */
  readonly offsets: number;
  readonly offsetsDone: number;
  readonly records: number;
  /** Of log records: more than the records when some are batches. */
  readonly outcomes: Readonly<OutcomeCounts>;
  /** Where reading stands, by partition. */
  readonly positions: ReadonlyMap<number, number>;
}

export interface Replay {
  /** Whether it goes on where the checkpoint says, and whether there is nothing left. */
  readonly start: 'anew' | 'resumed' | 'done before';
  /** Resolves at the end of the range, or after `stop`. @throws {TriageError} */
  readonly done: Promise<void>;
  /** Finishes the batches in hand. */
  stop(): Promise<void>;
}

/** @throws {TriageError} when the catalog, the checkpoint, the topics or Kafka do not allow a start. */
export async function startReplay(options: ReplayOptions): Promise<Replay> {
  const { config, logger, onProgress } = options;
  const matcher = compile(loadCatalog(config.catalog.folder));
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
  await checkTopics(connection, [config.topics.input, config.topics.output]);
  const registry = openRegistry(config, { logger, signal: NEVER, now: Date.now });
  const codec = config.format.output === 'avro' ? await registry?.outputCodec() : undefined;
  const { input, output } = config.topics;
  const identity = { input, output, catalog: matcher.catalog.digest };
  const checkpoint =
    options.checkpoint === undefined ? undefined : await ReplayCheckpoint.open(options.checkpoint, identity);
  const parts = checkpoint?.positions;
  const progress = {
    offsets: 0,
    offsetsDone: 0,
    records: 0,
    outcomes: { resolved: 0, unclassified: 0, ignored: 0, 'dead-lettered': 0 },
    positions: new Map<number, number>(),
  };
  let ranges: readonly OffsetRange[] = [];
  const positions = (): ReplayPosition[] =>
    ranges.map((range) => ({ ...range, startOffset: progress.positions.get(range.partition) ?? range.startOffset }));
  const kafkaSink = new KafkaSink({
    connection,
    onState: (state, reason) => {
      if (state === 'waiting') logger.warn({ event: 'sink-waiting', reason }, 'writing is interrupted, trying again');
      else logger.warn({ event: 'sink-ok' }, 'writing goes on');
    },
  });
  const source = new RangeSource({
    connection,
    topic: input,
    maxBatchRecords: config.limits.batchRecords,
    ...(parts === undefined ? options.range : { parts }),
    onRanges: (found) => {
      if (parts !== undefined) checkResumed(parts, found, input, logger);
      ranges = found;
      for (const { partition, startOffset, endOffset } of ranges) {
        progress.offsets += endOffset - startOffset;
        progress.positions.set(partition, startOffset);
      }
      onProgress(progress);
    },
  });
  const handle = createBatchHandler({
    matcher: () => matcher,
    sink: withoutTopic(kafkaSink, config.topics.deadLetter),
    pipeline: {
      ...config,
      mayInfer: config.inferred !== 'off',
      decode: createDecoder({
        format: config.format.input,
        matcher: () => matcher,
        maxBytes: config.limits.recordBytes,
        avro: registry?.input,
      }),
      ...(codec === undefined ? {} : { codec }),
      redaction: createRedaction(config.redaction),
      version: VERSION,
    },
    ...(registry === undefined ? {} : { prepare: (records, alive) => registry.input.prepare(records, alive) }),
    health: new Health(Date.now),
    onRefused: (reason) => {
      if (reason !== undefined) logger.warn({ event: 'sink-waiting', reason }, 'publishing waits for Kafka');
    },
    report: ({ batch, outcomes }) => {
      for (const { kind } of outcomes) progress.outcomes[kind]++;
      progress.records += batch.records.length;
      progress.offsetsDone += batch.nextOffset - batch.startOffset;
      progress.positions.set(batch.partition, batch.nextOffset);
      onProgress(progress);
    },
    now: Date.now,
  });
  let savedMs = Date.now();
  const handleAndSave: BatchHandler = async (batch, keepAlive) => {
    await handle(batch, keepAlive);
    if (checkpoint === undefined || Date.now() - savedMs < SAVE_EVERY_MS) return;
    savedMs = Date.now();
    await checkpoint.save(positions());
  };
  let isStopped = false;
  const readAll = async () => {
    try {
      await source.run(handleAndSave);
      // Behind the last record of a partition there may be offsets without one.
      if (!isStopped) for (const { partition, endOffset } of ranges) progress.positions.set(partition, endOffset);
    } finally {
      registry?.close();
      await kafkaSink.close();
      if (ranges.length > 0) await checkpoint?.save(positions());
    }
  };
  const isDone = parts?.every(({ startOffset, endOffset }) => startOffset === endOffset);
  return {
    start: isDone === undefined ? 'anew' : isDone ? 'done before' : 'resumed',
    done: readAll(),
    stop: () => {
      isStopped = true;
      return source.stop();
    },
  };
}

/** A replay has no drain: a second signal ends the process. */
const NEVER = new AbortController().signal;

/** Milliseconds between two writes of the checkpoint: what a kill makes a replay write twice. */
const SAVE_EVERY_MS = 1_000;

/** @throws {TriageError} `usage`, when the topic lacks a partition that the checkpoint has. */
function checkResumed(
  parts: readonly ReplayPosition[],
  found: readonly OffsetRange[],
  topic: string,
  logger: Logger,
): void {
  for (const { partition, startOffset: from, endOffset } of parts) {
    const range = found.find((each) => each.partition === partition);
    if (range === undefined) {
      const what = `Topic ${topic} has no partition ${partition} any more, which the checkpoint is for`;
      throw new TriageError('usage', `${what}: delete the checkpoint to begin anew with what there is.`);
    }
    if (range.startOffset > from && from < endOffset) {
      const deleted = { topic, partition, from, to: range.startOffset };
      logger.warn(
        { event: 'records-deleted', ...deleted },
        'records were deleted before they were read: retention is over for them',
      );
    }
  }
}

/** Dead letters are in their topic since the first time; a second copy would be redriven twice. */
function withoutTopic(sink: Sink, topic: string): Sink {
  return {
    atomic: sink.atomic,
    publish: (records, keepAlive, covers) =>
      sink.publish(
        records.filter((record) => record.topic !== topic),
        keepAlive,
        covers,
      ),
    close: () => sink.close(),
  };
}
