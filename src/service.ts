/** Composition root of `triage run` in one process: constructs the service's parts and joins them. */

import { CertificateWatch } from './certificates.ts';
import type { Config } from './config.ts';
import { checkKafka, kafkaConnection } from './connection.ts';
import { Dashboard } from './dashboard/dashboard.ts';
import { createEngine } from './engine.ts';
import { messageOf } from './errors.ts';
import { serveHttp } from './http/server.ts';
import { httpOptions } from './http-options.ts';
import { openLiveMatcher, watchCatalog } from './live-catalog.ts';
import { createRedaction } from './redaction/redactor.ts';
import { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import { type BatchReport, Metrics } from './telemetry/metrics.ts';
import { telemetryRoutes } from './telemetry/routes.ts';
import { openTraces } from './tracing/batch-traces.ts';
import type { KafkaConnection } from './transport/kafka/client.ts';
import { VERSION } from './version.ts';

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
  /** Waited for when everything else allows a start; the start fails when it rejects. */
  readonly beforeReading?: (connection: KafkaConnection) => Promise<void>;
}

/** @throws {TriageError} when the catalog, the address or Kafka does not allow a start; what `beforeReading` rejects with. */
export async function startService({ config, logger, onBatch, beforeReading }: ServiceOptions): Promise<Service> {
  const live = openLiveMatcher(config.catalog.folder, logger, (result) => {
    metrics.countReload(result.kind);
    if (result.kind === 'swapped') metrics.setCatalog(result.matcher.catalog);
  });
  const { catalog } = live.current;
  const metrics = new Metrics({
    catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: config.inferred === 'metrics',
    topics: config.topics,
    version: VERSION,
  });
  const health = new Health(Date.now);
  const dashboard = config.dashboard.enabled
    ? new Dashboard({
        matcher: () => live.current,
        redactor: createRedaction(config.redaction).redactor,
        status: () => health.status(),
        version: VERSION,
        now: Date.now,
      })
    : undefined;
  const traces = openTraces(config, logger);
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
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
  const serving = httpOptions(config.http, logger);
  const certificates = new CertificateWatch({
    config,
    kafka: connection.tls,
    http: serving.tls,
    metrics,
    logger,
    now: Date.now,
  });
  await checkKafka(connection, config);
  const routes = [...telemetryRoutes(metrics, health), ...(dashboard?.routes ?? [])];
  const http = await serveHttp({ ...serving, routes, now: Date.now, logger });
  certificates.start();
  const release = async () => {
    certificates.close();
    live.close();
    await traces?.close();
    await http.close();
  };
  try {
    await engine.prepare();
    await beforeReading?.(connection);
  } catch (error) {
    await engine.close();
    await release();
    throw error;
  }
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
  watchCatalog(live, config.catalog, logger);
  const done = engine.run().finally(release);
  done.catch((error: unknown) => logger.error({ event: 'failed', error: messageOf(error) }, 'stopped by an error'));
  return {
    url: http.url,
    done,
    reloadCatalog: () => live.reload(),
    stop: async () => {
      logger.info({ event: 'draining' }, 'finishing the batches in hand');
      await engine.stop();
      await done;
      logger.info({ event: 'stopped' }, 'stopped');
    },
  };
}
