/** What alerts and dashboards ask for again and again, evaluated once. Names: level, metric, operations. */

import { OTHER_CONNECTORS, UNCLASSIFIED } from '../telemetry/metric-labels.ts';
import { METRICS } from '../telemetry/metric-table.ts';
import type { DurationText, Shorten } from './durations.ts';
import type { RecordingRule } from './rules.ts';

/** The durations in the names hold unless they are shortened. */
export const RECORDED = {
  errorRate: 'app_type:triage_errors:rate5m',
  errorRateMean: 'app_type:triage_errors:rate5m_mean6h',
  errorRateDeviation: 'app_type:triage_errors:rate5m_stddev6h',
  errorIncrease: 'app_type:triage_errors:increase10m',
  connectorErrors: 'connector:triage_connector_errors:increase10m',
  disconnections: 'connector_type:triage_connector_disconnections:increase30m',
  unclassifiedShare: 'job:triage_unclassified:ratio15m',
  lag: 'topic:triage_consumer_lag_records:sum',
} as const;

/** The spike must not raise its own bar: what is usual ends so long ago. */
const USUAL_OFFSET: DurationText = '15m';
const USUAL_WINDOW: DurationText = '6h';

/** The error rates that a present one is compared with, for a function over time. */
export function usualRates(shorten: Shorten): string {
  return `${RECORDED.errorRate}[${shorten(USUAL_WINDOW)}] offset ${shorten(USUAL_OFFSET)}`;
}

export function errorRecordings(shorten: Shorten): RecordingRule[] {
  const usual = usualRates(shorten);
  return [
    {
      record: RECORDED.errorRate,
      expr: `sum by (job, app, error_type) (rate(${METRICS.errors.name}[${shorten('5m')}]))`,
    },
    { record: RECORDED.errorRateMean, expr: `avg_over_time(${usual})` },
    { record: RECORDED.errorRateDeviation, expr: `stddev_over_time(${usual})` },
    { record: RECORDED.unclassifiedShare, expr: unclassifiedShare(shorten('15m')) },
  ];
}

export function connectorRecordings(shorten: Shorten): RecordingRule[] {
  return [
    {
      record: RECORDED.connectorErrors,
      expr: increaseByConnector(METRICS.connectorErrors.name, ['app', 'connector'], shorten('10m')),
    },
    {
      record: RECORDED.disconnections,
      expr: increaseByConnector(
        METRICS.connectorDisconnections.name,
        ['app', 'connector', 'error_type'],
        shorten('30m'),
      ),
    },
  ];
}

export function pipelineRecordings(): RecordingRule[] {
  return [{ record: RECORDED.lag, expr: `sum by (job, topic) (${METRICS.lagRecords.name})` }];
}

/** What alerts on types that were never seen need to remember. */
export function memoryRecordings(shorten: Shorten): RecordingRule[] {
  return [
    {
      record: RECORDED.errorIncrease,
      expr: `sum by (job, app, error_type) (increase(${METRICS.errors.name}[${shorten('10m')}]))`,
    },
  ];
}

function unclassifiedShare(window: string): string {
  const { name } = METRICS.outcomes;
  const rateOf = (matcher: string) => `sum by (job) (rate(${name}{outcome${matcher}}[${window}]))`;
  return `${rateOf(`="${UNCLASSIFIED}"`)}\n  / ${rateOf(`=~"resolved|${UNCLASSIFIED}"`)}`;
}

/**
 * A connector's series appears with its first error, so `increase` does not see that one. Where a series is new although
 * its instance is not, its value is what it increased by. (Where the instance is new to Prometheus too, its value may be
 * of last month.)
 */
function increaseByConnector(name: string, labels: readonly string[], window: string): string {
  const own = `${name}{connector!="${OTHER_CONNECTORS}"}`;
  return [
    `sum by (job, ${labels.join(', ')}) (`,
    `    (${own} unless ${name} offset ${window})`,
    `      and on (job, instance) ${METRICS.buildInfo.name} offset ${window}`,
    `  or`,
    `    increase(${own}[${window}])`,
    ')',
  ].join('\n');
}
