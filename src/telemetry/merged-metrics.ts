/**
 * The metrics of a parent and its workers as those of one instance. Counters never go back: what a worker had counted stays
 * when it has ended. Connectors are bounded here again, since each worker has its own first ones.
 */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { BoundedConnectors } from './metric-connectors.ts';
import { OTHER_CONNECTORS } from './metric-labels.ts';
import { countersOf, type MetricSnapshot, type MetricValue, mergeSnapshots } from './metric-snapshot.ts';
import { METRICS } from './metric-table.ts';
import { type CertificateEnd, MISNAMED, RELOAD_RESULTS, type ReloadKind } from './metrics.ts';

export class MergedMetrics {
  private readonly registry = new Registry();
  private readonly restarts = new Counter({ ...nameOf(METRICS.workerRestarts), registers: [this.registry] });
  private readonly running = new Gauge({ ...nameOf(METRICS.workers), registers: [this.registry] });
  private readonly reloads = new Counter({
    ...nameOf(METRICS.catalogReloads),
    labelNames: METRICS.catalogReloads.labels,
    registers: [this.registry],
  });
  private readonly reloadOk = new Gauge({ ...nameOf(METRICS.catalogReloadOk), registers: [this.registry] });
  private readonly certificateEnd = new Gauge({
    ...nameOf(METRICS.certificateEnd),
    labelNames: METRICS.certificateEnd.labels,
    registers: [this.registry],
  });
  private readonly byWorker = new Map<number, readonly MetricSnapshot[]>();
  /** What workers that have ended had counted, bounded as what is shown: each new worker has other first connectors. */
  private ended: MetricSnapshot[] = [];
  private readonly connectors: BoundedConnectors;

  /** `maxConnectors`: connectors with a series of their own. */
  constructor(maxConnectors: number) {
    this.connectors = new BoundedConnectors(maxConnectors);
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.restarts.inc(0);
    this.running.set(0);
    for (const result of RELOAD_RESULTS) this.reloads.inc({ result }, 0);
    this.reloadOk.set(1);
  }

  /** The metrics of a worker now, in place of those before. */
  set(worker: number, snapshot: readonly MetricSnapshot[]): void {
    this.byWorker.set(worker, snapshot);
  }

  /** The worker has ended: what it counted stays, what it measured goes. */
  end(worker: number): void {
    const last = this.byWorker.get(worker);
    if (last === undefined) return;
    this.byWorker.delete(worker);
    this.ended = this.boundConnectors(mergeSnapshots([this.ended, countersOf(last)]));
  }

  countRestart(): void {
    this.restarts.inc();
  }

  countReload(result: ReloadKind): void {
    this.reloads.inc({ result });
    this.reloadOk.set(result === 'failed' ? 0 : 1);
  }

  setCertificateEnd({ use, kind, endsAtMs }: CertificateEnd): void {
    this.certificateEnd.set({ use, kind }, endsAtMs / 1000);
  }

  /** The exposition text of all metrics. */
  async exposition(): Promise<{ contentType: string; body: string }> {
    const own = (await this.registry.getMetricsAsJSON()) as unknown as MetricSnapshot[];
    const merged = mergeSnapshots([own, this.ended, ...this.byWorker.values()]);
    const text = new Registry();
    for (const metric of this.boundConnectors(merged)) {
      text.registerMetric({ ...metric, get: () => Promise.resolve(metric) } as unknown as Metric);
    }
    return { contentType: text.contentType, body: await text.metrics() };
  }

  private boundConnectors(metrics: readonly MetricSnapshot[]): MetricSnapshot[] {
    const bounded = metrics.map((metric) => {
      if (metric.values[0]?.labels.connector === undefined) return metric;
      const values = metric.values.map((value) => ({ ...value, labels: this.bound(value.labels) }));
      const [folded] = mergeSnapshots([[{ ...metric, values }]]);
      return folded!;
    });
    const errors = bounded.find(({ name }) => name === METRICS.connectorErrors.name);
    if (errors === undefined) return bounded;
    const folds = errors.values
      .filter(({ labels }) => labels.connector === OTHER_CONNECTORS)
      .reduce((sum, { value }) => sum + value, 0);
    return bounded.map((metric) =>
      metric.name === METRICS.connectorFolds.name ? { ...metric, values: [{ labels: {}, value: folds }] } : metric,
    );
  }

  private bound(labels: MetricValue['labels']): MetricValue['labels'] {
    const { app, connector } = labels;
    if (connector === OTHER_CONNECTORS) return labels;
    return { ...labels, connector: this.connectors.labelOf(String(app), String(connector)) };
  }
}

function nameOf({ name, help }: { readonly name: string; readonly help: string }): { name: string; help: string } {
  return { name, help };
}
