/**
 * Per message: words in, matching patterns out. Each word that begins a segment is followed down the trie, at most
 * `MAX_PATTERN_WORDS` steps (plus passed-over packages); each segment found is joined to the prefixes that wait for it.
 * So the work is linear in the number of words, and entries that share no word with the message cost nothing.
 */
import { MAX_PATTERN_WORDS } from './pattern.ts';
import { HAS_CHILDREN, HAS_CLASS_CHILD, type Program, type RankedPattern } from './program.ts';
import { WordScanner } from './scan.ts';
import { FIRST_WORD_CHAR, FOLD } from './words.ts';

/** Packages with more parts than this before a class name are not passed over. */
export const MAX_PACKAGE_PARTS = 16;

/** At most this many different patterns are kept per message; only messages without an app can reach it. */
const MAX_FOUND = 256;

/** App scope of a run: an index in `Program.apps` (0: only entries for all apps), or `EVERY_APP`. */
export const EVERY_APP = -1;

/** A pattern that matched. The word indices refer to the scanner's arrays of the same run. */
export interface Found {
  readonly rank: number;
  /** Per segment: index of its first word and the index after its last one. */
  readonly segments: readonly { readonly first: number; readonly end: number }[];
}

export class Executor {
  readonly words: WordScanner;
  /** Steps of the last run (trie edges and joins tried): what the linearity tests count. */
  steps = 0;
  private readonly program: Program;
  private text = '';
  private scope = 0;
  private readonly found: Found[] = [];
  private epoch = 0;
  private readonly patternEpoch: Int32Array;
  private readonly stateEpoch: Int32Array;
  private readonly stateLatest: Int32Array;
  private readonly waiting: number[] = [];
  /** Occurrences of states, as parallel arrays; `previous` links those of one state, latest first. */
  private readonly occurrence = {
    from: [] as number[],
    first: [] as number[],
    end: [] as number[],
    previous: [] as number[],
  };

  constructor(program: Program) {
    this.program = program;
    this.words = new WordScanner(program.dictionary);
    this.patternEpoch = new Int32Array(program.patterns.length);
    this.stateEpoch = new Int32Array(program.stateOutputs.length);
    this.stateLatest = new Int32Array(program.stateOutputs.length);
  }

  /** The patterns of the scope that match the text whose words were scanned last, in no particular order. */
  run(text: string, scope: number): readonly Found[] {
    this.text = text;
    this.scope = scope;
    this.reset();
    const { ids, count } = this.words;
    const first = this.program.first;
    for (let at = 0; at < count; at++) {
      const node = first[ids[at]!]!;
      if (node !== 0) this.follow(node, at, at + 1);
    }
    return this.found;
  }

  private reset(): void {
    this.found.length = 0;
    this.waiting.length = 0;
    const { from, first, end, previous } = this.occurrence;
    from.length = first.length = end.length = previous.length = 0;
    this.steps = 0;
    if (this.epoch === 0x7fffffff) {
      this.patternEpoch.fill(0);
      this.stateEpoch.fill(0);
      this.epoch = 0;
    }
    this.epoch++;
  }

  /** Finds every segment that begins with the word at `start`; `node` is reached, `at` is the next word. */
  private follow(node: number, start: number, at: number): void {
    const { nodeSegment, nodeFlags, edges } = this.program;
    const { ids, count } = this.words;
    for (;;) {
      this.steps++;
      const segment = nodeSegment[node]!;
      if (segment >= 0) this.segment(segment, start, at);
      const flags = nodeFlags[node]!;
      if ((flags & HAS_CHILDREN) === 0 || at >= count) return;
      if ((flags & HAS_CLASS_CHILD) !== 0) {
        const className = this.passPackage(at);
        const next = className === at ? -1 : edges.get(node, ids[className]!);
        if (next >= 0) this.follow(next, start, className + 1);
      }
      node = ids[at] === 0 ? -1 : edges.get(node, ids[at]!);
      if (node < 0) return;
      at++;
    }
  }

  /** Index of the class name that a package from word `at` on leads to; `at` if there is no package. */
  private passPackage(at: number): number {
    const { ids, starts, ends, count } = this.words;
    const limit = Math.min(count - 1, at + MAX_PACKAGE_PARTS);
    for (let i = at; i < limit; i++) {
      this.steps++;
      if (this.program.classWords[ids[i]!] === 1) return at;
      if (starts[i + 1] !== ends[i]! + 1 || this.text.charCodeAt(ends[i]!) !== 0x2e) return at;
      if (this.program.classWords[ids[i + 1]!] === 1) return i + 1;
    }
    return at;
  }

  /** A segment stands at words `start`..`end`: begins patterns, and continues prefixes that ended before it. */
  private segment(segment: number, start: number, end: number): void {
    const { segmentState, segmentParents } = this.program;
    const state = segmentState[segment]!;
    if (state >= 0) this.reach(state, -1, start, end);
    const parents = segmentParents[segment]!;
    if (parents.length === 0 || this.waiting.length === 0) return;
    const few = parents.length <= this.waiting.length ? parents : this.waiting;
    for (let i = 0, length = few.length; i < length; i++) this.join(few[i]!, segment, start, end);
  }

  private join(parent: number, segment: number, start: number, end: number): void {
    this.steps++;
    if (this.stateEpoch[parent] !== this.epoch) return;
    const list = this.program.gaps.get(parent, segment);
    if (list < 0) return;
    for (const edge of this.program.gapEdges[list]!) {
      let from = this.stateLatest[parent]!;
      while (from >= 0 && this.occurrence.end[from]! > start - edge.min) from = this.occurrence.previous[from]!;
      if (from < 0) continue;
      const gapStart = this.occurrence.end[from]!;
      if (start - gapStart > edge.max || (edge.number && !this.areNumbers(gapStart, start))) continue;
      this.reach(edge.to, from, start, end);
    }
  }

  private areNumbers(from: number, to: number): boolean {
    for (let word = from; word < to; word++) {
      for (let at = this.words.starts[word]!; at < this.words.ends[word]!; at++) {
        const unit = this.text.charCodeAt(at);
        if (unit < 0x30 || unit > 0x39) return false;
      }
    }
    return true;
  }

  private reach(state: number, from: number, first: number, end: number): void {
    const isNew = this.stateEpoch[state] !== this.epoch;
    if (this.program.stateContinues[state] === 1) {
      const { occurrence } = this;
      const index = occurrence.from.push(from) - 1;
      occurrence.first.push(first);
      occurrence.end.push(end);
      occurrence.previous.push(isNew ? -1 : this.stateLatest[state]!);
      if (isNew) this.waiting.push(state);
      this.stateEpoch[state] = this.epoch;
      this.stateLatest[state] = index;
    }
    const outputs = this.program.stateOutputs[state]!;
    if (outputs.length > 0) this.output(outputs, from, first, end);
  }

  private output(ranks: readonly number[], from: number, first: number, end: number): void {
    const { patterns } = this.program;
    if (this.scope === EVERY_APP) {
      for (let i = 0; i < ranks.length && this.found.length < MAX_FOUND; i++) this.check(ranks[i]!, from, first, end);
      return;
    }
    for (let i = 0; i < ranks.length && patterns[ranks[i]!]!.app === 0; i++) this.check(ranks[i]!, from, first, end);
    if (this.scope === 0) return;
    for (let i = lowerBound(ranks, patterns, this.scope); i < ranks.length; i++) {
      if (patterns[ranks[i]!]!.app !== this.scope) return;
      this.check(ranks[i]!, from, first, end);
    }
  }

  private check(rank: number, from: number, first: number, end: number): void {
    if (this.patternEpoch[rank] === this.epoch) return;
    const segments = [{ first, end }];
    for (let at = from; at >= 0; at = this.occurrence.from[at]!) {
      segments.unshift({ first: this.occurrence.first[at]!, end: this.occurrence.end[at]! });
    }
    const found = { rank, segments };
    if (!standsAlone(this.text, this.words, found, this.program.patterns[rank]!)) return;
    this.patternEpoch[rank] = this.epoch;
    this.found.push(found);
  }
}

/** First index in `ranks` (sorted by app) whose pattern's app is `app` or later. */
function lowerBound(ranks: readonly number[], patterns: Program['patterns'], app: number): number {
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (patterns[ranks[middle]!]!.app < app) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether the words are not part of something else: a file or member (`IOException.java`), a longer name joined by
 * hyphens around a single word, or, for `adjacent` patterns, words with more than white space between them.
 */
export function standsAlone(text: string, words: WordScanner, found: Found, { pattern, spec }: RankedPattern): boolean {
  const firstWord = found.segments[0]!.first;
  const lastWord = found.segments.at(-1)!.end - 1;
  const end = words.ends[lastWord]!;
  if (text[end] === '.' && /^\.(?:[a-z]|JAVA\b|CLASS\b)/.test(text.slice(end, end + 7)) && endsWithClass(pattern))
    return false;
  if (pattern.wordCount === 1) {
    const start = words.starts[firstWord]!;
    if (text[start - 1] === '-' && isWordChar(text, start - 2)) return false;
    if (text[end] === '-' && isWordChar(text, end + 1)) return false;
  }
  return !spec.adjacent || found.segments.every(({ first, end: after }) => areAdjacent(text, words, first, after));
}

function endsWithClass(pattern: RankedPattern['pattern']): boolean {
  return /(?:exception|failure|error)$/.test(pattern.segments.at(-1)!.words.at(-1)!);
}

function isWordChar(text: string, at: number): boolean {
  return at >= 0 && at < text.length && FOLD[text.charCodeAt(at)]! >= FIRST_WORD_CHAR;
}

function areAdjacent(text: string, words: WordScanner, first: number, end: number): boolean {
  for (let word = first; word + 1 < end; word++) {
    for (let at = words.ends[word]!; at < words.starts[word + 1]!; at++) {
      if (JOINERS.includes(text[at]!)) return false;
    }
  }
  return true;
}

const JOINERS = '.,:;=-/|(){}[]<>@"\'';

/** Upper bound of steps that one word of a message can cause, not counting joins. */
export const MAX_STEPS_PER_WORD = MAX_PATTERN_WORDS * (1 + MAX_PACKAGE_PARTS);
