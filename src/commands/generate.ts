/** `triage generate`: files for other programs, made from the catalog. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { prometheusRules, RULE_DEFAULTS } from '../alerting/prometheus-rules.ts';
import { loadCatalog } from '../catalog/load.ts';
import { catalogOption } from './catalog-option.ts';
import { print } from './print.ts';
import { wholeNumber } from './settings-options.ts';

interface PrometheusOptions {
  readonly catalog: string;
  readonly out?: string;
  readonly job: string;
  readonly runbooks: string;
  readonly spikeFloor: number;
  readonly connectorFloor: number;
  readonly shorten: number;
}

const NOTES = `
The same options and catalog give the same bytes. Make the file again when the catalog changes: it holds what to do for
each error type. \`promtool check rules FILE\` checks it; Prometheus 2.42 or newer takes it under \`rule_files\`.`;

export function addGenerateCommands(program: Command): void {
  const generate = program.command('generate').description('Make files for other programs from the catalog.');
  generate
    .command('prometheus')
    .description('Write recording and alert rules for Prometheus, with what to do for each error type.')
    .option('--out <file>', 'write it there, over what is there, instead of to stdout')
    .addOption(catalogOption())
    .addOption(
      new Option('--job <name>', 'scrape job whose absence is an alert').argParser(jobName).default(RULE_DEFAULTS.job),
    )
    .addOption(
      new Option('--runbooks <folder-or-address>', 'where the runbooks are')
        .argParser(runbookBase)
        .default(RULE_DEFAULTS.runbooks),
    )
    .addOption(
      new Option('--spike-floor <n>', 'errors of one app and type in 5 minutes below which nothing is a spike')
        .argParser(wholeNumber(1))
        .default(RULE_DEFAULTS.spikeFloor),
    )
    .addOption(
      new Option('--connector-floor <n>', 'errors of one connector in 10 minutes from which it counts as failing')
        .argParser(wholeNumber(1))
        .default(RULE_DEFAULTS.connectorFloor),
    )
    .addOption(
      new Option('--shorten <factor>', 'divide every duration by it, 1 to 1000: to see the alerts work within a minute')
        .argParser(wholeNumber(1, 1_000))
        .default(RULE_DEFAULTS.shorten),
    )
    .addHelpText('after', NOTES)
    .action(async ({ catalog: folder, out, ...options }: PrometheusOptions) => {
      await print(prometheusRules({ ...options, catalog: loadCatalog(folder) }), out);
    });
}

function jobName(text: string): string {
  if (/^[\w./:-]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('expected letters, digits and "_", ".", "/", ":", "-", such as "connector-triage"');
}

/** Becomes part of a template, in which braces mean something. */
function runbookBase(text: string): string {
  if (/^[^\s{}"'<>]{1,500}$/.test(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('expected a folder or an address without blanks, quotes and braces');
}
