/**
 * The one place that counts. Counters move once per batch, not per
 * record. Only this file imports prom-client.
 *
 * Series are bounded. With A apps, E entries that belong to one app and G that belong to all, C = `limits.connectors`, and D,
 * the most entries that mean a broken connection in one app, one catalog makes at most
 *
 *     E + (G + 2)(A + 2)      triage_errors_total; all of them are there at 0 from the start, since a counter that first
 *                             appears with a value loses it in `rate()`
 *     C + A + 2               triage_connector_errors_total: own series, then one "other" for each app
 *     (C + A + 2) D           triage_connector_disconnections_total
 *     2 P                     lag, of the P partitions assigned
 *     200                     all else, Node's own included
 *
 * which is 2,400 with the bundled catalog and the default of 500 connectors. A catalog taken into use later adds its new
 * error types; what was counted stays.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Catalog } from '../catalog/catalog.ts';
import { ALL_APPS, type Resolution } from '../catalog/schema.ts';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../events/dead-letter.ts';
import { OUTCOMES, type Outcome } from '../events/outcome.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { SourceBatch } from '../transport/port.ts';
import { BoundedConnectors } from './metric-connectors.ts';
import { INFERRED, NO_APP, OTHER_APP, OTHER_CONNECTORS, UNCLASSIFIED } from './metric-labels.ts';
import type { MetricSnapshot } from './metric-snapshot.ts';
import { METRICS, type MetricDefinition } from './metric-table.ts';

/** An entry with such an action means that the connection is broken until a person connects it again. */
const DISCONNECTED_ACTIONS: readonly Resolution['action'][] = ['reconnect', 'renew-credentials'];

/** Gauges that prom-client calls `..._total`, which is for counters; the same numbers are there without it. */
export const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** Values of the label `result`. */
export const RELOAD_RESULTS = ['swapped', 'unchanged', 'failed'] as const;

export type ReloadKind = (typeof RELOAD_RESULTS)[number];

export interface MetricsOptions {
  readonly catalog: Catalog;
  /** Connectors with a series of their own. */
  readonly maxConnectors: number;
  /** Whether inferred entries count as their own error type. */
  readonly countsInferred: boolean;
  /** Topics that are read and written: their series exist from the start. */
  readonly topics: { readonly input: string; readonly output: string; readonly deadLetter: string };
  readonly version: string;
}

export interface BatchReport {
  readonly batch: SourceBatch;
  /** At least one for each record of the batch, in their order. */
  readonly outcomes: readonly Outcome[];
  readonly publishedByTopic: ReadonlyMap<string, number>;
  readonly durationMs: number;
  /** When the batch was acknowledged, in milliseconds since 1970. */
  readonly ackedAtMs: number;
}

export interface CertificateEnd {
  readonly use: 'kafka' | 'registry' | 'http';
  readonly kind: 'ca' | 'client' | 'server';
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
}

/** Lag in records, 0 or more. */
interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly lag: number;
}

export class Metrics {
  readonly registry = new Registry();
  private readonly consumed = this.counter(METRICS.consumed);
  private readonly logRecords = this.counter(METRICS.logRecords);
  private readonly outcomes = this.counter(METRICS.outcomes);
  private readonly errors = this.counter(METRICS.errors);
  private readonly connectorErrors = this.counter(METRICS.connectorErrors);
  private readonly connectorDisconnections = this.counter(METRICS.connectorDisconnections);
  private readonly connectorFolds = this.counter(METRICS.connectorFolds);
  private readonly deadLetters = this.counter(METRICS.deadLetters);
  private readonly published = this.counter(METRICS.published);
  private readonly batchDuration = this.histogram(METRICS.batchDuration);
  private readonly eventDelay = this.histogram(METRICS.eventDelay);
  private readonly lagRecords = this.gauge(METRICS.lagRecords);
  private readonly lagSeconds = this.gauge(METRICS.lagSeconds);
  private readonly assignedPartitions = this.gauge(METRICS.assignedPartitions);
  private readonly lastProgress = this.gauge(METRICS.lastProgress);
  private readonly sourceWaiting = this.gauge(METRICS.sourceWaiting);
  private readonly sinkWaiting = this.gauge(METRICS.sinkWaiting);
  private readonly catalogInfo = this.gauge(METRICS.catalogInfo);
  private readonly catalogEntries = this.gauge(METRICS.catalogEntries);
  private readonly catalogReloads = this.counter(METRICS.catalogReloads);
  private readonly catalogReloadOk = this.gauge(METRICS.catalogReloadOk);
  private readonly certificateEnd = this.gauge(METRICS.certificateEnd);
  private apps: ReadonlySet<string> = new Set();
  private entryApps: ReadonlyMap<string, string> = new Map();
  /** Undefined before the first assignment, and where there is no group: then every partition counts. */
  private assigned: ReadonlySet<string> | undefined;
  private disconnecting: ReadonlySet<string> = new Set();
  private readonly connectors: BoundedConnectors;
  private readonly countsInferred: boolean;

  constructor({ catalog, maxConnectors, countsInferred, topics, version }: MetricsOptions) {
    this.connectors = new BoundedConnectors(maxConnectors);
    this.countsInferred = countsInferred;
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.gauge(METRICS.buildInfo).set({ version }, 1);
    this.gauge(METRICS.workers).set(1);
    this.counter(METRICS.workerRestarts).inc(0);
    for (const outcome of OUTCOMES) this.outcomes.inc({ outcome }, 0);
    for (const reason of Object.keys(DEAD_LETTER_REASONS) as DeadLetterReason[]) this.deadLetters.inc({ reason }, 0);
    for (const result of RELOAD_RESULTS) this.catalogReloads.inc({ result }, 0);
    this.connectorFolds.inc(0);
    for (const counter of [this.consumed, this.logRecords]) counter.inc({ topic: topics.input }, 0);
    for (const topic of [topics.output, topics.deadLetter]) this.published.inc({ topic }, 0);
    for (const gauge of [this.assignedPartitions, this.lastProgress, this.sourceWaiting, this.sinkWaiting])
      gauge.set(0);
    this.catalogReloadOk.set(1);
    this.setCatalog(catalog);
  }

  /** Another catalog answers from now on: its error types start at 0, those counted so far stay. */
  setCatalog(catalog: Catalog): void {
    this.apps = new Set(catalog.apps.map((app) => app.key));
    this.entryApps = new Map(catalog.entries.map((entry) => [entry.id, entry.app]));
    const broken = catalog.entries.filter(({ resolution }) => DISCONNECTED_ACTIONS.includes(resolution.action));
    this.disconnecting = new Set(broken.map(({ id }) => id));
    this.catalogInfo.reset();
    this.catalogInfo.set({ version: catalog.version, digest: catalog.digest }, 1);
    this.catalogEntries.set(catalog.entries.length);
    this.startAtZero(catalog);
  }

  countReload(result: ReloadKind): void {
    this.catalogReloads.inc({ result });
    this.catalogReloadOk.set(result === 'failed' ? 0 : 1);
  }

  /** Counts a batch whose records are all acknowledged. */
  countBatch({ batch, outcomes, publishedByTopic, durationMs, ackedAtMs }: BatchReport): void {
    this.consumed.inc({ topic: batch.topic }, batch.records.length);
    this.logRecords.inc({ topic: batch.topic }, outcomes.length);
    const kinds = new Tally();
    const errors = new Tally();
    const connectors = new Tally();
    const disconnections = new Tally();
    const reasons = new Tally();
    for (const outcome of outcomes) {
      kinds.add(outcome.kind);
      if (outcome.kind === 'dead-lettered') reasons.add(outcome.letter.reason);
      if (outcome.kind !== 'resolved' && outcome.kind !== 'unclassified') continue;
      const { event } = outcome;
      const app = this.appLabel(event);
      const errorType = this.errorTypeLabel(event);
      errors.add(`${app}\n${errorType}`);
      if (event.connector_id !== null) {
        const connector = this.connectors.labelOf(app, asLabel(event.connector_id));
        connectors.add(`${app}\n${connector}`);
        if (this.disconnecting.has(errorType)) disconnections.add(`${app}\n${connector}\n${errorType}`);
      }
      this.eventDelay.observe(Math.max(0, ackedAtMs - Date.parse(event.occurred_at)) / 1000);
    }
    for (const [outcome, count] of kinds.counts) this.outcomes.inc({ outcome }, count);
    for (const [reason, count] of reasons.counts) this.deadLetters.inc({ reason }, count);
    for (const [key, count] of errors.counts) {
      const [app, error_type] = key.split('\n') as [string, string];
      this.errors.inc({ app, error_type }, count);
    }
    for (const [key, count] of connectors.counts) {
      const [app, connector] = key.split('\n') as [string, string];
      this.connectorErrors.inc({ app, connector }, count);
      if (connector === OTHER_CONNECTORS) this.connectorFolds.inc(count);
    }
    for (const [key, count] of disconnections.counts) {
      const [app, connector, error_type] = key.split('\n') as [string, string, string];
      this.connectorDisconnections.inc({ app, connector, error_type }, count);
    }
    for (const [topic, count] of publishedByTopic) this.published.inc({ topic }, count);
    this.batchDuration.observe(durationMs / 1000);
    // By `nextOffset`: the markers of a transaction after the last record are no work that is left.
    this.setLag({ ...batch, lag: Math.max(0, batch.endOffset - batch.nextOffset) }, ageOfLast(batch, ackedAtMs));
    this.lastProgress.set(ackedAtMs / 1000);
  }

  /**
   * So many records of the partition are not acknowledged yet: also told when a batch begins, in case it never ends.
   * What a batch says of a partition that went to another instance meanwhile is left out: nobody would take it back.
   */
  setLag({ topic, partition, lag }: PartitionLag, ageSeconds?: number): void {
    if (this.assigned?.has(`${topic}\n${partition}`) === false) return;
    const labels = { topic, partition: String(partition) };
    this.lagRecords.set(labels, lag);
    if (lag === 0) this.lagSeconds.set(labels, 0);
    else if (ageSeconds !== undefined) this.lagSeconds.set(labels, ageSeconds);
  }

  /** This instance reads these partitions now; the lag of those that another one may have is forgotten. */
  setAssignment(partitions: readonly { topic: string; partition: number }[], nowMs: number): void {
    this.assigned = new Set(partitions.map(({ topic, partition }) => `${topic}\n${partition}`));
    this.assignedPartitions.set(partitions.length);
    this.lastProgress.set(nowMs / 1000);
    this.lagRecords.reset();
    this.lagSeconds.reset();
  }

  setSourceWaiting(isWaiting: boolean): void {
    this.sourceWaiting.set(isWaiting ? 1 : 0);
  }

  setSinkWaiting(isWaiting: boolean): void {
    this.sinkWaiting.set(isWaiting ? 1 : 0);
  }

  setCertificateEnd({ use, kind, endsAtMs }: CertificateEnd): void {
    this.certificateEnd.set({ use, kind }, endsAtMs / 1000);
  }

  /** All metrics as plain values, for another process. */
  async snapshot(): Promise<readonly MetricSnapshot[]> {
    return (await this.registry.getMetricsAsJSON()) as unknown as MetricSnapshot[];
  }

  /** The exposition text of all metrics. */
  async exposition(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  /** The entry's app where an app's own entry was given, else the record's app as far as the catalog knows it. */
  private appLabel(event: ResolutionEvent): string {
    const entryApp = event.error_type === null ? undefined : this.entryApps.get(event.error_type);
    if (entryApp !== undefined && entryApp !== ALL_APPS) return entryApp;
    if (event.app === null) return NO_APP;
    return this.apps.has(event.app) ? event.app : OTHER_APP;
  }

  private errorTypeLabel({ error_type: type, confidence }: ResolutionEvent): string {
    if (type === null) return UNCLASSIFIED;
    return confidence === 'inferred' && !this.countsInferred ? INFERRED : type;
  }

  private startAtZero(catalog: Catalog): void {
    const recordApps = [...this.apps, OTHER_APP, NO_APP];
    for (const entry of catalog.entries) {
      for (const app of entry.app === ALL_APPS ? recordApps : [entry.app])
        this.errors.inc({ app, error_type: entry.id }, 0);
    }
    for (const type of [UNCLASSIFIED, INFERRED]) {
      for (const app of recordApps) this.errors.inc({ app, error_type: type }, 0);
    }
  }

  private counter({ name, help, labels }: MetricDefinition): Counter {
    return new Counter({ name, help, labelNames: labels, registers: [this.registry] });
  }

  private gauge({ name, help, labels }: MetricDefinition): Gauge {
    return new Gauge({ name, help, labelNames: labels, registers: [this.registry] });
  }

  private histogram({ name, help, labels, buckets }: MetricDefinition): Histogram {
    return new Histogram({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      ...(buckets && { buckets: [...buckets] }),
    });
  }
}

/** Label values are valid UTF-8 without control characters: different ids must not become equal series by chance. */
function asLabel(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f]/g, '\ufffd');
}

/** Seconds since the batch's last record was written; 0 where the source has no times. */
function ageOfLast({ records }: SourceBatch, nowMs: number): number {
  const { timestampMs } = records.at(-1)!;
  return timestampMs < 0 ? 0 : Math.max(0, nowMs - timestampMs) / 1000;
}

/** Counts by label values, joined by line breaks: `asLabel` leaves none in them. */
class Tally {
  readonly counts = new Map<string, number>();
  add(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}
