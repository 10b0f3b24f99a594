/** What a Prometheus rules file holds, and what decides its content. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Shorten } from './durations.ts';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  /** Taken as they are: Prometheus expands no templates in labels of recording rules. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * `critical`: nothing is processed, somebody must act now. `warning`: somebody must act, in working hours.
 * `info`: somebody should know.
 */
export type Severity = 'critical' | 'warning' | 'info';

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: { readonly severity: Severity };
  /** Go templates. */
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** One alert as it is written in this folder; the rest is added for all alike. */
export interface AlertSpec extends Omit<AlertRule, 'labels' | 'annotations'> {
  readonly severity: Severity;
  readonly summary: string;
  readonly description: string;
}

export interface RuleOptions {
  readonly catalog: Catalog;
  /** Name of the scrape job, for the alert that there is none. */
  readonly job: string;
  /** Errors of one app and type in 5 minutes below which nothing is a spike. */
  readonly spikeFloor: number;
  /** Errors of one connector in 10 minutes from which it counts as failing. */
  readonly connectorFloor: number;
  readonly shorten: Shorten;
}
