/** Whether a text that was found is itself, and not part of a longer name, a setting or a metric. */
import { PATTERN_ADJACENT, PATTERN_ENDS_WITH_CLASS, PATTERN_SINGLE_WORD } from './program.ts';
import type { WordScanner } from './scan.ts';
import { FIRST_WORD_CHAR, FOLD } from './words.ts';

/**
 * Whether the words `first`..`end` (of the last segment) are not part of something else: a file or member
 * (`IOException.java`), a longer name joined by hyphens around a single word, or, for `adjacent` patterns, words with
 * more than white space between them. `flags` are the pattern's. Single words and `adjacent` patterns have one segment only.
 */
export function standsAlone(text: string, words: WordScanner, first: number, end: number, flags: number): boolean {
  const after = words.ends[end - 1]!;
  const next = text.charCodeAt(after);
  if (next === DOT && (flags & PATTERN_ENDS_WITH_CLASS) !== 0 && MEMBER.test(text.slice(after, after + 7)))
    return false;
  if ((flags & PATTERN_SINGLE_WORD) !== 0) {
    const before = words.starts[first]! - 1;
    if (next === HYPHEN && isWordChar(text, after + 1)) return false;
    if (before > 0 && text.charCodeAt(before) === HYPHEN && isWordChar(text, before - 1)) return false;
  }
  if (isMetricSample(text, words.starts[first]!, after)) return false;
  return (flags & PATTERN_ADJACENT) === 0 || (areAdjacent(text, words, first, end) && !isSetting(text, after));
}

const DOT = 0x2e;
const HYPHEN = 0x2d;
const MEMBER = /^\.(?:[a-z]|JAVA\b|CLASS\b)/;

function isWordChar(text: string, at: number): boolean {
  return at >= 0 && at < text.length && FOLD[text.charCodeAt(at)]! >= FIRST_WORD_CHAR;
}

function areAdjacent(text: string, words: WordScanner, first: number, end: number): boolean {
  for (let word = first; word + 1 < end; word++) {
    if (words.ends[word] === words.starts[word + 1]) return false;
    for (let at = words.ends[word]!; at < words.starts[word + 1]!; at++) {
      if (isJoiner(text.charCodeAt(at))) return false;
    }
  }
  return true;
}

const JOINERS: Uint8Array = Uint8Array.from({ length: 128 }, (_, unit) =>
  '.,:;=-/|(){}[]<>@"\''.includes(String.fromCharCode(unit)) ? 1 : 0,
);

function isJoiner(unit: number): boolean {
  return unit < 128 && JOINERS[unit] === 1;
}

/** `errors_total{type="IOException",app="okta"} 0`: a series that has the text as a label, whatever its value. */
function isMetricSample(text: string, start: number, end: number): boolean {
  const quote = text.charCodeAt(start - 1);
  if ((quote !== 0x22 && quote !== 0x27) || text.charCodeAt(end) !== quote) return false;
  return (
    /=\\*$/.test(text.slice(Math.max(0, start - 6), start - 1)) &&
    /^["'](?:,[^{}]*)?\}\s+[0-9.]/.test(text.slice(end, end + 300))
  );
}

/** Common words before a value: `Service timeout: 30s`. */
function isSetting(text: string, end: number): boolean {
  return /^["']?\s*[:=]\s*["']?[0-9]/.test(text.slice(end, end + 12));
}
