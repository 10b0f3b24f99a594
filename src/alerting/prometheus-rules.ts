/**
 * Recording and alert rules for Prometheus, from the catalog and the table of metrics.
 *
 * Folder rule: `alerting/` imports `catalog/` and the tables of `telemetry/`, no client, no clock and no environment.
 */
import { stringify } from 'yaml';
import { catalogRules } from './catalog-rules.ts';
import { type Shorten, shortenBy } from './durations.ts';
import { connectorAlerts, newTypeAlerts, spikeAlerts } from './error-alerts.ts';
import { pipelineAlerts } from './pipeline-alerts.ts';
import { connectorRecordings, errorRecordings, memoryRecordings, pipelineRecordings } from './recording-rules.ts';
import type { AlertRule, AlertSpec, RuleGroup, RuleOptions } from './rules.ts';

export interface PrometheusRulesOptions extends Omit<RuleOptions, 'shorten'> {
  /** Folder or address of the runbooks, without the slash at the end. */
  readonly runbooks: string;
  /** Every duration is divided by it; 1 is for use, more is for tests. */
  readonly shorten: number;
}

export const RULE_DEFAULTS = {
  job: 'connector-triage',
  runbooks: 'deploy/runbooks',
  spikeFloor: 30,
  connectorFloor: 10,
  shorten: 1,
} as const satisfies Omit<PrometheusRulesOptions, 'catalog'>;

/** The rules as a file. The same options give the same bytes. */
export function prometheusRules(options: PrometheusRulesOptions): string {
  const { version, digest } = options.catalog;
  const head = [
    ' Made by `triage generate prometheus` from the catalog; changes by hand are lost with the next one.',
    ` Catalog ${version}, digest ${digest}. Needs Prometheus 2.42 or newer (keep_firing_for).`,
  ];
  const groups = ruleGroups(options);
  return `${head.map((line) => `#${line}\n`).join('')}${stringify({ groups }, { lineWidth: 0, blockQuote: 'literal' })}`;
}

function ruleGroups(options: PrometheusRulesOptions): RuleGroup[] {
  const shorten = shortenBy(options.shorten);
  const given: RuleOptions = { ...options, shorten };
  const alerts = (specs: readonly AlertSpec[]) => specs.map((spec) => toAlert(spec, options.runbooks));
  const group = (name: string, rules: RuleGroup['rules'], interval: Parameters<Shorten>[0] = '1m') => ({
    name: `connector-triage-${name}`,
    interval: shorten(interval),
    rules,
  });
  return [
    group('errors', [...errorRecordings(shorten), ...alerts(spikeAlerts(given))]),
    group('connectors', [...connectorRecordings(shorten), ...alerts(connectorAlerts(given))]),
    // Looks back for days: less often.
    group('new-types', [...memoryRecordings(shorten), ...alerts(newTypeAlerts(given))], '5m'),
    group('pipeline', [...pipelineRecordings(), ...alerts(pipelineAlerts(given))]),
    group('catalog', catalogRules(options.catalog)),
  ];
}

function toAlert({ severity, summary, description, ...rule }: AlertSpec, runbooks: string): AlertRule {
  const { alert, expr, ...timing } = rule;
  return {
    alert,
    expr,
    ...timing,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbooks}/${alert}.md` },
  };
}
