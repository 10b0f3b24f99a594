/** Alerts on the service itself: records set aside, lag, no progress, nothing there, an old catalog. */
import { METRICS } from '../telemetry/metric-table.ts';
import { secondsIn } from './durations.ts';
import { RECORDED } from './recording-rules.ts';
import type { AlertSpec, RuleOptions } from './rules.ts';

export function pipelineAlerts(options: RuleOptions): AlertSpec[] {
  return [
    ...deadLetterAlerts(options),
    ...progressAlerts(options),
    ...instanceAlerts(options),
    ...certificateAlerts(options),
  ];
}

function deadLetterAlerts({ shorten }: RuleOptions): AlertSpec[] {
  const increase = (matcher: string) =>
    `sum by (job, reason) (increase(${METRICS.deadLetters.name}{reason${matcher}"internal-error"}[${shorten('15m')}]))`;
  return [
    {
      alert: 'TriageDeadLetters',
      severity: 'warning',
      expr: `${increase('!=')} >= 5`,
      keep_firing_for: shorten('15m'),
      summary: 'Records are set aside in the dead letter topic: {{ $labels.reason }}',
      description: `{{ printf "%.0f" $value }} records in ${shorten('15m')} could not be read ({{ $labels.reason }}). They are kept unchanged in the dead letter topic, with the reason in their headers: find out who writes them.`,
    },
    {
      alert: 'TriageInternalErrors',
      severity: 'warning',
      expr: `${increase('=')} > 0`,
      keep_firing_for: shorten('1h'),
      summary: 'Processing a record failed in a way that is a bug',
      description:
        'The records are kept unchanged in the dead letter topic; the header triage.dlq.error says what failed. Please report it with such a record.',
    },
  ];
}

function progressAlerts({ shorten }: RuleOptions): AlertSpec[] {
  const limit = shorten('5m');
  return [
    {
      alert: 'TriageLagGrowing',
      severity: 'warning',
      expr: [
        `max by (job, topic) (${METRICS.lagSeconds.name}) > ${secondsIn(limit)}`,
        `and deriv(${RECORDED.lag}[${shorten('15m')}]) > 0`,
      ].join('\n'),
      for: shorten('10m'),
      keep_firing_for: shorten('5m'),
      summary: 'The service falls behind on {{ $labels.topic }}',
      description:
        'What is processed now was written {{ $value | humanizeDuration }} ago, and more comes in than is processed. Nothing is lost as long as the topic keeps its records. Add instances, up to the number of partitions.',
    },
    {
      alert: 'TriageStalled',
      severity: 'critical',
      expr: [
        `sum by (job, instance) (${METRICS.lagRecords.name}) > 0`,
        `and on (job, instance) time() - ${METRICS.lastProgress.name} > ${secondsIn(limit)}`,
        `unless on (job, instance) (${METRICS.sinkWaiting.name} == 1 or ${METRICS.sourceWaiting.name} == 1)`,
      ].join('\n'),
      for: shorten('1m'),
      summary: '{{ $labels.instance }} makes no progress',
      description: `{{ printf "%.0f" $value }} records wait, and no batch was finished for ${limit}, although Kafka answers. Look at the log and at /livez; restart the instance: what was not acknowledged is read again.`,
    },
    {
      alert: 'TriagePublishingWaits',
      severity: 'critical',
      expr: `${METRICS.sinkWaiting.name} == 1`,
      for: shorten('5m'),
      summary: '{{ $labels.instance }} cannot publish',
      description:
        'Kafka does not take what is published, so that consumption waits. Nothing is lost as long as the input topic keeps its records. /readyz and the log (event sink-waiting) say why.',
    },
    {
      alert: 'TriageReadingWaits',
      severity: 'critical',
      expr: `${METRICS.sourceWaiting.name} == 1`,
      for: shorten('5m'),
      summary: '{{ $labels.instance }} cannot read',
      description:
        'The instance cannot read from Kafka or commit, or waits for the schema registry, and tries again. /readyz and the log say why. Records are processed later, as long as the input topic keeps them.',
    },
  ];
}

function instanceAlerts({ job, shorten }: RuleOptions): AlertSpec[] {
  return [
    {
      alert: 'TriageAbsent',
      severity: 'critical',
      expr: `absent(${METRICS.buildInfo.name}{job=${JSON.stringify(job)}})`,
      for: shorten('2m'),
      summary: 'No instance of connector-triage is there',
      description:
        'Prometheus gets metrics from none. Either none runs, or the scrape job has another name or address. Errors are not classified meanwhile; they are read later, as long as the input topic keeps them.',
    },
    {
      alert: 'TriageReadsNothing',
      severity: 'critical',
      expr: `sum by (job) (${METRICS.assignedPartitions.name}) == 0`,
      for: shorten('5m'),
      summary: 'No instance has a partition to read',
      description:
        'Instances run, but none is a member of the consumer group. /readyz and the log say what each waits for.',
    },
    {
      alert: 'TriageCatalogReloadFailed',
      severity: 'warning',
      expr: `${METRICS.catalogReloadOk.name} == 0`,
      for: shorten('1m'),
      summary: '{{ $labels.instance }} refused the changed catalog',
      description:
        'The catalog in the folder is broken or its examples do not hold, so that the older one still answers. `triage catalog check` on the folder says what is wrong; the log has it, too (event catalog-reload-failed).',
    },
  ];
}

/** One alert, twice: it grows more urgent, and Alertmanager can hold back the milder one. */
function certificateAlerts({ shorten }: RuleOptions): AlertSpec[] {
  const { name } = METRICS.certificateEnd;
  const expires = (severity: AlertSpec['severity'], within: string): AlertSpec => ({
    alert: 'TriageCertificateExpires',
    severity,
    // The value stays the time of the end.
    expr: `${name} < time() + ${secondsIn(within)}`,
    // A restart is no renewal.
    keep_firing_for: shorten('15m'),
    summary: 'A certificate of {{ $labels.instance }} ends: {{ $labels.use }}, {{ $labels.kind }}',
    description:
      'It ends at {{ $value | humanizeTimestamp }}; connections that need it fail from then on. Renew it and replace the file: new connections use it without a restart. `triage doctor` says which file it is.',
  });
  return [expires('warning', shorten('14d')), expires('critical', shorten('3d'))];
}
