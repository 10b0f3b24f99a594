/**
 * Every `event` that a log line can have: the stable code to filter and alert by, whatever the message says. README's
 * reference is made from it; a test holds it against the code. Lines at `debug` have none.
 */

export interface LogEvent {
  /** More than one where the commands that work on a topic once are louder than the service. */
  readonly levels: readonly ('debug' | 'info' | 'warn' | 'error')[];
  readonly meaning: string;
}

export const LOG_EVENTS: Readonly<Record<string, LogEvent>> = {
  started: info('HTTP answers and reading begins; with version, catalog, address.'),
  assignment: info(
    'The consumer group gave these partitions to this process; none: it has left the group, or all have gone to other members.',
  ),
  draining: info('A signal came: the batches in hand are finished.'),
  stopped: info('Everything in hand was finished and committed.'),
  failed: error('The service cannot go on and ends; `error` says why.'),
  'unknown-setting': warn('Names in the environment begin with TRIAGE_ and are no setting.'),
  'start-offsets-set': info('A new group starts at the time that was asked for.'),
  'start-offsets-kept': warn(
    'The group has read these partitions before and goes on there, not at the time asked for.',
  ),
  'start-offsets-left': warn('Other instances read the group already and decide where new partitions begin.'),
  'catalog-reloaded': info('The changed catalog answers.'),
  'catalog-unchanged': { levels: ['debug'], meaning: 'A reload found the same catalog.' },
  'catalog-reload-failed': error('The changed catalog was refused, the one before answers; `reason` says why.'),
  'catalog-not-watched': warn('Changes in the catalog folder are not noticed: send SIGHUP.'),
  'dead-letters': warn(
    'Records were set aside since the last such line: `count`, and one of them. At most every 10 s.',
  ),
  'sink-waiting': warn('Publishing waits for Kafka; nothing is lost, nothing more is read.'),
  'sink-ok': { levels: ['info', 'warn'], meaning: 'Publishing works again.' },
  'source-waiting': warn('Reading waits for Kafka and is tried again.'),
  'source-ok': { levels: ['info', 'warn'], meaning: 'Reading works again.' },
  'registry-waiting': warn('The schema registry is waited for; nothing is lost.'),
  'registry-ok': info('The schema registry answers again.'),
  'records-gone': error('Records were deleted by retention before they were read: they are lost.'),
  'records-deleted': warn('A replay found that records of its range are deleted already.'),
  'batch-retried': warn('A batch failed in a way that may pass and is processed again.'),
  'offset-moved-back': warn('Somebody moved the committed offset back: reading goes on there.'),
  'last-commit-failed': warn('Stopped without the last commit: those records are read again.'),
  'member-not-dismissed': info(
    'The group still waits for a member that is gone: joining takes up to the session timeout.',
  ),
  'hanging-transaction': warn('The brokers had left a transaction half ended, which held readers up; it was ended.'),
  'timestamps-refused': warn('The topic refuses the records’ times: they get the time of writing.'),
  'smaller-requests': info('A topic takes smaller requests than others, which are made from now on.'),
  'group-of-other-topics': warn('Members of the group read other topics: give each service a group of its own.'),
  'listener-failed': error('A bug in what listens to the Kafka client.'),
  'access-token-old': warn('No new access token could be had: the one before is used to its end.'),
  'tls-files-changed': info('Changed certificates or keys are used for new connections.'),
  'tls-files-unusable': warn('Changed certificates or keys cannot be used: those before stay in use.'),
  'certificate-expired': error('A certificate has ended: connections that need it fail until its file is replaced.'),
  'http-not-encrypted': warn('Other machines can reach HTTP, and it is not encrypted.'),
  'http-token-unusable': warn('The changed token file cannot be used: the token before stays in use.'),
  'http-failed': error(
    'A request could not be answered, or the HTTP server had an error: a bug or a lack of resources.',
  ),
  'traces-dropped': warn('The collector does not take spans: they are dropped until it does.'),
  'traces-ok': info('The collector takes spans again.'),
  'worker-started': info('A worker process was started (`--workers`).'),
  'worker-ended': warn('A worker process ended by itself and is started again.'),
  'more-workers-than-cores': warn('More workers than the machine has cores.'),
};

function info(meaning: string): LogEvent {
  return { levels: ['info'], meaning };
}

function warn(meaning: string): LogEvent {
  return { levels: ['warn'], meaning };
}

function error(meaning: string): LogEvent {
  return { levels: ['error'], meaning };
}
