/** Alerts on what the connectors report: more errors than usual, new ones, connectors that fail or are cut off. */

import { INFERRED, UNCLASSIFIED } from '../telemetry/metric-labels.ts';
import { METRICS } from '../telemetry/metric-table.ts';
import { ENTRY_INFO } from './catalog-rules.ts';
import { secondsIn } from './durations.ts';
import { RECORDED, usualRates } from './recording-rules.ts';
import type { AlertSpec, RuleOptions } from './rules.ts';

/** How many evaluations there must be of what is usual: half an hour at one a minute. */
const MIN_USUAL_SAMPLES = 30;

export function spikeAlerts({ spikeFloor, shorten }: RuleOptions): AlertSpec[] {
  const { errorRate, errorRateMean, errorRateDeviation } = RECORDED;
  const window = shorten('5m');
  return [
    {
      alert: 'TriageErrorSpike',
      severity: 'warning',
      expr: [
        `${errorRate} > 3 * ${errorRateMean}`,
        `and ${errorRate} > ${errorRateMean} + 3 * ${errorRateDeviation}`,
        `and ${errorRate} * ${secondsIn(window)} >= ${spikeFloor}`,
        `and count_over_time(${usualRates(shorten)}) >= ${MIN_USUAL_SAMPLES}`,
      ].join('\n'),
      for: shorten('2m'),
      keep_firing_for: shorten('10m'),
      summary: '{{ $labels.app }}: far more {{ $labels.error_type }} errors than usual',
      description: [
        `${title()}: {{ printf "%.2f" $value }} errors/s over the last ${window}, usually ${usualRate()}.`,
        whatToDo(),
      ].join('\n'),
    },
    {
      alert: 'TriageUnclassifiedShareHigh',
      severity: 'warning',
      expr: [
        `${RECORDED.unclassifiedShare} > 0.3`,
        `and sum by (job) (increase(${METRICS.outcomes.name}{outcome="${UNCLASSIFIED}"}[${shorten('15m')}])) >= 50`,
      ].join('\n'),
      for: shorten('15m'),
      keep_firing_for: shorten('15m'),
      summary: '{{ $value | humanizePercentage }} of the errors fit no entry of the catalog',
      description:
        'Nobody is told what to do about them. Read the events with the outcome "unclassified" in the output topic, most frequent fingerprint first; ask `triage explain` about one of each group; add what is missing to the catalog.',
    },
  ];
}

export function newTypeAlerts({ shorten }: RuleOptions): AlertSpec[] {
  const { errorIncrease } = RECORDED;
  const memory = `${errorIncrease}[${shorten('14d')}] offset ${shorten('20m')}`;
  const dayBefore = `${errorIncrease}[${shorten('1d')}] offset ${shorten('1d')}`;
  return [
    {
      alert: 'TriageNewErrorType',
      severity: 'info',
      expr: [
        `${errorIncrease}{error_type!~"${UNCLASSIFIED}|${INFERRED}"} > 0`,
        `unless sum_over_time(${memory}) > 0`,
        `and on (job) count by (job) (count_over_time(${dayBefore}))`,
      ].join('\n'),
      keep_firing_for: shorten('1h'),
      summary: '{{ $labels.app }}: {{ $labels.error_type }} for the first time',
      description: `${title()}. It was not seen in the ${shorten('14d')} before.\n${whatToDo()}`,
    },
  ];
}

export function connectorAlerts({ connectorFloor, shorten }: RuleOptions): AlertSpec[] {
  const isDisconnected = `${RECORDED.disconnections} >= 2`;
  return [
    {
      alert: 'TriageConnectorDisconnected',
      severity: 'warning',
      expr: isDisconnected,
      keep_firing_for: shorten('30m'),
      summary: '{{ $labels.app }} connector {{ $labels.connector }} is disconnected ({{ $labels.error_type }})',
      description: [`${title()}. The connector reads nothing more until somebody connects it again.`, whatToDo()].join(
        '\n',
      ),
    },
    {
      alert: 'TriageConnectorFailing',
      severity: 'warning',
      expr: [
        `${RECORDED.connectorErrors} >= ${connectorFloor}`,
        `unless on (job, app, connector) ${isDisconnected}`,
      ].join('\n'),
      for: shorten('10m'),
      keep_firing_for: shorten('15m'),
      summary: '{{ $labels.app }} connector {{ $labels.connector }} keeps failing',
      description: `{{ printf "%.0f" $value }} errors in ${shorten('10m')}. Its events in the output topic (key {{ $labels.connector }}) say for each what happened and what to do; the dashboard "One connector" shows since when.`,
    },
    {
      alert: 'TriageConnectorsFolded',
      severity: 'info',
      expr: `sum by (job) (increase(${METRICS.connectorFolds.name}[${shorten('1h')}])) > 0`,
      summary: 'There are more connectors than have metrics of their own',
      description:
        '{{ printf "%.0f" $value }} errors were counted as connector "other". For these connectors there are no alerts and no dashboards. Raise limits.connectors.',
    },
  ];
}

/** Begins a part of a template that is there when the rules know the error type; its series are the dot. */
const withEntry = `{{ with printf "${ENTRY_INFO}{error_type='%s'}" $labels.error_type | query }}`;

function title(): string {
  return `${withEntry}{{ . | first | label "title" }}{{ else }}{{ $labels.error_type }}{{ end }}`;
}

function whatToDo(): string {
  const known = [
    'What to do: {{ label "resolution" . }} {{ label "steps" . }}',
    'Action: {{ label "action" . }}, by: {{ label "owner" . }}, worth a retry: {{ label "retryable" . }}.',
  ].join('\n');
  const unknown =
    'What to do: see `triage catalog show {{ $labels.error_type }}`; these rules were made from another catalog.';
  return `${withEntry}{{ with first . }}${known}{{ end }}{{ else }}${unknown}{{ end }}`;
}

function usualRate(): string {
  const series = `${RECORDED.errorRateMean}{job='%s',app='%s',error_type='%s'}`;
  const query = `printf "${series}" $labels.job $labels.app $labels.error_type | query`;
  return `{{ with ${query} }}{{ . | first | value | printf "%.2f" }}{{ end }}`;
}
