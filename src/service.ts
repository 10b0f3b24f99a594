/** Composition root of `triage run`: the only place that constructs the service's parts and joins them. */

import type { Config } from './config.ts';
import { kafkaConnection, rightsNeeded } from './connection.ts';
import { messageOf, TriageError } from './errors.ts';
import type { DeadLetter } from './events/dead-letter.ts';
import { LiveMatcher, type ReloadResult } from './live-matcher.ts';
import { createRedaction } from './redaction/redactor.ts';
import { Health } from './telemetry/health.ts';
import { serveHttp } from './telemetry/http.ts';
import type { Logger } from './telemetry/logger.ts';
import { type BatchReport, Metrics } from './telemetry/metrics.ts';
import { checkTopics } from './transport/kafka/admin.ts';
import { KafkaSink, type KafkaSinkOptions } from './transport/kafka/kafka-sink.ts';
import { KafkaSource } from './transport/kafka/kafka-source.ts';
import { checkRights } from './transport/kafka/rights.ts';
import { TransactionalSink } from './transport/kafka/transactional-sink.ts';
import { VERSION } from './version.ts';
import { createBatchHandler } from './worker.ts';

export interface Service {
  /** Where /metrics, /livez and /readyz are. */
  readonly url: string;
  /** Settles when the service ends: resolves after `stop`, rejects with the reason when it cannot go on. */
  readonly done: Promise<void>;
  /** Takes a changed catalog into use, or says why not. */
  reloadCatalog(): void;
  /**
   * Takes no further records, finishes and commits the batches in hand, leaves the group, closes everything. Batches that
   * take longer than `drainTimeoutMs` are given up uncommitted: they are read again at the next start.
   * @throws {TriageError} kind `drainTimeout` in that case.
   */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Told of every finished batch, beside the metrics. */
  readonly onBatch?: (report: BatchReport) => void;
}

/** At most one line about dead letters in so many milliseconds: a broken producer can make thousands a second. */
const DEAD_LETTER_LOG_INTERVAL_MS = 10_000;

/** @throws {TriageError} when the catalog, the address or Kafka does not allow a start. */
export async function startService({ config, logger, onBatch }: ServiceOptions): Promise<Service> {
  const live = new LiveMatcher({ folder: config.catalog.folder, onReload: (result) => onReload(result) });
  const { catalog } = live.current;
  const metrics = new Metrics({
    catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: config.inferred === 'metrics',
    topics: config.topics,
    version: VERSION,
  });
  const onReload = (result: ReloadResult) => {
    metrics.countReload(result.kind);
    if (result.kind === 'swapped') metrics.setCatalog(result.matcher.catalog);
    logReload(logger, result);
  };
  const health = new Health(Date.now);
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
  await checkRights(connection, rightsNeeded(config));
  await checkTopics(connection, Object.values(config.topics));
  const http = await serveHttp({ ...config.http, metrics, health });
  const drain = new AbortController();
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
    ...(sink.atomic ? { offsets: sink } : {}),
    onState: (state, reason) => {
      metrics.setSourceWaiting(state === 'waiting');
      health.setProblem('reading', state === 'waiting' ? reason : undefined);
    },
    onProgress: (progress) => metrics.setLag(progress),
    onAssignment: (partitions) => {
      metrics.setAssignment(partitions, Date.now());
      if (partitions.length > 0) health.enter('running');
      logger.info(
        { event: 'assignment', partitions: partitions.map(({ partition }) => partition) },
        'partitions assigned',
      );
    },
  });
  const handle = createBatchHandler({
    matcher: () => live.current,
    sink,
    pipeline: {
      ...config,
      mayInfer: config.inferred !== 'off',
      redaction: createRedaction(config.redaction),
      version: VERSION,
    },
    health,
    onRefused: (reason) => waiting.set('refused', reason),
    report: (report) => {
      metrics.countBatch(report);
      deadLetters.add(report);
      onBatch?.(report);
    },
    now: Date.now,
  });
  const { version, digest, entries } = catalog;
  logger.info(
    {
      event: 'started',
      version: VERSION,
      catalog: { version, digest, entries: entries.length },
      delivery: config.delivery,
      http: http.url,
    },
    'started',
  );
  if (config.catalog.watch) {
    live.watch((error) => {
      const fields = { event: 'catalog-not-watched', error: messageOf(error) };
      logger.warn(fields, 'the catalog folder cannot be watched; send SIGHUP after a change');
    });
  }
  const running = source.run(handle);
  const release = async () => {
    live.close();
    await sink.close();
    await http.close();
  };
  const done = running.finally(release);
  done.catch((error: unknown) => logger.error({ event: 'failed', error: messageOf(error) }, 'stopped by an error'));
  return {
    url: http.url,
    done,
    reloadCatalog: () => live.reload(),
    stop: async () => {
      health.enter('draining');
      logger.info({ event: 'draining' }, 'finishing the batches in hand');
      const timer = setTimeout(() => drain.abort(), config.drainTimeoutMs);
      try {
        await source.stop();
        await done;
      } finally {
        clearTimeout(timer);
      }
      if (drain.signal.aborted) {
        const message = `batches were not finished within drainTimeoutMs (${config.drainTimeoutMs} ms); they are read again at the next start`;
        throw new TriageError('drainTimeout', message);
      }
      logger.info({ event: 'stopped' }, 'stopped');
    },
  };
}

function createSink(config: Config, options: KafkaSinkOptions): KafkaSink | TransactionalSink {
  if (config.delivery === 'at-least-once') return new KafkaSink(options);
  return new TransactionalSink({ ...options, groupId: config.kafka.groupId });
}

function logReload(logger: Logger, result: ReloadResult): void {
  switch (result.kind) {
    case 'swapped': {
      const { version, digest, entries } = result.matcher.catalog;
      logger.info(
        { event: 'catalog-reloaded', version, digest, entries: entries.length },
        'the changed catalog is in use',
      );
      return;
    }
    case 'unchanged':
      logger.debug({ event: 'catalog-unchanged' }, 'the catalog says the same as before');
      return;
    case 'failed':
      logger.error(
        { event: 'catalog-reload-failed', reason: result.reason },
        'the changed catalog was refused; the old one stays in use',
      );
  }
}

/** Publishing waits while the sink says so or records are refused for their size; told once per change. */
class Waiting {
  private readonly reasons = new Map<'sink' | 'refused', string>();
  private readonly tell: (reason: string | undefined) => void;

  constructor(tell: (reason: string | undefined) => void) {
    this.tell = tell;
  }

  set(what: 'sink' | 'refused', reason: string | undefined): void {
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

  add({ batch, outcomes, ackedAtMs }: BatchReport): void {
    let sample: { letter: DeadLetter; offset: number } | undefined;
    outcomes.forEach((outcome, i) => {
      if (outcome.kind !== 'dead-lettered') return;
      this.count++;
      sample ??= { letter: outcome.letter, offset: batch.records[i]!.offset };
    });
    if (sample === undefined || ackedAtMs - this.lastMs < DEAD_LETTER_LOG_INTERVAL_MS) return;
    const { letter, offset } = sample;
    const at = `${batch.topic}:${batch.partition}:${offset}`;
    this.logger.warn(
      { event: 'dead-letters', count: this.count, at, reason: letter.reason, error: letter.error },
      'records were dead-lettered',
    );
    this.lastMs = ackedAtMs;
    this.count = 0;
  }
}
