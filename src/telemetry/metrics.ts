/**
 * The one place that counts. Counters move once per batch, not per
 * record. Only this file imports prom-client.
 *
 * Series are bounded: (entries x their apps) + (all-apps entries, "unclassified", "inferred") x (apps + 2), the connectors up to
 * `limits.connectors` + 1, and a few per partition. All error series exist at 0 from the start, since a counter that
 * first appears with a value loses it in `rate()`.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Catalog } from '../catalog/catalog.ts';
import { ALL_APPS } from '../catalog/schema.ts';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../events/dead-letter.ts';
import { OUTCOMES, type Outcome } from '../events/outcome.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { SourceBatch } from '../transport/port.ts';
import { METRICS, type MetricDefinition } from './metric-table.ts';

/** Value of the label `app` for products that the catalog has no entries for, and for records that name none. */
export const OTHER_APP = 'other';
export const NO_APP = 'none';
/** Value of the label `error_type` for errors that no entry fits. */
export const UNCLASSIFIED = 'unclassified';
/** Value of the label `error_type` for entries that are only inferred, unless those are counted as their own type. */
export const INFERRED = 'inferred';
/** Value of the label `connector` for those past the limit. */
export const OTHER_CONNECTORS = 'other';

/** Values of the label `result`. */
const RELOAD_RESULTS = ['swapped', 'unchanged', 'failed'] as const;

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
  readonly outcomes: readonly Outcome[];
  readonly publishedByTopic: ReadonlyMap<string, number>;
  readonly durationMs: number;
  /** When the batch was acknowledged, in milliseconds since 1970. */
  readonly ackedAtMs: number;
}

export class Metrics {
  readonly registry = new Registry();
  private readonly consumed = this.counter(METRICS.consumed);
  private readonly outcomes = this.counter(METRICS.outcomes);
  private readonly errors = this.counter(METRICS.errors);
  private readonly connectorErrors = this.counter(METRICS.connectorErrors);
  private readonly connectorFolds = this.counter(METRICS.connectorFolds);
  private readonly deadLetters = this.counter(METRICS.deadLetters);
  private readonly published = this.counter(METRICS.published);
  private readonly batchDuration = this.histogram(METRICS.batchDuration);
  private readonly eventDelay = this.histogram(METRICS.eventDelay);
  private readonly lagRecords = this.gauge(METRICS.lagRecords);
  private readonly lagSeconds = this.gauge(METRICS.lagSeconds);
  private readonly waiting = this.gauge(METRICS.sinkWaiting);
  private readonly catalogInfo = this.gauge(METRICS.catalogInfo);
  private readonly catalogEntries = this.gauge(METRICS.catalogEntries);
  private readonly catalogReloads = this.counter(METRICS.catalogReloads);
  private apps: ReadonlySet<string> = new Set();
  private entryApps: ReadonlyMap<string, string> = new Map();
  private readonly connectors = new Set<string>();
  private readonly maxConnectors: number;
  private readonly countsInferred: boolean;

  constructor({ catalog, maxConnectors, countsInferred, topics, version }: MetricsOptions) {
    this.maxConnectors = maxConnectors;
    this.countsInferred = countsInferred;
    collectDefaultMetrics({ register: this.registry });
    this.gauge(METRICS.buildInfo).set({ version }, 1);
    for (const outcome of OUTCOMES) this.outcomes.inc({ outcome }, 0);
    for (const reason of Object.keys(DEAD_LETTER_REASONS) as DeadLetterReason[]) this.deadLetters.inc({ reason }, 0);
    for (const result of RELOAD_RESULTS) this.catalogReloads.inc({ result }, 0);
    this.connectorFolds.inc(0);
    this.consumed.inc({ topic: topics.input }, 0);
    for (const topic of [topics.output, topics.deadLetter]) this.published.inc({ topic }, 0);
    this.waiting.set(0);
    this.setCatalog(catalog);
  }

  /** Another catalog answers from now on: its error types start at 0, those counted so far stay. */
  setCatalog(catalog: Catalog): void {
    this.apps = new Set(catalog.apps.map((app) => app.key));
    this.entryApps = new Map(catalog.entries.map((entry) => [entry.id, entry.app]));
    this.catalogInfo.reset();
    this.catalogInfo.set({ version: catalog.version, digest: catalog.digest }, 1);
    this.catalogEntries.set(catalog.entries.length);
    this.startAtZero(catalog);
  }

  countReload(result: (typeof RELOAD_RESULTS)[number]): void {
    this.catalogReloads.inc({ result });
  }

  /** Counts a batch whose records are all acknowledged. */
  countBatch({ batch, outcomes, publishedByTopic, durationMs, ackedAtMs }: BatchReport): void {
    this.consumed.inc({ topic: batch.topic }, batch.records.length);
    const kinds = new Tally();
    const errors = new Tally();
    const connectors = new Tally();
    const reasons = new Tally();
    for (const outcome of outcomes) {
      kinds.add(outcome.kind);
      if (outcome.kind === 'dead-lettered') reasons.add(outcome.letter.reason);
      if (outcome.kind !== 'resolved' && outcome.kind !== 'unclassified') continue;
      const { event } = outcome;
      const app = this.appLabel(event);
      errors.add(`${app}\n${this.errorTypeLabel(event)}`);
      if (event.connector_id !== null) connectors.add(`${app}\n${asLabel(event.connector_id)}`);
      this.eventDelay.observe(Math.max(0, ackedAtMs - Date.parse(event.occurred_at)) / 1000);
    }
    for (const [outcome, count] of kinds.counts) this.outcomes.inc({ outcome }, count);
    for (const [reason, count] of reasons.counts) this.deadLetters.inc({ reason }, count);
    for (const [key, count] of errors.counts) {
      const [app, errorType] = split(key);
      this.errors.inc({ app, error_type: errorType }, count);
    }
    for (const [key, count] of connectors.counts) this.countConnector(key, count);
    for (const [topic, count] of publishedByTopic) this.published.inc({ topic }, count);
    this.batchDuration.observe(durationMs / 1000);
    this.setLag(batch, ackedAtMs);
  }

  /** Forgets the lag of partitions that another instance has now. */
  resetLag(): void {
    this.lagRecords.reset();
    this.lagSeconds.reset();
  }

  setSinkWaiting(isWaiting: boolean): void {
    this.waiting.set(isWaiting ? 1 : 0);
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

  private countConnector(key: string, count: number): void {
    const [app, connector] = split(key);
    if (this.connectors.has(key) || this.connectors.size < this.maxConnectors) {
      this.connectors.add(key);
      this.connectorErrors.inc({ app, connector }, count);
    } else {
      this.connectorErrors.inc({ app, connector: OTHER_CONNECTORS }, count);
      this.connectorFolds.inc(count);
    }
  }

  private setLag({ topic, partition, records, endOffset }: SourceBatch, nowMs: number): void {
    const last = records.at(-1)!;
    const lag = Math.max(0, endOffset - last.offset - 1);
    const labels = { topic, partition: String(partition) };
    this.lagRecords.set(labels, lag);
    this.lagSeconds.set(labels, lag === 0 || last.timestampMs < 0 ? 0 : Math.max(0, nowMs - last.timestampMs) / 1000);
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

class Tally {
  readonly counts = new Map<string, number>();
  add(key: string): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

/** Keys are joined by the first line break; ids may hold further ones. */
function split(key: string): [string, string] {
  const at = key.indexOf('\n');
  return [key.slice(0, at), key.slice(at + 1)];
}
