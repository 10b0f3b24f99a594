/** What `compile` makes and `match` reads: flat tables, built once and never changed. */
import type { CatalogEntry, CatalogPattern } from '../catalog/catalog.ts';
import type { Dictionary } from './dictionary.ts';
import type { PairMap } from './int-map.ts';
import type { Pattern } from './pattern.ts';

/** One pattern of one entry. Its index in `Program.patterns` is its rank: the lower one wins (see `precedence.ts`). */
export interface RankedPattern {
  readonly entry: CatalogEntry;
  readonly spec: CatalogPattern;
  readonly pattern: Pattern;
  /** Index of its app in `Program.apps`; 0 is `all`. */
  readonly app: number;
  /** Ids of words that may not stand anywhere in the message. */
  readonly unless: readonly number[];
}

/** Segment `segment` may follow state `from` after a gap and then leads to state `to`. Edges of one pair form a list. */
export interface GapEdge {
  readonly to: number;
  /** Words in the gap, at least and at most. */
  readonly min: number;
  readonly max: number;
  /** The gap's words must all be whole numbers. */
  readonly number: boolean;
  /** Number of the guard word that may not stand in the gap; 0 for none. */
  readonly without: number;
}

/** Words that show that a known text near them is only quoted. */
export interface ProgramCue {
  readonly side: 'before' | 'after';
  /** Words that may stand between. */
  readonly within: number;
  /** The text as it must be written; undefined when case does not count. */
  readonly verbatim: string | undefined;
}

export interface Program {
  readonly dictionary: Dictionary;
  readonly patterns: readonly RankedPattern[];
  /** By rank: what has to be looked at where the pattern was found, as `PATTERN_*` bits. */
  readonly patternFlags: Uint8Array;
  /** By rank: `RankedPattern.app`. */
  readonly patternApps: Int32Array;
  /** By rank: number of the entry. */
  readonly patternEntries: Int32Array;
  /** App keys; index 0 is `all`. */
  readonly apps: readonly string[];
  readonly appIndex: ReadonlyMap<string, number>;

  /** The trie of all segments: (node, word id) -> node. Node 0 is the root. */
  readonly edges: PairMap;
  /** The trie as lists, to walk below a node: word that leads to the node, its first child, its next sibling; 0 for none. */
  readonly nodeWord: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  /** By word id: 1 for the name of an exception class, before which a package is passed over. */
  readonly classWords: Uint8Array;
  /** Node below the root by word id, 0 for none: most words of a message end here. */
  readonly first: Int32Array;
  /** Segment that ends at the node, or -1. */
  readonly nodeSegment: Int32Array;
  /** Bit 1: the node has children. Bit 2: one of them is a class name, so a package may be passed over. */
  readonly nodeFlags: Uint8Array;

  /** State reached when the segment begins a pattern, or -1. A state is a prefix of patterns, segment by segment. */
  readonly segmentState: Int32Array;
  /** Cues that the segment is; most segments are none. */
  readonly segmentCues: readonly (readonly ProgramCue[])[];
  /** By word id: number of the guard, from 1 up, for words that some gap may not hold; else 0. */
  readonly guardWords: Int32Array;
  readonly guardCount: number;
  /** States that a segment may follow after a gap. */
  readonly segmentParents: readonly (readonly number[])[];
  /** (state, segment) -> index in `gapEdges`. */
  readonly gaps: PairMap;
  readonly gapEdges: readonly (readonly GapEdge[])[];
  /** The apps that have patterns with this prefix (see `scope.ts`). */
  readonly stateApps: Int32Array;
  /** Whether any segment may follow the state. */
  readonly stateContinues: Uint8Array;
  /** Ranks of the patterns that end at the state, sorted by app, then rank. */
  readonly stateOutputs: readonly (readonly number[])[];
}

/** The pattern is a single word. */
export const PATTERN_SINGLE_WORD = 1;
/** Its last word names an exception class. */
export const PATTERN_ENDS_WITH_CLASS = 2;
/** Only white space may stand between its words. */
export const PATTERN_ADJACENT = 4;
/** Some words may not stand anywhere in the message. */
export const PATTERN_UNLESS = 8;
/** It is the same condition in other words, no known text. */
export const PATTERN_INFERRED = 16;

export const HAS_CHILDREN = 1;
export const HAS_CLASS_CHILD = 2;
