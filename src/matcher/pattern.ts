/** The pattern language: literal words with typed placeholders and gaps between them, never a regular expression. */
import { isClassName, wordsOf } from './words.ts';

/** How many words a placeholder may stand for; `gap` is any number. */
export const PLACEHOLDERS = {
  '...': { min: 0, max: Number.POSITIVE_INFINITY, what: 'any words, however many' },
  text: { min: 0, max: 24, what: 'up to 24 words' },
  id: { min: 0, max: 8, what: 'a GUID, a masked or a bare name: up to 8 words' },
  host: { min: 0, max: 8, what: 'a host name with or without port: up to 8 words' },
  word: { min: 1, max: 1, what: 'one word' },
  number: { min: 1, max: 1, what: 'one whole number' },
} as const satisfies Record<string, { min: 0 | 1; max: number; what: string }>;

export type PlaceholderType = keyof typeof PLACEHOLDERS;

export interface Placeholder {
  readonly type: PlaceholderType;
  /** Name of the capture, if it has one. */
  readonly label: string | undefined;
  /** A word that may not stand in the gap, as in `{... without serverResponse}`. */
  readonly without: string | undefined;
}

/** Words that follow one another, with the raw text they were taken from. */
export interface Segment {
  readonly words: readonly string[];
  /** The literal text, as written, and where its first word begins in it. */
  readonly literal: string;
  readonly lead: number;
}

export interface Pattern {
  readonly text: string;
  readonly segments: readonly Segment[];
  /** `gaps[i]` stands between `segments[i]` and `segments[i + 1]`. */
  readonly gaps: readonly Placeholder[];
  /** Characters of all literal words: the more, the more specific. */
  readonly literalLength: number;
  readonly wordCount: number;
  /** Whether any placeholder has a label. */
  readonly hasCaptures: boolean;
}

/** More words than this in one pattern are refused: it bounds the work per message word. */
export const MAX_PATTERN_WORDS = 64;

/** A pattern that cannot be compiled; `at` is the index in the pattern's text. */
export class PatternError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = 'PatternError';
    this.at = at;
  }
}

const PLACEHOLDER = /\{(\.\.\.|[a-z]+)(?: without ([A-Za-z0-9_$]+))?(?::([a-z][a-z0-9_]*))?\}/g;

/** @throws {PatternError} for an unknown placeholder, a pattern without words, a placeholder at an end, or too many words. */
export function parsePattern(text: string): Pattern {
  const literals: { text: string; at: number }[] = [];
  const gaps: Placeholder[] = [];
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    const [whole, type, without, label] = found;
    if (!Object.hasOwn(PLACEHOLDERS, type!)) {
      const known = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);
      throw new PatternError(`unknown placeholder ${whole}; expected one of ${known.join(', ')}`, found.index);
    }
    literals.push({ text: text.slice(from, found.index), at: from });
    gaps.push({ type: type as PlaceholderType, label, without: without?.toLowerCase() });
    from = found.index + whole.length;
  }
  literals.push({ text: text.slice(from), at: from });

  const segments = literals.map(({ text: whole, at }, i) => {
    const literal = withoutGapSpace(whole, i > 0, i < gaps.length);
    const words = compared(literal);
    if (words.length === 0) throw new PatternError(noWords(text, gaps.length), at);
    return { words: words.map((word) => word.text), literal, lead: words[0]!.start };
  });
  const words = segments.flatMap((segment) => segment.words);
  if (words.length > MAX_PATTERN_WORDS) {
    throw new PatternError(`${words.length} words; a pattern may have at most ${MAX_PATTERN_WORDS}`, 0);
  }
  const literalLength = words.reduce((sum, word) => sum + word.length, 0);
  const hasCaptures = gaps.some(({ label }) => label !== undefined);
  return { text, segments, gaps, literalLength, wordCount: words.length, hasCaptures };
}

/** White space beside a placeholder belongs to it. */
function withoutGapSpace(literal: string, afterGap: boolean, beforeGap: boolean): string {
  const start = afterGap ? literal.trimStart() : literal;
  return beforeGap ? start.trimEnd() : start;
}

function noWords(text: string, gapCount: number): string {
  return gapCount === 0
    ? `no letter or digit in ${JSON.stringify(text)}, so there is nothing to compare`
    : 'a placeholder must have words before and after it: at an end or beside another one it compares nothing; leave it out';
}

/** The words of a literal that count: a package before a class name (`com.box.` in `com.box.BoxException`) is left out. */
function compared(literal: string): { text: string; start: number }[] {
  const words = wordsOf(literal);
  return words.filter((_, i) => {
    for (let j = i; j + 1 < words.length; j++) {
      if (literal[words[j]!.end] !== '.' || words[j + 1]!.start !== words[j]!.end + 1) return true;
      if (isClassName(words[j + 1]!.text)) return false;
    }
    return true;
  });
}
