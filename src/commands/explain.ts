/** `triage explain`: one message in, which entry and why out. */
import { type Command, Option } from 'commander';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { explainSafely, explanationAnswer } from '../dashboard/explanation.ts';
import { EXIT, TriageError } from '../errors.ts';
import type { Explanation } from '../matcher/explain.ts';
import { type Candidate, compile, type Span } from '../matcher/matcher.ts';
import { createRedactor } from '../redaction/redactor.ts';
import { printable, renderEntry } from '../render.ts';
import { addSettings, REDACTION_SETTINGS, readSettings } from './settings-options.ts';

interface ExplainOptions {
  readonly app?: string;
  readonly catalog: string;
  readonly json?: boolean;
}

export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain <message>')
    .description(
      'Say which entry a message gives and why, and what to do; without one, what comes near. Exit code 1: none.',
    )
    .option('--app <name>', 'product that the message comes from, by any of its names')
    .addOption(
      new Option('--catalog <folder>', 'folder with the catalog files').default(BUNDLED_CATALOG, 'the bundled one'),
    )
    .option('--json', 'as JSON');
  addSettings(command, REDACTION_SETTINGS).action((message: string, options: ExplainOptions) => {
    if (message.trim() === '') throw new TriageError('usage', 'expected a message, found an empty text');
    const redactor = createRedactor(readSettings(command, REDACTION_SETTINGS).config.redaction);
    const matcher = compile(loadCatalog(options.catalog));
    const explanation = explainSafely(matcher, message, options.app, redactor);
    const safe = redactor.text(message);
    const app = options.app && redactor.text(options.app);
    const text = options.json
      ? `${JSON.stringify(explanationAnswer(safe, explanation), undefined, 2)}\n`
      : render(safe, app, explanation);
    process.stdout.write(text);
    if (explanation.classification.kind === 'none') process.exitCode = EXIT.findings;
  });
}

function render(message: string, app: string | undefined, explanation: Explanation): string {
  const { classification } = explanation;
  const appText = {
    known: () => (classification.app.kind === 'known' ? classification.app.key : ''),
    unknown: () => `${app} (no entries of its own: those for all apps hold)`,
    missing: () => 'not given: only texts that a single app has are certain (use --app)',
  }[classification.app.kind]();
  const head = `App        ${appText}\n`;
  return classification.kind === 'match'
    ? `${head}${renderMatch(message, classification.match, explanation)}`
    : `${head}${renderNone(explanation)}`;
}

function renderMatch(message: string, match: Candidate, { undone, classification }: Explanation): string {
  const lost = classification.kind === 'match' ? classification.match.alternatives : [];
  const captures = Object.entries(match.captures).map(([name, value]) => `${name} = ${printable(value)}`);
  const lines = [
    `Confidence ${match.confidence}`,
    `Message    ${mark(message, match.span)}`,
    `Pattern    ${match.pattern}`,
    ...(undone.length > 0 ? [`Undone     ${undone.join(', ')}`] : []),
    ...(captures.length > 0 ? [`Captured   ${captures.join(', ')}`] : []),
    ...lost.map(({ entry, why }) => `Lost       ${entry.id}: ${why}`),
  ];
  return `${lines.join('\n')}\n\n${renderEntry(match.entry)}`;
}

function renderNone({ classification, candidates, nearest }: Explanation): string {
  const lines = ['No entry fits this message.'];
  for (const { entry, why } of classification.kind === 'none' ? classification.alternatives : []) {
    lines.push(`Possible   ${entry.id}: ${why}`);
  }
  if (candidates.length === 0) {
    for (const { entry, share, missing, pattern } of nearest) {
      const lacks = missing.length > 0 ? `lacks ${missing.join(', ')}` : 'has the words, but not in this order';
      lines.push(`Near       ${entry.id} (${Math.round(share * 100)} %): ${lacks}`, `           ${pattern}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The message with the matched part between guillemets, cut around it. */
function mark(message: string, { start, end }: Span): string {
  const AROUND = 60;
  const before = printable(message.slice(Math.max(0, start - AROUND), start));
  const after = printable(message.slice(end, end + AROUND));
  const cutBefore = start > AROUND ? '...' : '';
  const cutAfter = end + AROUND < message.length ? '...' : '';
  return `${cutBefore}${before}»${printable(message.slice(start, end))}«${after}${cutAfter}`;
}
