/** `triage dlq list|show|redrive`: the dead letter topic as a work queue. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config.ts';
import type { LetterFilter } from '../dead-letters/filter.ts';
import { DEAD_LETTER_REASONS } from '../events/dead-letter.ts';
import { commandLogger } from './command-logger.ts';
import type { DlqTarget } from './dlq-letters.ts';
import { addSettings, KAFKA_SETTINGS, readSettings, wholeNumber } from './settings-options.ts';
import { TIME_HELP, timeArgument } from './time.ts';

const CONCERNED = [...KAFKA_SETTINGS, 'topics.deadLetter', 'log.level'];
const DEFAULT_LIMIT = 20;
const DEFAULT_MAX_ATTEMPTS = 3;
/** Quick enough for thousands, slow enough that a mistake can be stopped. */
const DEFAULT_RATE = 500;

export interface FilterOptions {
  readonly reason?: string;
  readonly app?: string;
  readonly since?: number;
  readonly until?: number;
}

export function addDlqCommands(program: Command): void {
  const dlq = program.command('dlq').description('Work through the dead letters: list, look at, send back.');
  addList(dlq);
  addShow(dlq);
  addRedrive(dlq);
}

function addList(dlq: Command): void {
  const command = dlq
    .command('list')
    .description('How many there are of which reason and app, and the newest ones. Nothing is changed.')
    .addOption(
      new Option('--limit <n>', 'how many of the newest to show').argParser(wholeNumber(0)).default(DEFAULT_LIMIT),
    )
    .option('--json', 'one JSON object a line for each dead letter shown, in place of the tables');
  addSettings(addFilters(command), CONCERNED).action(async () => {
    const { config } = readSettings(command);
    const options = command.opts<FilterOptions & { limit: number; json?: boolean }>();
    const { listLetters } = await import('./dlq-list.ts');
    await listLetters({
      ...(await target(config)),
      ...options,
      filter: toFilter(options),
      json: options.json ?? false,
    });
  });
}

function addShow(dlq: Command): void {
  const command = dlq
    .command('show')
    .description('One dead letter, whole: why, where from, headers, value.')
    .argument('<id>', 'partition:offset, as `dlq list` shows it', letterId);
  addSettings(command, CONCERNED).action(async (id: string) => {
    const { config } = readSettings(command);
    const { showLetter } = await import('./dlq-show.ts');
    await showLetter({ ...(await target(config)), id });
  });
}

function addRedrive(dlq: Command): void {
  const command = dlq
    .command('redrive')
    .description(
      'Send dead letters back to the input topic, as they were, with a header that counts the attempts. ' +
        'Nothing is deleted: a receipt in the dead letter topic says that one was sent, so that it is not sent again. ' +
        'After an interruption the last ones may be sent twice; so may some by two redrives at once. Records keep their time: ' +
        'let the service run when they are older than the retention of the input topic, which would delete them. ' +
        'Name dead letters, filter them, or say --all.',
    )
    .argument('[id...]', 'partition:offset, as `dlq list` shows it', (text: string, before?: string[]) => [
      ...(before ?? []),
      letterId(text),
    ])
    .option('--all', 'all that wait')
    .option('--dry-run', 'only say what would be sent')
    .addOption(new Option('--rate <n>', 'records a second').argParser(wholeNumber(1, 1_000_000)).default(DEFAULT_RATE))
    .addOption(
      new Option('--max-attempts <n>', 'leave those that were sent back so often already')
        .argParser(wholeNumber(1, 1_000))
        .default(DEFAULT_MAX_ATTEMPTS),
    );
  addSettings(addFilters(command), [...CONCERNED, 'topics.input']).action(async (ids: string[]) => {
    const { config } = readSettings(command);
    const options = command.opts<RedriveOptions>();
    const filter = { ...toFilter(options), ...(ids.length > 0 && { ids: new Set(ids) }) };
    if (Object.keys(filter).length === 0 && options.all !== true) {
      command.error('error: say which: ids, --reason, --app, --since, --until, or --all (see triage dlq list)');
    }
    const { redriveLetters } = await import('./dlq-redrive.ts');
    const { rate, maxAttempts, dryRun = false } = options;
    const inputTopic = config.topics.input;
    await redriveLetters({ ...(await target(config)), inputTopic, filter, rate, maxAttempts, dryRun });
  });
}

interface RedriveOptions extends FilterOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly rate: number;
  readonly maxAttempts: number;
}

function addFilters(command: Command): Command {
  return command
    .addOption(new Option('--reason <reason>', 'only this reason').choices(Object.keys(DEAD_LETTER_REASONS)))
    .option('--app <app>', 'only this app, as the record has it; "-" is none, as of a record that is no JSON')
    .addOption(
      new Option('--since <time>', `only records from then on: ${TIME_HELP}`).argParser(timeArgument(Date.now)),
    )
    .addOption(new Option('--until <time>', 'only records before then').argParser(timeArgument(Date.now)));
}

function toFilter({ reason, app, since, until }: FilterOptions): LetterFilter {
  return {
    ...(reason !== undefined && { reason }),
    ...(app !== undefined && { app }),
    ...(since !== undefined && { sinceMs: since }),
    ...(until !== undefined && { untilMs: until }),
  };
}

function letterId(text: string): string {
  if (!/^\d{1,9}:\d{1,16}$/.test(text)) throw new InvalidArgumentError('expected partition:offset, such as 0:17.');
  return text;
}

async function target(config: Config): Promise<DlqTarget> {
  const [logger, { kafkaConnection }] = await Promise.all([
    commandLogger(config, { quiet: true }),
    import('../connection.ts'),
  ]);
  return { connection: kafkaConnection(config, logger), topic: config.topics.deadLetter };
}
