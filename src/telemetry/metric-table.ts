/** Every metric of ours: name, type, help, labels, buckets. The metrics, README's reference and its test are made from it. */

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /**
   * How the gauges of several workers become one; counters and histograms are added up. `slowest`: the least of the workers
   * that have records left to do, or where none has, the greatest.
   */
  readonly acrossWorkers?: 'sum' | 'max' | 'min' | 'slowest';
}

export const METRICS = {
  consumed: define('records_consumed_total', 'counter', 'Records read from the input topic.', ['topic']),
  logRecords: define(
    'log_records_consumed_total',
    'counter',
    'Log records in the records read: one in each, but in a batch as many as it holds (one when it is empty or dead-lettered as a whole).',
    ['topic'],
  ),
  outcomes: define(
    'record_outcomes_total',
    'counter',
    'What became of the log records; the sum over all outcomes equals the log records consumed.',
    ['outcome'],
  ),
  errors: define(
    'errors_total',
    'counter',
    'Error records by app and error type ("unclassified" where no entry fits, "inferred" where only the condition does).',
    ['app', 'error_type'],
  ),
  connectorErrors: define(
    'connector_errors_total',
    'counter',
    'Error records by connector; past limits.connectors they count as "other".',
    ['app', 'connector'],
  ),
  connectorFolds: define(
    'connector_label_folds_total',
    'counter',
    'Error records counted as connector "other" because limits.connectors was reached.',
    [],
  ),
  connectorDisconnections: define(
    'connector_disconnections_total',
    'counter',
    'Error records that mean that the connection is broken until a person connects it again, by connector and error type.',
    ['app', 'connector', 'error_type'],
  ),
  deadLetters: define(
    'dead_letters_total',
    'counter',
    'Dead letters: records, or single log records of a batch, set aside in the dead letter topic.',
    ['reason'],
  ),
  published: define('records_published_total', 'counter', 'Records acknowledged by all in-sync replicas.', ['topic']),
  batchDuration: define(
    'batch_duration_seconds',
    'histogram',
    'From a batch in hand to its records acknowledged.',
    [],
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  ),
  eventDelay: define(
    'event_delay_seconds',
    'histogram',
    'From the time of an error event to the acknowledgement of what was made of it.',
    [],
    [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 86400],
  ),
  lagRecords: gauge(
    'consumer_lag_records',
    'max',
    'Records of the partition that are not acknowledged yet, as of the last batch that began or ended.',
    ['topic', 'partition'],
  ),
  lagSeconds: gauge(
    'consumer_lag_seconds',
    'max',
    'Age of the last processed record while there are further ones, else 0.',
    ['topic', 'partition'],
  ),
  assignedPartitions: gauge(
    'assigned_partitions',
    'sum',
    'Partitions that this instance reads; 0 while it is no member of the group, or when there are more instances than partitions.',
    [],
  ),
  lastProgress: gauge(
    'last_progress_timestamp_seconds',
    'slowest',
    'When a batch was last acknowledged or partitions were assigned, in seconds since 1970; 0 before that.',
    [],
  ),
  sourceWaiting: gauge(
    'source_waiting',
    'max',
    '1 while reading waits for Kafka or the schema registry (trying again), else 0.',
    [],
  ),
  sinkWaiting: gauge(
    'sink_waiting',
    'max',
    '1 while publishing waits for Kafka (consumption is paused, nothing is lost), else 0.',
    [],
  ),
  catalogInfo: gauge('catalog_info', 'max', 'Always 1; the labels say which catalog answers.', ['version', 'digest']),
  catalogEntries: gauge('catalog_entries', 'max', 'Entries in the catalog.', []),
  catalogReloads: define(
    'catalog_reloads_total',
    'counter',
    'Attempts to take a changed catalog into use; a failed one leaves the old catalog in use.',
    ['result'],
  ),
  catalogReloadOk: gauge(
    'catalog_last_reload_successful',
    'min',
    '0 when the last attempt failed, so that an older catalog than that of the folder answers; else 1.',
    [],
  ),
  certificateEnd: gauge(
    'certificate_expiry_timestamp_seconds',
    'min',
    'When the certificate in use ends, in seconds since 1970; of a file with several, the first to end. Only where a file is set: `use` is kafka, registry or http, `kind` ca, client or server.',
    ['use', 'kind'],
  ),
  workers: gauge('workers', 'sum', 'Worker processes that run and have reported; 1 without the setting workers.', []),
  workerRestarts: define(
    'worker_restarts_total',
    'counter',
    'Worker processes that ended by themselves and were started again.',
    [],
  ),
  buildInfo: gauge('build_info', 'max', 'Always 1; the version of connector-triage.', ['version']),
} as const satisfies Record<string, MetricDefinition>;

function define(
  name: string,
  type: MetricDefinition['type'],
  help: string,
  labels: readonly string[],
  buckets?: readonly number[],
): MetricDefinition {
  return { name: `triage_${name}`, type, help, labels, ...(buckets && { buckets }) };
}

function gauge(
  name: string,
  acrossWorkers: NonNullable<MetricDefinition['acrossWorkers']>,
  help: string,
  labels: readonly string[],
): MetricDefinition {
  return { ...define(name, 'gauge', help, labels), acrossWorkers };
}
