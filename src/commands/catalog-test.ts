/** `triage catalog test`: how right the catalog is on labelled messages. */
import { type Command, Option } from 'commander';
import { Accuracy, type AccuracyReport, type Group, percent } from '../catalog/accuracy.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { parseLabel } from '../catalog/label.ts';
import { loadCatalog } from '../catalog/load.ts';
import { EXIT } from '../errors.ts';
import { compile } from '../matcher/matcher.ts';
import { printable, renderTable, shorten } from '../render.ts';
import { catalogOption } from './catalog-option.ts';
import { forEachLine, MAX_LINE_BYTES } from './lines.ts';
import { print } from './print.ts';

interface TestOptions {
  readonly format: 'table' | 'json';
  readonly all?: boolean;
  readonly inferred: boolean;
  readonly catalog: string;
}

interface MalformedLine {
  readonly line: number;
  readonly problem: string;
}

/** More kinds than this are shown with `--all` only. */
const MAX_KINDS = 15;
const MESSAGE_WIDTH = 80;

const HELP = `
A line: {"id":"1","app":"Box","message":"...","accept":[9],"kind":"json,cut","note":"..."}
  accept   every acceptable answer: a row of the source document, the id of an entry, or null for "none"
  kind     comma separated; a message counts for each of its kinds

Exit code 1: an answer is not acceptable, a line is malformed, or there is no message.`;

export function addCatalogTest(catalog: Command): void {
  catalog
    .command('test <file>')
    .description('Classify labelled NDJSON messages from a file or stdin ("-") and say how many answers are right.')
    .addOption(new Option('--format <format>', 'output').choices(['table', 'json']).default('table'))
    .option('--no-inferred', 'give no entries for the same condition in other words')
    .option('--all', `show all kinds, not only the worst ${MAX_KINDS} (JSON has all anyway)`)
    .addOption(catalogOption())
    .addHelpText('after', HELP)
    .action(async (file: string, options: TestOptions) => {
      const matcher = compile(loadCatalog(options.catalog));
      const accuracy = new Accuracy(matcher, { mayInfer: options.inferred });
      const malformed: MalformedLine[] = [];
      await forEachLine(file, (bytes, line) => {
        const parsed =
          bytes.length > MAX_LINE_BYTES
            ? ({ kind: 'malformed', problem: `the line is longer than ${MAX_LINE_BYTES} bytes` } as const)
            : parseLabel(bytes);
        if (parsed.kind === 'label') accuracy.add(parsed.label);
        else malformed.push({ line, problem: parsed.problem });
      });
      const report = accuracy.report();
      await print(
        options.format === 'json' ? toJson(matcher.catalog, report, malformed) : toText(report, options.all === true),
      );
      for (const { line, problem } of malformed) process.stderr.write(`${file}:${line}: ${shorten(problem, 500)}\n`);
      if (malformed.length > 0) process.stderr.write(`${malformed.length} malformed lines were left out\n`);
      if (report.messages === 0) process.stderr.write(`${file}: no labelled message, so nothing was tested\n`);
      const { version, digest } = matcher.catalog;
      process.stderr.write(`catalog ${version} (${digest})${options.format === 'json' ? `: ${total(report)}` : ''}\n`);
      if (report.errors.length + malformed.length > 0 || report.messages === 0) process.exitCode = EXIT.findings;
    });
}

function total({ messages, acceptable }: AccuracyReport): string {
  return `${acceptable} of ${messages} acceptable (${percent(acceptable, messages)})`;
}

function toText(report: AccuracyReport, showAll: boolean): string {
  const kinds = showAll ? report.kinds : report.kinds.slice(0, MAX_KINDS);
  const left = report.kinds.length - kinds.length;
  const sections = [
    `${total(report)}\n`,
    groupTable('app', report.apps),
    groupTable('confidence', report.confidences),
    groupTable('kind', kinds) + (left > 0 ? `and ${left} more kinds, none of them worse (--all)\n` : ''),
  ];
  if (report.errors.length > 0) sections.push(errorTable(report));
  if (report.neverGiven.length > 0) {
    const ids = report.neverGiven.map((id) => `  ${id}\n`).join('');
    sections.push(`${report.neverGiven.length} entries that no message gave:\n${ids}`);
  }
  return sections.join('\n');
}

function groupTable(name: string, groups: readonly Group[]): string {
  return renderTable(
    [name, 'given', 'right', 'wrong', 'share'],
    groups.map((group) => [
      shorten(group.name, 40),
      String(group.given),
      String(group.right),
      String(group.wrong),
      percent(group.right, group.given),
    ]),
  );
}

function errorTable({ errors }: AccuracyReport): string {
  return renderTable(
    ['id', 'app', 'expected', 'got', 'confidence', 'message'],
    errors.map(({ id, app, expected, got, confidence, message }) => [
      shorten(id, 20),
      shorten(app ?? '', 20),
      printable(expected.join(' or ')),
      got ?? 'none',
      confidence,
      shorten(message, MESSAGE_WIDTH),
    ]),
  );
}

function toJson({ version, digest }: Catalog, report: AccuracyReport, malformed: readonly MalformedLine[]): string {
  const { messages, acceptable, neverGiven, ...rest } = report;
  const share = messages === 0 ? null : acceptable / messages;
  const json = {
    catalog: { version, digest },
    messages,
    acceptable,
    share,
    ...rest,
    never_given: neverGiven,
    malformed,
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
