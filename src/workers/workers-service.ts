/**
 * Composition root of `triage run --workers N`: this process serves HTTP, watches the catalog and keeps N worker processes
 * running, each a member of the consumer group. It reads no records itself.
 */
import { availableParallelism } from 'node:os';
import type { Dashboard } from '../dashboard/dashboard.ts';
import type { PartitionId } from '../dashboard/partitions.ts';
import { createInstance, type Service } from '../instance.ts';
import { openLiveMatcher } from '../live-catalog.ts';
import type { ServiceOptions } from '../service.ts';
import { MergedMetrics } from '../telemetry/merged-metrics.ts';
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
  const { connection, dashboard, open } = createInstance({ config, logger, live, metrics, health });
  const page = new PageFeed(dashboard);
  const start = () =>
    new Workers({
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
  const { run, close } = await open();
  try {
    await beforeReading?.(connection);
  } catch (error) {
    await close();
    throw error;
  }
  const cores = availableParallelism();
  if (config.workers > cores) {
    logger.warn({ event: 'more-workers-than-cores', workers: config.workers, cores }, 'more workers than cores');
  }
  return run(
    {
      run: async () => {
        workers = start();
        await workers.done;
      },
      stop: async () => {
        health.drain();
        await workers?.stop();
      },
    },
    { workers: config.workers },
  );
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
