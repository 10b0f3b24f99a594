/** `compile(catalog)` -> a frozen matcher: the one way in for the pipeline, the command line and library users. */
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import { ALL_APPS, type Confidence } from '../catalog/schema.ts';
import { type AppRef, appResolver } from './apps.ts';
import { compileProgram } from './compile.ts';
import { type Decoding, decode } from './decode.ts';
import { Executor } from './execute.ts';
import { Lexicon } from './lexicon.ts';
import { reasonOfPrecedence } from './precedence.ts';
import type { Program, RankedPattern } from './program.ts';
import { hasKnownText, type Repair, repair } from './repair.ts';
import { EVERY_APP, scopeBits } from './scope.ts';
import { unknownVendorCode } from './vendor-code.ts';

/** Only this much of a message is matched; the rest is ignored. 1 Mi characters take some 10 ms. */
export const MAX_MESSAGE_CHARS = 1_048_576;

/** At most this many entries are listed beside the winner. */
export const MAX_ALTERNATIVES = 5;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One pattern that matched, seen from outside. */
export interface Candidate {
  readonly entry: CatalogEntry;
  readonly pattern: string;
  readonly confidence: Confidence;
  /** Where the match stands in the message, in UTF-16 units; `end` is exclusive. */
  readonly span: Span;
  /** Where each literal part of the pattern stands. */
  readonly segments: readonly Span[];
  /** Texts of the pattern's named placeholders; of a generic entry also `code`, a vendor code that no entry knows. */
  readonly captures: Readonly<Record<string, string>>;
}

export interface Match extends Candidate {
  /** Other entries that matched too, best first, and why they lost. */
  readonly alternatives: readonly { readonly entry: CatalogEntry; readonly why: string }[];
}

/** Either the entry, or none with the entries that could not be told apart. */
export type Classification =
  | {
      readonly kind: 'match';
      readonly match: Match;
      readonly app: AppRef;
      readonly decodings: readonly Decoding[];
      /** What else had to be mended before the text fitted. */
      readonly repair: Repair | undefined;
    }
  | {
      readonly kind: 'none';
      readonly alternatives: readonly { readonly entry: CatalogEntry; readonly why: string }[];
      readonly app: AppRef;
    };

export interface Matcher {
  readonly catalog: Catalog;
  /** The app that a name in a record stands for. */
  resolveApp(name: string | undefined): AppRef;
  /** Classifies one message. Linear in its length, never throws, no I/O. */
  classify(message: string, app: AppRef): Classification;
  /** Every pattern that matches, best first: for explanations, slower than `classify`. */
  candidates(message: string, app: AppRef): readonly Candidate[];
}

/** Compiles a catalog. The matcher is immutable; one instance serves one thread. */
export function compile(catalog: Catalog): Matcher {
  const program = compileProgram(catalog);
  const executor = new Executor(program);
  const lexicon = new Lexicon(program.dictionary);
  return Object.freeze({
    catalog,
    resolveApp: appResolver(catalog),
    classify: (message: string, app: AppRef) => classify(program, lexicon, executor, message, app),
    candidates: (message: string, app: AppRef) => {
      const run = execute(program, executor, message, app);
      const order = [...executor.found.subarray(0, executor.foundCount).keys()];
      order.sort((a, b) => executor.found[a]! - executor.found[b]!);
      return order.map((index) => candidate(program, executor, run, index));
    },
  });
}

interface Run {
  readonly message: string;
  readonly text: string;
  /** Only when the message had to be decoded. */
  readonly offsets: readonly number[] | undefined;
  readonly decodings: readonly Decoding[];
  readonly scope: number;
}

const NO_DECODINGS: readonly Decoding[] = Object.freeze([]);

function execute(program: Program, executor: Executor, whole: string, app: AppRef): Run {
  const message = whole.length > MAX_MESSAGE_CHARS ? whole.slice(0, MAX_MESSAGE_CHARS) : whole;
  const scope = app.kind === 'missing' ? EVERY_APP : app.kind === 'known' ? (program.appIndex.get(app.key) ?? 0) : 0;
  const apps = scopeBits(scope);
  if (executor.words.scan(message, true, apps)) {
    executor.runScanned(message, scope);
    return { message, text: message, offsets: undefined, decodings: NO_DECODINGS, scope };
  }
  const { text, offsets, applied } = decode(message);
  executor.words.scan(text, false, apps);
  executor.runScanned(text, scope);
  return { message, text, offsets, decodings: [...applied], scope };
}

function classify(
  program: Program,
  lexicon: Lexicon,
  executor: Executor,
  message: string,
  app: AppRef,
): Classification {
  const run = execute(program, executor, message, app);
  const isKnown = hasKnownText(program, executor);
  const { runs } = executor;
  const repaired = isKnown ? undefined : repair(program, lexicon, executor, run.text, run.scope);
  if (!isKnown && repaired === undefined && executor.runs !== runs) executor.run(run.text, run.scope);
  if (executor.foundCount === 0) return { kind: 'none', alternatives: NO_ALTERNATIVES, app };
  const { best } = executor;
  const winner = program.patterns[executor.found[best]!]!;
  if (app.kind === 'missing' && winner.entry.app !== ALL_APPS && isDoubtful(program, executor, winner)) {
    const all = others(program, executor, undefined).map(({ entry }) => ({ entry, why: 'the record names no app' }));
    return { kind: 'none', alternatives: all, app };
  }
  const alternatives = executor.hasSeveralEntries
    ? others(program, executor, winner).map((other) => ({
        entry: other.entry,
        why: `the winner ${reasonOfPrecedence(winner, other)}`,
      }))
    : NO_ALTERNATIVES;
  const spans = executor.spansOf(best);
  const segments = inMessage(run, spans);
  const code =
    winner.entry.generic && (repaired !== undefined || executor.words.mayHoldCode())
      ? unknownVendorCode(run.text, program.dictionary)
      : undefined;
  const named = captures(run.text, spans, winner);
  return {
    kind: 'match',
    match: {
      entry: winner.entry,
      pattern: winner.spec.text,
      confidence: repaired === 'cut-end' || repaired === 'cut-start' ? 'partial' : confidence(run, spans, winner),
      span: hull(segments),
      segments,
      captures: code === undefined ? named : { ...named, code },
      alternatives,
    },
    app,
    decodings: run.decodings,
    repair: repaired,
  };
}

const NO_ALTERNATIVES: Match['alternatives'] = Object.freeze([]);

/** Without an app: the text is common, or another app has a text that says as much. */
function isDoubtful(program: Program, { found, foundCount }: Executor, winner: RankedPattern): boolean {
  let isCommon = true;
  for (let i = 0; i < foundCount; i++) {
    const { app, entry, spec } = program.patterns[found[i]!]!;
    if (spec.confidence === 'inferred' && winner.spec.confidence !== 'inferred') continue;
    if (entry === winner.entry && !spec.needsApp) isCommon = false;
    if (app !== 0 && app !== winner.app && entry.generic === winner.entry.generic) return true;
  }
  return isCommon;
}

/** The best pattern of each entry but the winner's, best first. */
function others(program: Program, { found, foundCount }: Executor, winner: RankedPattern | undefined): RankedPattern[] {
  const listed: RankedPattern[] = [];
  let last = -1;
  while (listed.length < MAX_ALTERNATIVES) {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < foundCount; i++) if (found[i]! > last && found[i]! < next) next = found[i]!;
    if (next === Number.POSITIVE_INFINITY) break;
    const pattern = program.patterns[next]!;
    if (pattern.entry !== winner?.entry && !listed.some(({ entry }) => entry === pattern.entry)) listed.push(pattern);
    last = next;
  }
  return listed;
}

function candidate(program: Program, executor: Executor, run: Run, index: number): Candidate {
  const ranked = program.patterns[executor.found[index]!]!;
  const spans = executor.spansOf(index);
  const segments = inMessage(run, spans);
  return {
    entry: ranked.entry,
    pattern: ranked.spec.text,
    confidence: confidence(run, spans, ranked),
    span: hull(segments),
    segments,
    captures: captures(run.text, spans, ranked),
  };
}

/** Places in the decoded text -> places in the message. */
function inMessage({ offsets }: Run, spans: readonly Span[]): readonly Span[] {
  if (offsets === undefined) return spans;
  return spans.map(({ start, end }) => ({ start: offsets[start]!, end: offsets[end - 1]! + 1 }));
}

function hull(segments: readonly Span[]): Span {
  return segments.length === 1 ? segments[0]! : { start: segments[0]!.start, end: segments.at(-1)!.end };
}

/** `exact` only if the literal parts stand in the message character by character. */
function confidence(run: Run, spans: readonly Span[], { spec, pattern }: RankedPattern): Confidence {
  if (spec.confidence !== 'exact') return spec.confidence;
  if (run.offsets !== undefined) return 'normalized';
  for (let i = 0; i < spans.length; i++) {
    const { literal, lead } = pattern.segments[i]!;
    const at = spans[i]!.start - lead;
    if (at < 0 || !run.message.startsWith(literal, at)) return 'normalized';
  }
  return 'exact';
}

const NO_CAPTURES: Candidate['captures'] = Object.freeze({});
const MAX_CAPTURE_CHARS = 200;

function captures(text: string, spans: readonly Span[], { pattern }: RankedPattern): Candidate['captures'] {
  if (!pattern.hasCaptures) return NO_CAPTURES;
  const named: Record<string, string> = {};
  pattern.gaps.forEach(({ label }, i) => {
    if (label === undefined) return;
    const from = spans[i]!.end;
    const to = spans[i + 1]!.start;
    named[label] = text
      .slice(from, Math.min(to, from + MAX_CAPTURE_CHARS))
      .replace(/^[\s"'`({[<:=,\\]+|[\s"'`)}\]>:=,\\]+$/g, '');
  });
  return named;
}
