#!/usr/bin/env node
/** The command line: finds the command, and turns how it ends into an exit code. */
import { Command, CommanderError, Option } from 'commander';
import { addCatalogCommands } from './commands/catalog.ts';
import { addClassifyCommand } from './commands/classify.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDlqCommands } from './commands/dlq.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addGenerateCommands } from './commands/generate.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addRunCommand } from './commands/run.ts';
import { addSchemasCommands } from './commands/schemas.ts';
import { addTopCommand } from './commands/top.ts';
import { addTopicsCommands } from './commands/topics.ts';
import { EXIT, messageOf, TriageError } from './errors.ts';
import { DEFAULT_REDACTOR } from './redaction/redactor.ts';
import { OutputClosedError } from './transport/file/target.ts';
import { NODE_MIN, VERSION } from './version.ts';

const EXIT_CODES = `
Exit codes:
  0 done            4 the catalog cannot be used 70 a bug
  1 found something 5 a file cannot be used      130, 143 stopped by a signal (run: by a second one)
  2 wrong usage     6 not drained in time
  3 Kafka, the schema registry or (top) the service cannot be used
  7 Kafka refused TLS, the login or a right; (top) the service refused the sign-in

Data goes to stdout, everything else to stderr.`;

const program = new Command('triage')
  .description('Classifies SaaS connector errors: what happened, why, what to do, by whom, is a retry worth it.')
  .version(VERSION)
  .addOption(new Option('--debug', 'show stack traces of errors').default(false))
  .addHelpText('after', EXIT_CODES)
  .showHelpAfterError('(see triage --help)')
  .configureOutput({ outputError: (text, write) => write(DEFAULT_REDACTOR.text(text)) })
  .exitOverride();

addDemoCommand(program);
addRunCommand(program);
addTopCommand(program);
addClassifyCommand(program);
addExplainCommand(program);
addCatalogCommands(program);
addDlqCommands(program);
addReplayCommand(program);
addTopicsCommands(program);
addSchemasCommands(program);
addGenerateCommands(program);
addDoctorCommand(program);
addConfigCommand(program);

endWithStdout();
try {
  requireNode(process.versions.node);
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** npm only warns at the installation; what an older Node breaks would come up later, in the middle of a stream. */
function requireNode(version: string): void {
  if (version.localeCompare(NODE_MIN, 'en', { numeric: true }) >= 0) return;
  throw new TriageError('usage', `Node ${NODE_MIN} or newer is needed; this is Node ${version} (${process.execPath})`);
}

/** Where a `FileSink` writes to stdout too, its command hears of the failure and ends in its own way. */
function endWithStdout(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount('error') > 1) return;
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    process.exit(exitCodeOf(new TriageError('file', `cannot write the output: ${error.message}`, { cause: error })));
  });
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof OutputClosedError) return EXIT.ok;
  tell(`triage: ${messageOf(error)}`);
  const isOurs = error instanceof TriageError;
  if (error instanceof Error && (program.opts<{ debug: boolean }>().debug || !isOurs)) tell(`${error.stack}`);
  return isOurs ? EXIT[error.kind] : EXIT.internal;
}

/** Errors quote settings, addresses and answers of others: secrets are taken out, whatever the settings of redaction say. */
function tell(text: string): void {
  process.stderr.write(`${DEFAULT_REDACTOR.text(text)}\n`);
}
