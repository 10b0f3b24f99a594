/**
 * Per message: words in, matching patterns out. Each word that begins a segment is followed down the trie, at most
 * `MAX_PATTERN_WORDS` steps (plus passed-over packages); each segment found is joined to the prefixes that wait for it.
 * So the work is linear in the number of words, and entries that share no word with the message cost nothing.
 */
import { lowerBound } from './lower-bound.ts';
import { MAX_PATTERN_WORDS } from './pattern.ts';
import { HAS_CHILDREN, HAS_CLASS_CHILD, PATTERN_UNLESS, type Program } from './program.ts';
import { CueList } from './quoted.ts';
import { WordScanner } from './scan.ts';
import { EVERY_APP, scopeBits } from './scope.ts';
import { standsAlone } from './stands-alone.ts';
import { isDigit } from './units.ts';
import { foldedAt, isClassName } from './words.ts';

/** Packages with more parts than this before a class name are not passed over. */
export const MAX_PACKAGE_PARTS = 16;

/** At most this many different patterns are kept per message; only messages without an app can reach it. */
const MAX_FOUND = 256;

export class Executor {
  readonly words: WordScanner;
  /** Steps of the last run (trie edges and joins tried): what the linearity tests count. */
  steps = 0;
  /** Runs so far: tells whether another one was made since. */
  runs = 0;
  /** Ranks of the patterns that the last run found, in no particular order; `foundCount` of them. */
  readonly found: Int32Array = new Int32Array(MAX_FOUND);
  foundCount = 0;
  /** Index in `found` of the pattern that wins: the lowest rank. */
  best = 0;
  /** Whether patterns of more than one entry were found. */
  hasSeveralEntries = false;
  private readonly program: Program;
  private text = '';
  private scope = 0;
  private scopeBits = 0;
  private epoch = 0;
  private readonly foundAt: Int32Array = new Int32Array(MAX_FOUND);
  private readonly patternEpoch: Int32Array;
  private readonly stateEpoch: Int32Array;
  private readonly stateLatest: Int32Array;
  private readonly waiting: Int32Array;
  private waitingCount = 0;
  /** Occurrences of states; `previous` links those of one state, latest first. */
  private from = new Int32Array(64);
  private first = new Int32Array(64);
  private end = new Int32Array(64);
  private previous = new Int32Array(64);
  private occurrences = 0;
  private readonly cues: CueList;
  /** By number of the guard word: its last place, as index + 1; 0 for none. */
  private readonly guardLast: Int32Array;

  constructor(program: Program) {
    this.program = program;
    this.words = new WordScanner(program.dictionary);
    this.patternEpoch = new Int32Array(program.patterns.length);
    this.stateEpoch = new Int32Array(program.stateOutputs.length);
    this.stateLatest = new Int32Array(program.stateOutputs.length);
    this.waiting = new Int32Array(program.stateOutputs.length);
    this.cues = new CueList(this.words);
    this.guardLast = new Int32Array(program.guardCount + 1);
  }

  /** Finds the patterns of the scope that match the text whose words were scanned last. */
  run(text: string, scope: number): void {
    this.words.activate(scopeBits(scope));
    this.runScanned(text, scope);
  }

  /** As `run`, for words as they were scanned with the scope's apps. */
  runScanned(text: string, scope: number): void {
    this.text = text;
    this.scope = scope;
    this.scopeBits = scopeBits(scope);
    this.steps = 0;
    this.runs++;
    this.cues.start(text);
    this.pass();
    if (!this.cues.hasAfter || this.foundCount === 0) return;
    // What stands behind a text is only known now: look again for a place where it is not quoted.
    this.cues.complete();
    this.pass();
  }

  private pass(): void {
    this.foundCount = 0;
    this.best = 0;
    this.hasSeveralEntries = false;
    this.waitingCount = 0;
    this.occurrences = 0;
    for (let guard = 1; guard < this.guardLast.length; guard++) this.guardLast[guard] = 0;
    this.nextEpoch();
    const { ids, active, activeCount } = this.words;
    const { first, guardWords } = this.program;
    for (let i = 0; i < activeCount; i++) {
      const at = active[i]!;
      const id = ids[at]!;
      if (first[id] !== 0) this.follow(first[id]!, at, at + 1);
      if (guardWords[id] !== 0) this.guardLast[guardWords[id]!] = at + 1;
    }
  }

  /** Where the segments of the `index`-th found pattern stand in the text, in their order. */
  spansOf(index: number): { start: number; end: number }[] {
    const { starts, ends } = this.words;
    const last = this.foundAt[index]!;
    const spans = [{ start: starts[this.first[last]!]!, end: ends[this.end[last]! - 1]! }];
    for (let at = this.from[last]!; at >= 0; at = this.from[at]!)
      spans.unshift({ start: starts[this.first[at]!]!, end: ends[this.end[at]! - 1]! });
    return spans;
  }

  /** Index of the first word of the `index`-th found pattern. */
  firstWordOf(index: number): number {
    return this.chainStart(this.foundAt[index]!);
  }

  /** Index after the last word of the `index`-th found pattern. */
  endWordOf(index: number): number {
    return this.end[this.foundAt[index]!]!;
  }

  private chainStart(occurrence: number): number {
    while (this.from[occurrence]! >= 0) occurrence = this.from[occurrence]!;
    return this.first[occurrence]!;
  }

  private nextEpoch(): void {
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
      if (this.isClassAt(i)) return at;
      if (starts[i + 1] !== ends[i]! + 1 || this.text.charCodeAt(ends[i]!) !== 0x2e) return at;
      if (this.program.classWords[ids[i + 1]!] === 1) return i + 1;
    }
    return at;
  }

  /** Class names that no pattern has are no packages either. */
  private isClassAt(word: number): boolean {
    const id = this.words.ids[word]!;
    if (id !== 0) return this.program.classWords[id] === 1;
    return isClassName(foldedAt(this.text, this.words.starts[word]!, this.words.ends[word]!));
  }

  /** A segment stands at words `start`..`end`: begins patterns, and continues prefixes that ended before it. */
  private segment(segment: number, start: number, end: number): void {
    const { segmentState, segmentParents, segmentCues } = this.program;
    for (const cue of segmentCues[segment]!) this.cues.add(cue, start, end);
    const state = segmentState[segment]!;
    if (state >= 0) this.reach(state, -1, start, end);
    const parents = segmentParents[segment]!;
    if (parents.length === 0 || this.waitingCount === 0) return;
    if (parents.length <= this.waitingCount) {
      for (const parent of parents) this.join(parent, segment, start, end);
    } else {
      for (let i = 0, count = this.waitingCount; i < count; i++) this.join(this.waiting[i]!, segment, start, end);
    }
  }

  private join(parent: number, segment: number, start: number, end: number): void {
    this.steps++;
    if (this.stateEpoch[parent] !== this.epoch) return;
    const list = this.program.gaps.get(parent, segment);
    if (list < 0) return;
    for (const edge of this.program.gapEdges[list]!) {
      let from = this.stateLatest[parent]!;
      while (from >= 0 && this.end[from]! > start - edge.min) from = this.previous[from]!;
      if (from < 0) continue;
      const gapStart = this.end[from]!;
      if (edge.without !== 0 && this.guardLast[edge.without]! > gapStart) continue;
      if (start - gapStart > edge.max || (edge.number && !this.areNumbers(gapStart, start))) continue;
      this.reach(edge.to, from, start, end);
    }
  }

  private areNumbers(from: number, to: number): boolean {
    for (let word = from; word < to; word++) {
      for (let at = this.words.starts[word]!; at < this.words.ends[word]!; at++) {
        if (!isDigit(this.text.charCodeAt(at))) return false;
      }
    }
    return true;
  }

  /** The patterns' prefix `state` ends with the segment at words `first`..`end`. */
  private reach(state: number, from: number, first: number, end: number): void {
    if ((this.program.stateApps[state]! & this.scopeBits) === 0) return;
    const index = this.addOccurrence(from, first, end);
    if (this.program.stateContinues[state] === 1) {
      const isNew = this.stateEpoch[state] !== this.epoch;
      this.previous[index] = isNew ? -1 : this.stateLatest[state]!;
      if (isNew) this.waiting[this.waitingCount++] = state;
      this.stateEpoch[state] = this.epoch;
      this.stateLatest[state] = index;
    }
    const outputs = this.program.stateOutputs[state]!;
    if (outputs.length > 0) this.output(outputs, index);
  }

  private addOccurrence(from: number, first: number, end: number): number {
    const index = this.occurrences++;
    if (index === this.from.length) {
      this.from = doubled(this.from);
      this.first = doubled(this.first);
      this.end = doubled(this.end);
      this.previous = doubled(this.previous);
    }
    this.from[index] = from;
    this.first[index] = first;
    this.end[index] = end;
    return index;
  }

  private output(ranks: readonly number[], occurrence: number): void {
    const { patternApps } = this.program;
    if (this.scope === EVERY_APP) {
      for (const rank of ranks) this.check(rank, occurrence);
      return;
    }
    let i = 0;
    for (; i < ranks.length && patternApps[ranks[i]!] === 0; i++) this.check(ranks[i]!, occurrence);
    if (this.scope === 0) return;
    if (ranks.length - i > FEW_OUTPUTS) i = lowerBound(ranks, patternApps, this.scope);
    for (; i < ranks.length; i++) {
      const app = patternApps[ranks[i]!]!;
      if (app > this.scope) return;
      if (app === this.scope) this.check(ranks[i]!, occurrence);
    }
  }

  private check(rank: number, occurrence: number): void {
    if (this.patternEpoch[rank] === this.epoch || this.foundCount === MAX_FOUND) return;
    const { first, end } = this;
    const flags = this.program.patternFlags[rank]!;
    if (!standsAlone(this.text, this.words, first[occurrence]!, end[occurrence]!, flags)) return;
    if ((flags & PATTERN_UNLESS) !== 0 && this.program.patterns[rank]!.unless.some((id) => this.words.has(id))) return;
    if (this.cues.count > 0 && this.cues.isQuoted(this.chainStart(occurrence), end[occurrence]!)) return;
    this.patternEpoch[rank] = this.epoch;
    const { found } = this;
    const { patternEntries } = this.program;
    found[this.foundCount] = rank;
    if (rank < found[this.best]!) this.best = this.foundCount;
    if (patternEntries[rank] !== patternEntries[found[0]!]) this.hasSeveralEntries = true;
    this.foundAt[this.foundCount++] = occurrence;
  }
}

/** Lists up to this length are walked rather than searched. */
const FEW_OUTPUTS = 8;

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Upper bound of steps that one word of a message can cause, not counting joins. */
export const MAX_STEPS_PER_WORD = MAX_PATTERN_WORDS * (1 + MAX_PACKAGE_PARTS);
