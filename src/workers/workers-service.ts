/**
 * Composition root of `triage run --workers N`: this process serves HTTP, watches the catalog and keeps N worker processes
 * running, each a member of the consumer group. It reads no records itself.
 */
import { availableParallelism } from 'node:os';
import { CertificateWatch } from '../certificates.ts';
import { checkKafka, kafkaConnection } from '../connection.ts';
import { Dashboard } from '../dashboard/dashboard.ts';
import type { PartitionId } from '../dashboard/partitions.ts';
import { messageOf } from '../errors.ts';
import { serveHttp } from '../http/server.ts';
import { httpOptions } from '../http-options.ts';
import { openLiveMatcher, watchCatalog } from '../live-catalog.ts';
import { createRedaction } from '../redaction/redactor.ts';
import type { Service, ServiceOptions } from '../service.ts';
import { MergedMetrics } from '../telemetry/merged-metrics.ts';
import { telemetryRoutes } from '../telemetry/routes.ts';
import { VERSION } from '../version.ts';
import type { WorkerReport } from './protocol.ts';
import { requireChildProcesses, startWorkerProcess } from './worker-process.ts';
import { Workers } from './workers.ts';
import { WorkersHealth } from './workers-health.ts';

/** After `drainTimeoutMs`, a worker gets so long to end; shorter than what this process itself gets. */
const STOP_GRACE_MS = 2_500;

/** @throws {TriageError} when the catalog, the address or Kafka does not allow a start; what `beforeReading` rejects with. */
export async function startWorkers(options: Omit<ServiceOptions, 'onBatch'>): Promise<Service> {
  const { config, logger, beforeReading } = options;
  requireChildProcesses();
  const metrics = new MergedMetrics(config.limits.connectors);
  const health = new WorkersHealth(Date.now);
  const live = openLiveMatcher(config.catalog.folder, logger, (result) => {
    metrics.countReload(result.kind);
    if (result.kind === 'swapped') workers?.take(result.matcher.catalog);
  });
  let workers: Workers | undefined;
  const dashboard = config.dashboard.enabled
    ? new Dashboard({
        matcher: () => live.current,
        redactor: createRedaction(config.redaction).redactor,
        status: () => health.status(),
        version: VERSION,
        now: Date.now,
      })
    : undefined;
  const serving = httpOptions(config.http, logger);
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
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
    await http.close();
  };
  try {
    await beforeReading?.(connection);
  } catch (error) {
    await release();
    throw error;
  }
  const { version, digest, entries } = live.current.catalog;
  logger.info(
    {
      event: 'started',
      version: VERSION,
      catalog: { version, digest, entries: entries.length },
      delivery: config.delivery,
      workers: config.workers,
      http: http.url,
    },
    'started',
  );
  const cores = availableParallelism();
  if (config.workers > cores) {
    logger.warn({ event: 'more-workers-than-cores', workers: config.workers, cores }, 'more workers than cores');
  }
  const page = new PageFeed(dashboard);
  const running = new Workers({
    count: config.workers,
    start: startWorkerProcess,
    firstMessage: (worker, previousMemberId) => ({
      kind: 'start',
      worker,
      config,
      catalog: live.current.catalog,
      previousMemberId,
    }),
    onReport: (worker, report) => {
      metrics.set(worker, report.metrics);
      health.set(worker, report.health);
      page.add(worker, report);
    },
    onEnd: (worker) => {
      metrics.end(worker);
      health.end(worker);
      page.end(worker);
    },
    onRestart: () => metrics.countRestart(),
    stopTimeoutMs: config.drainTimeoutMs + STOP_GRACE_MS,
    now: Date.now,
    logger,
  });
  workers = running;
  watchCatalog(live, config.catalog, logger);
  const done = running.done.finally(release);
  done.catch((error: unknown) => logger.error({ event: 'failed', error: messageOf(error) }, 'stopped by an error'));
  return {
    url: http.url,
    done,
    reloadCatalog: () => live.reload(),
    stop: async () => {
      health.drain();
      logger.info({ event: 'draining' }, 'finishing the batches in hand');
      await running.stop();
      await done;
      logger.info({ event: 'stopped' }, 'stopped');
    },
  };
}

/** Feeds the live page, which knows of partitions only that this instance reads them. */
class PageFeed {
  private readonly dashboard: Dashboard | undefined;
  private readonly assigned = new Map<number, readonly PartitionId[]>();

  constructor(dashboard: Dashboard | undefined) {
    this.dashboard = dashboard;
  }

  add(worker: number, { assigned, observations, lags }: WorkerReport): void {
    if (assigned !== undefined) this.assign(worker, assigned);
    for (const each of observations) this.dashboard?.observe(each);
    for (const lag of lags) this.dashboard?.setLag(lag);
  }

  end(worker: number): void {
    if (this.assigned.has(worker)) this.assign(worker, []);
  }

  private assign(worker: number, partitions: readonly PartitionId[]): void {
    this.assigned.set(worker, partitions);
    this.dashboard?.assign([...this.assigned.values()].flat());
  }
}
