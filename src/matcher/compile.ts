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
  type Program,
  type ProgramCue,
  type RankedPattern,
} from './program.ts';
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
  patterns.forEach(({ pattern }, index) => {
    states.add(
      pattern.segments.map((segment) => trie.add(segment.words)),
      pattern,
      index,
    );
  });
  const cues = compileCues(catalog.quoted, trie);
  trie.dictionary.freeze();
  const outputs = states.outputs.map((ranks) => ranks.sort((a, b) => patterns[a]!.app - patterns[b]!.app || a - b));
  return Object.freeze({
    dictionary: trie.dictionary,
    patterns,
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
    stateContinues: Uint8Array.from(states.continues),
    stateOutputs: outputs,
  });
}

function compileCues(quoted: readonly Cue[], trie: SegmentTrie): Map<number, ProgramCue[]> {
  const cues = new Map<number, ProgramCue[]>();
  for (const { before, after, within, verbatim } of quoted) {
    const text = before ?? after ?? '';
    const [first] = parsePattern(text).segments;
    const segment = trie.add(first!.words);
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
  const pattern = parsePattern(spec.text);
  const lastWord = pattern.segments.at(-1)!.words.at(-1)!;
  return {
    entry,
    spec,
    pattern,
    app,
    unless,
    isSingleWord: pattern.wordCount === 1,
    endsWithClass: isClassName(lastWord),
  };
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

  /** Adds the words; returns the id of the segment, the same for the same words. */
  add(words: readonly string[]): number {
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
  /** Word id -> number of the guard, from 1 up. */
  readonly guards = new Map<number, number>();
  private readonly dictionary: Dictionary;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  add(segments: readonly number[], pattern: Pattern, index: number): void {
    let state = this.first.get(segments[0]!) ?? this.newState();
    this.first.set(segments[0]!, state);
    pattern.gaps.forEach((gap, i) => {
      const { min, max } = PLACEHOLDERS[gap.type];
      const without = gap.without === undefined ? 0 : this.guard(gap.without);
      state = this.follow(state, segments[i + 1]!, { min, max, number: gap.type === 'number', without });
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
    return this.outputs.push([]) - 1;
  }
}
