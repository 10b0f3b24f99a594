/** `compile(catalog)` -> a frozen matcher: the one way in for the pipeline, the command line and library users. */
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import { ALL_APPS, type Confidence } from '../catalog/schema.ts';
import { type AppRef, appResolver } from './apps.ts';
import { compileProgram } from './compile.ts';
import { type Decoding, decode } from './decode.ts';
import { EVERY_APP, Executor, type FoundSegment } from './execute.ts';
import { Lexicon } from './lexicon.ts';
import { reasonOfPrecedence } from './precedence.ts';
import type { Program, RankedPattern } from './program.ts';
import { hasKnownText, type Repair, repair } from './repair.ts';
import type { WordScanner } from './scan.ts';
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
  readonly offsets: Int32Array | undefined;
  readonly decodings: readonly Decoding[];
  readonly scope: number;
}

const NO_DECODINGS: readonly Decoding[] = Object.freeze([]);

function execute(program: Program, executor: Executor, whole: string, app: AppRef): Run {
  const message = whole.length > MAX_MESSAGE_CHARS ? whole.slice(0, MAX_MESSAGE_CHARS) : whole;
  const scope = app.kind === 'missing' ? EVERY_APP : app.kind === 'known' ? (program.appIndex.get(app.key) ?? 0) : 0;
  if (executor.words.scan(message, true)) {
    executor.run(message, scope);
    return { message, text: message, offsets: undefined, decodings: NO_DECODINGS, scope };
  }
  const { text, offsets, applied } = decode(message);
  executor.words.scan(text, false);
  executor.run(text, scope);
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
  const best = bestOf(executor);
  const winner = program.patterns[executor.found[best]!]!;
  if (app.kind === 'missing' && winner.entry.app !== ALL_APPS && isDoubtful(program, executor, winner)) {
    const all = others(program, executor, undefined).map(({ entry }) => ({ entry, why: 'the record names no app' }));
    return { kind: 'none', alternatives: all, app };
  }
  const alternatives = hasOthers(program, executor, winner)
    ? others(program, executor, winner).map((other) => ({
        entry: other.entry,
        why: `the winner ${reasonOfPrecedence(winner, other)}`,
      }))
    : NO_ALTERNATIVES;
  const found = candidate(program, executor, run, best);
  const confidence = repaired === 'cut-end' || repaired === 'cut-start' ? 'partial' : found.confidence;
  const code = winner.entry.generic ? unknownVendorCode(run.text, (word) => program.dictionary.has(word)) : undefined;
  const captures = code === undefined ? found.captures : { ...found.captures, code };
  return {
    kind: 'match',
    match: {
      entry: found.entry,
      pattern: found.pattern,
      confidence,
      span: found.span,
      segments: found.segments,
      captures,
      alternatives,
    },
    app,
    decodings: run.decodings,
    repair: repaired,
  };
}

const NO_ALTERNATIVES: Match['alternatives'] = Object.freeze([]);

/** Index of the found pattern with the lowest rank. */
function bestOf({ found, foundCount }: Executor): number {
  let best = 0;
  for (let i = 1; i < foundCount; i++) if (found[i]! < found[best]!) best = i;
  return best;
}

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

function hasOthers(program: Program, { found, foundCount }: Executor, winner: RankedPattern): boolean {
  for (let i = 0; i < foundCount; i++) if (program.patterns[found[i]!]!.entry !== winner.entry) return true;
  return false;
}

/** The best pattern of each entry but the winner's, best first. */
function others(program: Program, { found, foundCount }: Executor, winner: RankedPattern | undefined): RankedPattern[] {
  const listed = new Map<CatalogEntry, RankedPattern>();
  for (const rank of found.slice(0, foundCount).sort()) {
    const pattern = program.patterns[rank]!;
    if (pattern.entry !== winner?.entry && !listed.has(pattern.entry)) listed.set(pattern.entry, pattern);
    if (listed.size === MAX_ALTERNATIVES) break;
  }
  return [...listed.values()];
}

function candidate(program: Program, executor: Executor, run: Run, index: number): Candidate {
  const { entry, spec, pattern } = program.patterns[executor.found[index]!]!;
  const { words } = executor;
  const found = executor.segmentsOf(index);
  const segments = found.map(({ first, end }) => spanOf(words, run.offsets, first, end));
  const isExact = spec.confidence === 'exact' && isVerbatim(run, words, found, pattern);
  return {
    entry,
    pattern: spec.text,
    confidence: spec.confidence === 'exact' && !isExact ? 'normalized' : spec.confidence,
    span: segments.length === 1 ? segments[0]! : { start: segments[0]!.start, end: segments.at(-1)!.end },
    segments,
    captures: pattern.hasCaptures ? captures(run.text, words, found, pattern) : NO_CAPTURES,
  };
}

const NO_CAPTURES: Candidate['captures'] = Object.freeze({});

function spanOf(words: WordScanner, offsets: Int32Array | undefined, first: number, after: number): Span {
  const start = words.starts[first]!;
  const end = words.ends[after - 1]!;
  return offsets ? { start: offsets[start]!, end: offsets[end - 1]! + 1 } : { start, end };
}

/** Whether the literal parts stand in the message character by character. */
function isVerbatim(
  run: Run,
  words: WordScanner,
  found: readonly FoundSegment[],
  pattern: RankedPattern['pattern'],
): boolean {
  if (run.offsets !== undefined) return false;
  return pattern.segments.every(({ literal, lead }, i) => {
    const at = words.starts[found[i]!.first]! - lead;
    return at >= 0 && run.message.startsWith(literal, at);
  });
}

const MAX_CAPTURE_CHARS = 200;

function captures(
  text: string,
  words: WordScanner,
  found: readonly FoundSegment[],
  pattern: RankedPattern['pattern'],
): Record<string, string> {
  const named: Record<string, string> = {};
  pattern.gaps.forEach(({ label }, i) => {
    if (label === undefined) return;
    const from = words.ends[found[i]!.end - 1]!;
    const to = words.starts[found[i + 1]!.first]!;
    named[label] = text
      .slice(from, Math.min(to, from + MAX_CAPTURE_CHARS))
      .replace(/^[\s"'`({[<:=,\\]+|[\s"'`)}\]>:=,\\]+$/g, '');
  });
  return named;
}
