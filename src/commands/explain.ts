/** `triage explain`: one message in, which entry and why out. */
import { type Command, Option } from 'commander';
import type { CatalogEntry } from '../catalog/catalog.ts';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { EXIT, TriageError } from '../errors.ts';
import { type Explanation, explain } from '../matcher/explain.ts';
import { type Candidate, compile, type Span } from '../matcher/matcher.ts';
import { safeMatch } from '../pipeline/redact-event.ts';
import { createRedactor, type Redactor } from '../redaction/redactor.ts';
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
    const explanation = withoutSecrets(explain(matcher, message, options.app), message, redactor);
    const app = options.app && redactor.text(options.app);
    const text = options.json ? toJson(explanation) : render(redactor.text(message), app, explanation);
    process.stdout.write(text);
    if (explanation.classification.kind === 'none') process.exitCode = EXIT.findings;
  });
}

/** The explanation of the redacted message: what people copy from here ends in tickets. */
function withoutSecrets(explanation: Explanation, message: string, redactor: Redactor): Explanation {
  const safe = (candidate: Candidate) => ({ ...candidate, ...safeMatch(message, candidate, redactor) });
  const { classification, candidates } = explanation;
  return {
    ...explanation,
    classification:
      classification.kind === 'match'
        ? { ...classification, match: { ...classification.match, ...safe(classification.match) } }
        : classification,
    candidates: candidates.map((each) => safe(each)),
  };
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

function toJson({ classification, undone, candidates, nearest }: Explanation): string {
  const brief = (entry: CatalogEntry) => ({ error_type: entry.id, title: entry.title });
  const match = classification.kind === 'match' ? classification.match : undefined;
  const json = {
    app: classification.app,
    match: match && {
      ...brief(match.entry),
      confidence: match.confidence,
      pattern: match.pattern,
      span: match.span,
      captures: match.captures,
      undone,
      seed_row: match.entry.source?.row ?? null,
      description: match.entry.description,
      resolution: match.entry.resolution,
    },
    alternatives: (match ?? (classification.kind === 'none' ? classification : { alternatives: [] })).alternatives.map(
      ({ entry, why }) => ({ ...brief(entry), why }),
    ),
    candidates: candidates.map((each) => ({ ...brief(each.entry), pattern: each.pattern, span: each.span })),
    nearest: nearest.map(({ entry, pattern, share, missing }) => ({ ...brief(entry), pattern, share, missing })),
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
