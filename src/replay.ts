/** Composition of `triage replay`: what a topic holds of a time range, through the pipeline again, into another topic. */
import { loadCatalog } from './catalog/load.ts';
import type { Config } from './config.ts';
import { kafkaConnection } from './connection.ts';
import type { Outcome } from './events/outcome.ts';
import { compile } from './matcher/matcher.ts';
import { createRedaction } from './redaction/redactor.ts';
import { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { checkTopics } from './transport/kafka/admin.ts';
import { KafkaSink } from './transport/kafka/kafka-sink.ts';
import { RangeSource } from './transport/kafka/range-source.ts';
import type { TimeRange } from './transport/kafka/time-range.ts';
import type { Sink } from './transport/port.ts';
import { VERSION } from './version.ts';
import { createBatchHandler } from './worker.ts';

export interface ReplayOptions {
  /** `topics.output` is where the events go. */
  readonly config: Config;
  readonly range: TimeRange;
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
  readonly outcomes: Readonly<OutcomeCounts>;
  /** Where reading stands, by partition. */
  readonly positions: ReadonlyMap<number, number>;
}

export interface Replay {
  /** Resolves at the end of the range, or after `stop`. @throws {TriageError} */
  readonly done: Promise<void>;
  /** Finishes the batches in hand. */
  stop(): Promise<void>;
}

/** @throws {TriageError} when the catalog, the topics or Kafka do not allow a start. */
export async function startReplay({ config, range, logger, onProgress }: ReplayOptions): Promise<Replay> {
  const matcher = compile(loadCatalog(config.catalog.folder));
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
  await checkTopics(connection, [config.topics.input, config.topics.output]);
  const progress = {
    offsets: 0,
    offsetsDone: 0,
    records: 0,
    outcomes: { resolved: 0, unclassified: 0, ignored: 0, 'dead-lettered': 0 },
    positions: new Map<number, number>(),
  };
  const kafkaSink = new KafkaSink({ connection });
  const source = new RangeSource({
    connection,
    topic: config.topics.input,
    maxBatchRecords: config.limits.batchRecords,
    ...range,
    onRanges: (ranges) => {
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
      redaction: createRedaction(config.redaction),
      version: VERSION,
    },
    health: new Health(Date.now),
    onRefused: (reason) => {
      if (reason !== undefined) logger.warn({ event: 'sink-waiting', reason }, 'publishing waits for Kafka');
    },
    report: ({ batch, outcomes }) => {
      for (const { kind } of outcomes) progress.outcomes[kind]++;
      progress.records += outcomes.length;
      progress.offsetsDone += batch.nextOffset - batch.startOffset;
      progress.positions.set(batch.partition, batch.nextOffset);
      onProgress(progress);
    },
    now: Date.now,
  });
  return { done: source.run(handle).finally(() => kafkaSink.close()), stop: () => source.stop() };
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
