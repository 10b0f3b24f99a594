/**
 * The matcher as one would write it without thinking of speed: every pattern is tried at every place of the message.
 * It shares only the parser of patterns, `wordsOf` and `decode` with the real one.
 */
import type { Catalog, CatalogEntry } from '../../src/catalog/catalog.ts';
import { ALL_APPS, type Cue } from '../../src/catalog/schema.ts';
import { decode } from '../../src/matcher/decode.ts';
import { MAX_PACKAGE_PARTS } from '../../src/matcher/execute.ts';
import { type Pattern, PLACEHOLDERS, parsePattern } from '../../src/matcher/pattern.ts';
import { isClassName, type Word, wordsOf } from '../../src/matcher/words.ts';

/** The ids of all entries of the app (`undefined`: of every app) that match, sorted. */
export function referenceMatches(catalog: Catalog, message: string, app: string | undefined): string[] {
  const dictionary = new Set([
    ...catalog.entries.flatMap((entry) => entry.patterns.flatMap(({ text }) => wordsOfPattern(text))),
    ...catalog.quoted.flatMap(({ before, after }) => wordsOfPattern(before ?? after!)),
  ]);
  const { text } = decode(message);
  const words = wordsOf(text, (word) => dictionary.has(word));
  return catalog.entries
    .filter((entry) => app === undefined || entry.app === app || entry.app === ALL_APPS)
    .filter((entry) => matchesEntry(entry, catalog.quoted, text, words))
    .map((entry) => entry.id)
    .sort();
}

function wordsOfPattern(text: string): string[] {
  const { segments, gaps } = parsePattern(text);
  return [...segments.flatMap((segment) => segment.words), ...gaps.flatMap(({ without }) => without ?? [])];
}

function matchesEntry(entry: CatalogEntry, quoted: readonly Cue[], text: string, words: readonly Word[]): boolean {
  return entry.patterns.some((spec) => {
    const pattern = parsePattern(spec.text);
    if (words.some((word) => spec.unless.includes(word.text))) return false;
    return words.some((_, start) =>
      endsOf(pattern, 0, start, text, words).some(
        (end) =>
          stands(pattern, spec.adjacent, start, end, text, words) &&
          !quoted.some((cue) => isQuotedBy(cue, start, end, text, words)),
      ),
    );
  });
}

function isQuotedBy(cue: Cue, start: number, end: number, text: string, words: readonly Word[]): boolean {
  const expected = parsePattern(cue.before ?? cue.after!).segments[0]!.words;
  return words.some((word, first) => {
    const after = segmentEnd(expected, first, text, words);
    if (after === undefined) return false;
    const [from, to] = [word.start, words[after - 1]!.end];
    if (cue.verbatim && text.slice(from, to) !== (cue.before ?? cue.after)) return false;
    if (/[.-]$/.test(text.slice(0, from)) || /^[.-]\w/.test(text.slice(to))) return false;
    const [left, right] = cue.before === undefined ? [end, first] : [after, start];
    if (right < left || right - left > cue.within) return false;
    return !/[\r\n]|\\[nr]/.test(text.slice(words[left - 1]!.end, words[right]!.start));
  });
}

/** Indices after the last word, for every way in which segments `index`.. match from `start` on. */
function endsOf(pattern: Pattern, index: number, start: number, text: string, words: readonly Word[]): number[] {
  const end = segmentEnd(pattern.segments[index]!.words, start, text, words);
  if (end === undefined) return [];
  if (index === pattern.gaps.length) return [end];
  const { type, without } = pattern.gaps[index]!;
  const { min, max } = PLACEHOLDERS[type];
  const ends: number[] = [];
  for (let next = end + min; next <= words.length && next - end <= max; next++) {
    const between = words.slice(end, next);
    if (without !== undefined && between.some((word) => word.text === without)) continue;
    if (type === 'number' && !between.every((word) => /^[0-9]+$/.test(text.slice(word.start, word.end)))) continue;
    ends.push(...endsOf(pattern, index + 1, next, text, words));
  }
  return ends;
}

function segmentEnd(
  expected: readonly string[],
  start: number,
  text: string,
  words: readonly Word[],
): number | undefined {
  let at = start;
  for (const [i, word] of expected.entries()) {
    if (i > 0 && words[at]?.text !== word && isClassName(word)) at = afterPackage(at, text, words);
    if (words[at]?.text !== word) return undefined;
    at++;
  }
  return at;
}

function afterPackage(at: number, text: string, words: readonly Word[]): number {
  for (let i = at; i < at + MAX_PACKAGE_PARTS && i + 1 < words.length; i++) {
    const [part, next] = [words[i]!, words[i + 1]!];
    if (isClassName(part.text) || text.slice(part.end, next.start) !== '.') return at;
    if (isClassName(next.text)) return i + 1;
  }
  return at;
}

function stands(
  pattern: Pattern,
  adjacent: boolean,
  start: number,
  end: number,
  text: string,
  words: readonly Word[],
): boolean {
  const last = words[end - 1]!;
  const after = text.slice(last.end);
  if (isClassName(last.text) && /^\.([a-z]|JAVA\b|CLASS\b)/.test(after.slice(0, 7))) return false;
  const isWordChar = (char: string | undefined) => char !== undefined && wordsOf(char).length > 0;
  if (pattern.wordCount === 1) {
    const before = text.slice(0, words[start]!.start);
    if (before.endsWith('-') && isWordChar(before.at(-2))) return false;
    if (after.startsWith('-') && isWordChar(after[1])) return false;
  }
  const before = text.slice(0, words[start]!.start);
  if (/=\\*(["'])$/.test(before) && after.startsWith(before.at(-1)!) && /^["'](,[^{}]*)?\}\s+[0-9.]/.test(after))
    return false;
  if (!adjacent) return true;
  if (/^["']?\s*[:=]\s*["']?[0-9]/.test(after)) return false;
  return words
    .slice(start, end - 1)
    .every((word, i) => !/[.,:;=\-/|(){}[\]<>@"']/.test(text.slice(word.end, words[start + i + 1]!.start)));
}
