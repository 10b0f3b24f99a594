/** `triage catalog diff`: what another version of the catalog says otherwise, and which events it answers otherwise. */
import { type Command, Option } from 'commander';
import type { Catalog } from '../catalog/catalog.ts';
import { type CatalogDiff, diffCatalogs } from '../catalog/diff.ts';
import { loadCatalog } from '../catalog/load.ts';
import { type Answer, Replay, type ReplayReport } from '../catalog/replay.ts';
import { EXIT } from '../errors.ts';
import type { ConnectorEvent, Fields } from '../events/connector-event.ts';
import { decodeNative } from '../formats/native-json.ts';
import { compile, type Matcher } from '../matcher/matcher.ts';
import { judge } from '../pipeline/classify.ts';
import { shorten } from '../render.ts';
import { renderDiff, renderReplay } from './catalog-diff-text.ts';
import { forEachLine, MAX_LINE_BYTES } from './lines.ts';
import { print } from './print.ts';

interface DiffOptions {
  readonly replay?: string;
  readonly inferred: boolean;
  readonly format: 'text' | 'json';
}

/** How the lines of the replayed file fared. */
interface Replayed {
  readonly report: ReplayReport;
  readonly malformed: readonly { readonly line: number; readonly problem: string }[];
  /** Resolution events that hold less than what was classified, so that the answers may not be those of the stream. */
  readonly incomplete: number;
}

const HELP = `
OLD and NEW are folders with catalog files. Entries are compared by their error type; the order in files does not count.
With --replay, the events of the file are classified by both, as \`triage classify\` does. Resolution events will do, too.

Exit code 0: the same; 1: something differs, or a line of the replayed file is malformed.`;

export function addCatalogDiff(catalog: Command): void {
  catalog
    .command('diff <old> <new>')
    .description('Say what differs between two versions of the catalog. Exit code 1: something does.')
    .option('--replay <file>', 'NDJSON of connector events or resolution events ("-": stdin): which get another answer')
    .option('--no-inferred', 'give no entries for the same condition in other words')
    .addOption(new Option('--format <format>', 'output').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (oldFolder: string, newFolder: string, options: DiffOptions) => {
      const [before, after] = [loadCatalog(oldFolder), loadCatalog(newFolder)];
      const diff = diffCatalogs(before, after);
      const replayed =
        options.replay === undefined ? undefined : await replay(options.replay, before, after, options.inferred);
      await print(options.format === 'json' ? toJson(diff, replayed) : toText(diff, replayed));
      const { malformed = [], incomplete = 0 } = replayed ?? {};
      for (const { line, problem } of malformed)
        process.stderr.write(`${options.replay}:${line}: ${shorten(problem, 500)}\n`);
      if (malformed.length > 0) process.stderr.write(`${malformed.length} malformed lines were left out\n`);
      if (incomplete > 0)
        process.stderr.write(`${incomplete} resolution events have a cut message: what it lacks is not replayed\n`);
      if (!diff.isEmpty || malformed.length > 0) process.exitCode = EXIT.findings;
    });
}

async function replay(file: string, before: Catalog, after: Catalog, mayInfer: boolean): Promise<Replayed> {
  const matchers = [compile(before), compile(after)] as const;
  const answers = new Replay();
  const malformed: { line: number; problem: string }[] = [];
  let incomplete = 0;
  await forEachLine(file, (bytes, line) => {
    const decoded = decodeNative(bytes, MAX_LINE_BYTES);
    if (decoded.kind === 'dead-letter') malformed.push({ line, problem: decoded.letter.error });
    if (decoded.kind !== 'event') return;
    const { event } = decoded;
    const [from, to] = matchers.map((matcher) => answer(event, matcher, mayInfer)) as [Answer, Answer];
    answers.add({ id: event.id ?? null, app: event.app ?? null, message: event.message }, from, to);
    if (isIncomplete(event.attributes)) incomplete++;
  });
  return { report: answers.report(), malformed, incomplete };
}

/** The outcome that the pipeline would give. */
function answer(event: ConnectorEvent, matcher: Matcher, mayInfer: boolean): Answer {
  const found = judge(event, matcher, mayInfer);
  if (found === undefined) return 'ignored';
  const { classification } = found;
  return classification.kind === 'match' ? classification.match.entry : 'unclassified';
}

/** Of a resolution event whose message was cut. */
function isIncomplete(attributes: Fields): boolean {
  return attributes.message_truncated === true;
}

function toText(diff: CatalogDiff, replayed: Replayed | undefined): string {
  return renderDiff(diff) + (replayed ? `\n${renderReplay(replayed.report)}` : '');
}

function toJson({ isEmpty, entries, apps, ...rest }: CatalogDiff, replayed: Replayed | undefined): string {
  const brief = ({ id, title }: CatalogDiff['entries']['added'][number]) => ({ id, title });
  const keyAndName = ({ key, name }: CatalogDiff['apps']['added'][number]) => ({ key, name });
  const json = {
    same: isEmpty,
    ...rest,
    entries: { ...entries, added: entries.added.map(brief), removed: entries.removed.map(brief) },
    apps: { ...apps, added: apps.added.map(keyAndName), removed: apps.removed.map(keyAndName) },
    ...(replayed && { replay: { ...replayed.report, incomplete: replayed.incomplete, malformed: replayed.malformed } }),
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
