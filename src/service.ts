/** Composition root of `triage run` in one process: constructs the service's parts and joins them. */
import type { Config } from './config.ts';
import { createEngine } from './engine.ts';
import { createInstance, type Service } from './instance.ts';
import { openLiveMatcher } from './live-catalog.ts';
import { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { type BatchReport, Metrics } from './telemetry/metrics.ts';
import { openTraces } from './tracing/batch-traces.ts';
import type { KafkaConnection } from './transport/kafka/client.ts';
import { VERSION } from './version.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Told of every finished batch, beside the metrics. */
  readonly onBatch?: (report: BatchReport) => void;
  /** Waited for when everything else allows a start; the start fails when it rejects. */
  readonly beforeReading?: (connection: KafkaConnection) => Promise<void>;
}

/** @throws {TriageError} when the catalog, the address or Kafka does not allow a start; what `beforeReading` rejects with. */
export async function startService({ config, logger, onBatch, beforeReading }: ServiceOptions): Promise<Service> {
  const live = openLiveMatcher(config.catalog.folder, logger, (result) => {
    metrics.countReload(result.kind);
    if (result.kind === 'swapped') metrics.setCatalog(result.matcher.catalog);
  });
  const metrics = new Metrics({
    catalog: live.current.catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: config.inferred === 'metrics',
    topics: config.topics,
    version: VERSION,
  });
  const health = new Health(Date.now);
  const instance = createInstance({ config, logger, live, metrics, health });
  const { connection, dashboard } = instance;
  const traces = openTraces(config, logger);
  const engine = createEngine({
    config,
    logger,
    connection,
    matcher: () => live.current,
    metrics,
    health,
    observers: [dashboard, traces, onBatch && { add: onBatch }].filter((each) => each !== undefined),
    now: Date.now,
  });
  const { run, close } = await instance.open();
  try {
    await engine.prepare();
    await beforeReading?.(connection);
  } catch (error) {
    await engine.close();
    await traces?.close();
    await close();
    throw error;
  }
  return run({
    run: () => engine.run().finally(() => traces?.close()),
    stop: () => engine.stop(),
  });
}
