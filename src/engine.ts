/**
 * Reads, processes, publishes and commits until it is stopped: what every process of `triage run` does, alone or as one of
 * several workers. Catalog, HTTP and the live page are around it: `service.ts`, `workers/`.
 */
import type { Config } from './config.ts';
import { TriageError } from './errors.ts';
import type { DeadLetter } from './events/dead-letter.ts';
import type { EventCodec } from './events/event-codec.ts';
import type { Matcher } from './matcher/matcher.ts';
import { createDecoder } from './pipeline/decoder.ts';
import { createRedaction } from './redaction/redactor.ts';
import { openRegistry } from './registry.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { BatchReport, Metrics } from './telemetry/metrics.ts';
import type { KafkaConnection } from './transport/kafka/client.ts';
import { KafkaSink, type KafkaSinkOptions } from './transport/kafka/kafka-sink.ts';
import { KafkaSource } from './transport/kafka/kafka-source.ts';
import { TransactionalSink } from './transport/kafka/transactional-sink.ts';
import { VERSION } from './version.ts';
import { createBatchHandler } from './worker.ts';

interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

/** Told what the metrics are told, at the same moments. */
export interface Observer {
  add(report: BatchReport): void;
  setLag?(progress: PartitionId & { readonly lag: number }): void;
  assign?(partitions: readonly PartitionId[]): void;
}

export interface EngineOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly connection: KafkaConnection;
  /** Asked once per batch, so that another matcher can take over between two batches. */
  readonly matcher: () => Matcher;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly observers: readonly Observer[];
  /** Where another process knows which members of the group have died. */
  readonly membership?: {
    /** Of a process that is dead: the group is told, so that it need not wait for its session timeout. */
    readonly previousMemberId: string | undefined;
    readonly onJoin: (memberId: string) => void;
  };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Engine {
  /** Gets what reading needs. @throws {TriageError} when the schema registry does not allow a start. */
  prepare(): Promise<void>;
  /** Resolves after `stop`; rejects with the reason when it cannot go on. All clients are closed then. Once, after `prepare`. */
  run(): Promise<void>;
  /**
   * Takes no further records, finishes and commits the batches in hand, leaves the group. Batches that take longer than
   * `drainTimeoutMs` are given up uncommitted: they are read again at the next start.
   * @throws {TriageError} kind `drainTimeout` in that case.
   */
  stop(): Promise<void>;
  /** In place of `run` and `stop`, when the start comes to nothing. */
  close(): Promise<void>;
}

/** At most one line about dead letters in so many milliseconds: a broken producer can make thousands a second. */
const DEAD_LETTER_LOG_INTERVAL_MS = 10_000;

/** @throws {TriageError} `usage` when files that the settings name cannot be used. */
export function createEngine(options: EngineOptions): Engine {
  const { config, logger, connection, matcher, metrics, health, observers, now } = options;
  const drain = new AbortController();
  const reading = new Waiting((reason) => {
    metrics.setSourceWaiting(reason !== undefined);
    health.setProblem('reading', reason);
  });
  const registry = openRegistry(config, {
    logger,
    signal: drain.signal,
    onState: (state, reason) => reading.set('registry', state === 'waiting' ? reason : undefined),
    now,
  });
  const deadLetters = new DeadLetterLog(logger);
  const waiting = new Waiting((reason) => {
    metrics.setSinkWaiting(reason !== undefined);
    health.setProblem('publishing', reason);
    if (reason === undefined) logger.info({ event: 'sink-ok' }, 'publishing works again');
    else logger.warn({ event: 'sink-waiting', reason }, 'publishing waits for Kafka; nothing is lost');
  });
  const sink = createSink(config, {
    connection,
    signal: drain.signal,
    onState: (state, reason) => waiting.set('sink', state === 'waiting' ? reason : undefined),
  });
  const source = new KafkaSource({
    connection,
    groupId: config.kafka.groupId,
    topic: config.topics.input,
    fromBeginning: config.kafka.fromBeginning,
    sessionTimeoutMs: config.kafka.sessionTimeoutMs,
    partitionsConsumedConcurrently: config.kafka.concurrentPartitions,
    maxBatchRecords: config.limits.batchRecords,
    stopTimeoutMs: config.drainTimeoutMs,
    ...(sink.atomic ? { offsets: sink } : {}),
    ...options.membership,
    onState: (state, reason) => reading.set('source', state === 'waiting' ? reason : undefined),
    onProgress: (progress) => {
      metrics.setLag(progress);
      for (const observer of observers) observer.setLag?.(progress);
    },
    onAssignment: (partitions) => {
      metrics.setAssignment(partitions, now());
      for (const observer of observers) observer.assign?.(partitions);
      if (partitions.length > 0) health.enter('running');
      logger.info(
        { event: 'assignment', partitions: partitions.map(({ partition }) => partition) },
        'partitions assigned',
      );
    },
  });
  let codec: EventCodec | undefined;
  const close = async () => {
    registry?.close();
    await sink.close();
  };
  const handler = () =>
    createBatchHandler({
      matcher,
      sink,
      pipeline: {
        ...config,
        mayInfer: config.inferred !== 'off',
        decode: createDecoder({
          format: config.format.input,
          matcher,
          maxBytes: config.limits.recordBytes,
          avro: registry?.input,
        }),
        ...(codec === undefined ? {} : { codec }),
        redaction: createRedaction(config.redaction),
        version: VERSION,
      },
      ...(registry === undefined ? {} : { prepare: (records, alive) => registry.input.prepare(records, alive) }),
      health,
      onRefused: (reason) => waiting.set('refused', reason),
      report: (report) => {
        metrics.countBatch(report);
        deadLetters.add(report);
        for (const observer of observers) observer.add(report);
      },
      now,
    });
  let done: Promise<void> | undefined;
  return {
    prepare: async () => {
      if (config.format.output === 'avro') codec = await registry?.outputCodec();
    },
    run: () => {
      done = source.run(handler()).finally(close);
      return done;
    },
    stop: async () => {
      health.enter('draining');
      const timer = setTimeout(() => drain.abort(), config.drainTimeoutMs);
      try {
        await source.stop();
        await done;
      } finally {
        clearTimeout(timer);
      }
      if (!drain.signal.aborted) return;
      const message = `batches were not finished within drainTimeoutMs (${config.drainTimeoutMs} ms); they are read again at the next start`;
      throw new TriageError('drainTimeout', message);
    },
    close,
  };
}

function createSink(config: Config, options: KafkaSinkOptions): KafkaSink | TransactionalSink {
  if (config.delivery === 'at-least-once') return new KafkaSink(options);
  const { output, deadLetter } = config.topics;
  return new TransactionalSink({
    ...options,
    groupId: config.kafka.groupId,
    outputTopics: [output, deadLetter],
  });
}

/** Publishing waits while the sink says so or records are refused for their size, reading for Kafka or for schemas; told once per change. */
class Waiting {
  private readonly reasons = new Map<string, string>();
  private readonly tell: (reason: string | undefined) => void;

  constructor(tell: (reason: string | undefined) => void) {
    this.tell = tell;
  }

  set(what: 'sink' | 'refused' | 'source' | 'registry', reason: string | undefined): void {
    const [before] = this.reasons.values();
    if (reason === undefined) this.reasons.delete(what);
    else this.reasons.set(what, reason);
    const [after] = this.reasons.values();
    if (after !== before) this.tell(after);
  }
}

/** Says now and then that records were set aside, with one of them to look at. */
class DeadLetterLog {
  private readonly logger: Logger;
  private lastMs = Number.NEGATIVE_INFINITY;
  private count = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  add({ outcomes, ackedAtMs }: BatchReport): void {
    let sample: { readonly letter: DeadLetter; readonly eventId: string } | undefined;
    for (const outcome of outcomes) {
      if (outcome.kind !== 'dead-lettered') continue;
      this.count++;
      sample ??= outcome;
    }
    if (sample === undefined || ackedAtMs - this.lastMs < DEAD_LETTER_LOG_INTERVAL_MS) return;
    const { letter, eventId: at } = sample;
    this.logger.warn(
      { event: 'dead-letters', count: this.count, at, reason: letter.reason, error: letter.error },
      'records were dead-lettered',
    );
    this.lastMs = ackedAtMs;
    this.count = 0;
  }
}
