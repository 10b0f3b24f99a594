/** The metrics of one process at one moment as plain values, and how those of several become one. */
import { METRICS, type MetricDefinition } from './metric-table.ts';

/** As `Registry.getMetricsAsJSON` of prom-client gives it. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How Node's own metrics are brought together. */
  readonly aggregator?: string;
  readonly values: readonly MetricValue[];
}

export interface MetricValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it differs from the metric's, as in the parts of a histogram. */
  readonly metricName?: string;
}

type Rule = NonNullable<MetricDefinition['acrossWorkers']>;

const OWN_METRICS: ReadonlyMap<string, MetricDefinition> = new Map(
  Object.values(METRICS).map((definition) => [definition.name, definition]),
);

/** `member`: all metrics of one process. Series that only some of them have are those of the ones that have them. */
export function mergeSnapshots(members: readonly (readonly MetricSnapshot[])[]): MetricSnapshot[] {
  const byName = new Map<string, { readonly first: MetricSnapshot; readonly series: Map<string, Values> }>();
  for (const member of members) {
    const isBehind = lagOf(member) > 0;
    for (const metric of member) {
      const merged = byName.get(metric.name) ?? { first: metric, series: new Map<string, Values>() };
      byName.set(metric.name, merged);
      for (const value of metric.values) {
        const key = keyOf(value);
        const values = merged.series.get(key) ?? { first: value, all: [], ofThoseBehind: [] };
        merged.series.set(key, values);
        values.all.push(value.value);
        if (isBehind) values.ofThoseBehind.push(value.value);
      }
    }
  }
  return [...byName.values()].map(({ first, series }) => {
    const rule = ruleOf(first);
    const values = [...series.values()].map((each) => ({ ...each.first, value: apply(rule, each) }));
    return { ...first, values };
  });
}

/** What may never go back, of a process that has ended. */
export function countersOf(snapshot: readonly MetricSnapshot[]): MetricSnapshot[] {
  return snapshot.filter(({ type }) => isCounter(type));
}

interface Values {
  readonly first: MetricValue;
  readonly all: number[];
  /** Of the processes that have records left to do. */
  readonly ofThoseBehind: number[];
}

function apply(rule: Rule, { all, ofThoseBehind }: Values): number {
  switch (rule) {
    case 'sum':
      return all.reduce((sum, value) => sum + value, 0);
    case 'max':
      return Math.max(...all);
    case 'min':
      return Math.min(...all);
    case 'slowest':
      return ofThoseBehind.length > 0 ? Math.min(...ofThoseBehind) : Math.max(...all);
  }
}

function ruleOf({ name, type, aggregator }: MetricSnapshot): Rule {
  if (isCounter(type)) return 'sum';
  const own = OWN_METRICS.get(name);
  if (own !== undefined) return own.acrossWorkers ?? 'max';
  // Of Node's metrics: the mean of two event loops would hide the one that is blocked.
  if (name === 'process_start_time_seconds' || aggregator === 'min') return 'min';
  return aggregator === undefined || aggregator === 'sum' ? 'sum' : 'max';
}

function isCounter(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

function keyOf({ metricName = '', labels }: MetricValue): string {
  let key = metricName;
  for (const name in labels) key += `\n${name}\n${labels[name]}`;
  return key;
}

function lagOf(member: readonly MetricSnapshot[]): number {
  const lag = member.find(({ name }) => name === METRICS.lagRecords.name);
  return lag?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
}
