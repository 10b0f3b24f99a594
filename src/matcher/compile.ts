/** Build time: catalog -> tables. Everything here runs once per catalog. */
import type { Catalog, CatalogEntry, CatalogPattern } from '../catalog/catalog.ts';
import { ALL_APPS, type Cue } from '../catalog/schema.ts';
import { Dictionary } from './dictionary.ts';
import { PairMap } from './int-map.ts';
import { type Pattern, PLACEHOLDERS, parsePattern } from './pattern.ts';
import { comparePrecedence } from './precedence.ts';
import {
  type GapEdge,
  HAS_CHILDREN,
  HAS_CLASS_CHILD,
  PATTERN_ADJACENT,
  PATTERN_ENDS_WITH_CLASS,
  PATTERN_INFERRED,
  PATTERN_SINGLE_WORD,
  PATTERN_UNLESS,
  type Program,
  type ProgramCue,
  type RankedPattern,
} from './program.ts';
import { appBits } from './scope.ts';
import { isClassName } from './words.ts';

/**
 * Compiles the patterns of all entries. The same entries in any order give the same program.
 * @throws {PatternError} for a pattern that `load` would have refused.
 */
export function compileProgram(catalog: Pick<Catalog, 'entries' | 'quoted'>): Program {
  const apps = [ALL_APPS, ...new Set(catalog.entries.map((entry) => entry.app))].filter(
    (app, i) => app !== ALL_APPS || i === 0,
  );
  apps.splice(1, apps.length - 1, ...apps.slice(1).sort());
  const appIndex = new Map(apps.map((app, i) => [app, i]));
  const trie = new SegmentTrie();
  const patterns = rank(catalog.entries, appIndex, trie.dictionary);
  const states = new StateGraph(trie.dictionary);
  patterns.forEach(({ pattern, app }, index) => {
    const segments = pattern.segments.map((segment) => trie.add(segment.words, appBits(app)));
    states.add(segments, pattern, index, appBits(app));
  });
  const entryNumbers = new Map(catalog.entries.map((entry, i) => [entry, i]));
  const cues = compileCues(catalog.quoted, trie);
  trie.dictionary.freeze(trie.firstApps(states.guards));
  const outputs = states.outputs.map((ranks) => ranks.sort((a, b) => patterns[a]!.app - patterns[b]!.app || a - b));
  return Object.freeze({
    dictionary: trie.dictionary,
    patterns,
    patternFlags: Uint8Array.from(patterns, flagsOf),
    patternApps: Int32Array.from(patterns, ({ app }) => app),
    patternEntries: Int32Array.from(patterns, ({ entry }) => entryNumbers.get(entry)!),
    apps,
    appIndex,
    edges: trie.edges,
    classWords: Uint8Array.from(trie.dictionary.words, (word) => (isClassName(word) ? 1 : 0)),
    first: trie.firstNodes(),
    nodeSegment: Int32Array.from(trie.nodeSegment),
    nodeFlags: Uint8Array.from(trie.nodeFlags),
    nodeWord: Int32Array.from(trie.nodeWord),
    firstChild: Int32Array.from(trie.firstChild),
    nextSibling: Int32Array.from(trie.nextSibling),
    segmentState: Int32Array.from({ length: trie.segmentCount }, (_, segment) => states.first.get(segment) ?? -1),
    segmentCues: Array.from({ length: trie.segmentCount }, (_, segment) => cues.get(segment) ?? []),
    guardWords: Int32Array.from(trie.dictionary.words, (_, id) => states.guards.get(id) ?? 0),
    guardCount: states.guards.size,
    segmentParents: Array.from({ length: trie.segmentCount }, (_, segment) => states.parents.get(segment) ?? []),
    gaps: states.gaps,
    gapEdges: states.gapEdges,
    stateApps: Int32Array.from(states.apps),
    stateContinues: Uint8Array.from(states.continues),
    stateOutputs: outputs,
  });
}

function compileCues(quoted: readonly Cue[], trie: SegmentTrie): Map<number, ProgramCue[]> {
  const cues = new Map<number, ProgramCue[]>();
  for (const { before, after, within, verbatim } of quoted) {
    const text = before ?? after ?? '';
    const [first] = parsePattern(text).segments;
    const segment = trie.add(first!.words, appBits(0));
    const cue: ProgramCue = {
      side: before === undefined ? 'after' : 'before',
      within,
      verbatim: verbatim ? text : undefined,
    };
    cues.set(segment, [...(cues.get(segment) ?? []), cue]);
  }
  return cues;
}

function rank(
  entries: readonly CatalogEntry[],
  appIndex: ReadonlyMap<string, number>,
  dictionary: Dictionary,
): RankedPattern[] {
  return entries
    .flatMap((entry) => entry.patterns.map((spec) => toRanked(entry, spec, appIndex.get(entry.app)!, dictionary)))
    .sort(comparePrecedence);
}

function toRanked(entry: CatalogEntry, spec: CatalogPattern, app: number, dictionary: Dictionary): RankedPattern {
  const unless = spec.unless.map((word) => dictionary.add(word));
  return { entry, spec, pattern: parsePattern(spec.text), app, unless };
}

function flagsOf({ spec, pattern, unless }: RankedPattern): number {
  const lastWord = pattern.segments.at(-1)!.words.at(-1)!;
  return (
    (pattern.wordCount === 1 ? PATTERN_SINGLE_WORD : 0) |
    (isClassName(lastWord) ? PATTERN_ENDS_WITH_CLASS : 0) |
    (spec.adjacent ? PATTERN_ADJACENT : 0) |
    (unless.length > 0 ? PATTERN_UNLESS : 0) |
    (spec.confidence === 'inferred' ? PATTERN_INFERRED : 0)
  );
}

/** The segments of all patterns as one trie of words. */
class SegmentTrie {
  readonly dictionary = new Dictionary();
  readonly edges = new PairMap();
  readonly nodeSegment: number[] = [-1];
  readonly nodeFlags: number[] = [0];
  readonly nodeWord: number[] = [0];
  readonly firstChild: number[] = [0];
  readonly nextSibling: number[] = [0];
  segmentCount = 0;
  /** By id of the segment's first word: the apps that have such segments. */
  private readonly apps: number[] = [];

  /** Adds the words, which the apps have; returns the id of the segment, the same for the same words. */
  add(words: readonly string[], apps: number): number {
    const first = this.dictionary.add(words[0]!);
    this.apps[first] = (this.apps[first] ?? 0) | apps;
    let node = 0;
    for (const word of words) {
      const id = this.dictionary.add(word);
      let next = this.edges.get(node, id);
      if (next < 0) {
        next = this.nodeSegment.push(-1) - 1;
        this.nodeFlags.push(0);
        this.nodeWord.push(id);
        this.firstChild.push(0);
        this.nextSibling.push(this.firstChild[node]!);
        this.firstChild[node] = next;
        this.edges.set(node, id, next);
        this.nodeFlags[node]! |= HAS_CHILDREN | (isClassName(word) ? HAS_CLASS_CHILD : 0);
      }
      node = next;
    }
    if (this.nodeSegment[node]! < 0) this.nodeSegment[node] = this.segmentCount++;
    return this.nodeSegment[node]!;
  }

  firstNodes(): Int32Array {
    return Int32Array.from(this.dictionary.words, (_, id) => Math.max(0, this.edges.get(0, id)));
  }

  /** By word id: the apps for which the word begins a segment; all of them for guards; 0 for other words. */
  firstApps(guards: ReadonlyMap<number, number>): Int32Array {
    return Int32Array.from(this.dictionary.words, (_, id) => (guards.has(id) ? appBits(0) : (this.apps[id] ?? 0)));
  }
}

const GAP_FIELDS = ['min', 'max', 'number', 'without'] as const;

/** Prefixes of patterns, segment by segment; patterns that begin alike share their states. */
class StateGraph {
  readonly first = new Map<number, number>();
  readonly parents = new Map<number, number[]>();
  readonly gaps = new PairMap();
  readonly gapEdges: GapEdge[][] = [];
  readonly continues: number[] = [];
  readonly outputs: number[][] = [];
  readonly apps: number[] = [];
  /** Word id -> number of the guard, from 1 up. */
  readonly guards = new Map<number, number>();
  private readonly dictionary: Dictionary;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  add(segments: readonly number[], pattern: Pattern, index: number, apps: number): void {
    let state = this.first.get(segments[0]!) ?? this.newState();
    this.first.set(segments[0]!, state);
    this.apps[state]! |= apps;
    pattern.gaps.forEach((gap, i) => {
      const { min, max } = PLACEHOLDERS[gap.type];
      const without = gap.without === undefined ? 0 : this.guard(gap.without);
      state = this.follow(state, segments[i + 1]!, { min, max, number: gap.type === 'number', without });
      this.apps[state]! |= apps;
    });
    this.outputs[state]!.push(index);
  }

  private guard(word: string): number {
    const id = this.dictionary.add(word);
    const guard = this.guards.get(id) ?? this.guards.size + 1;
    this.guards.set(id, guard);
    return guard;
  }

  private follow(from: number, segment: number, gap: Omit<GapEdge, 'to'>): number {
    let list = this.gaps.get(from, segment);
    if (list < 0) {
      list = this.gapEdges.push([]) - 1;
      this.gaps.set(from, segment, list);
      const parents = this.parents.get(segment);
      if (parents) parents.push(from);
      else this.parents.set(segment, [from]);
    }
    const edges = this.gapEdges[list]!;
    const known = edges.find((edge) => GAP_FIELDS.every((field) => edge[field] === gap[field]));
    if (known) return known.to;
    const to = this.newState();
    edges.push({ ...gap, to });
    this.continues[from] = 1;
    return to;
  }

  private newState(): number {
    this.continues.push(0);
    this.apps.push(0);
    return this.outputs.push([]) - 1;
  }
}
