/**
 * A second look at a message that nothing fits: words that lost the blank between them, and a message that was cut at an
 * end. A cut message is only given an entry when every way to complete it leads to that entry, when most of the text is
 * there, and when what is missing holds no digit: a code or a status decides, so it is never guessed.
 */
import type { Executor } from './execute.ts';
import type { Lexicon } from './lexicon.ts';
import { MAX_PATTERN_WORDS } from './pattern.ts';
import { PATTERN_INFERRED, type Program, type RankedPattern } from './program.ts';
import type { WordScanner } from './scan.ts';

export const REPAIRS = ['joined-words', 'cut-end', 'cut-start'] as const;
export type Repair = (typeof REPAIRS)[number];

/** More ways than this to complete a cut text: nothing is certain. */
const MAX_READINGS = 32;
/** Bound of the walk below one word of the trie. */
const MAX_VISITS = 200;
/** At least this share of a pattern's letters must be there. */
const MIN_SHARE = 0.6;
/** And this share of a name with underscores: `invalid_` may go on in many ways. */
const MIN_NAME_SHARE = 0.75;
/** Without a mark such as "..." at the cut, this share of the first word must be there. */
const MIN_UNMARKED_SHARE = 0.6;

const CUT = '(?:\\.{2,}|\u2026|[[(<]\\s*(?:\\.{2,}|\u2026|truncated[^\\])>]{0,20})\\s*[\\])>])';
const CUT_AT_START = new RegExp(`^[\\s"'({[]*${CUT}[\\s\\])>]*`, 'i');
const CUT_AT_END = new RegExp(`\\s*${CUT}[\\s"')}\\]\\\\]*$`, 'i');
/** Longer marks are not looked for. */
const MARK_CHARS = 60;

/** One way to read the cut word and what followed it. */
interface Reading {
  readonly word: number;
  readonly rest: readonly number[];
}

/**
 * Tries the repairs in turn. On success the executor stands after the run that found something; else its words are those
 * of the text as it stands, and its findings are void.
 */
export function repair(
  program: Program,
  lexicon: Lexicon,
  executor: Executor,
  text: string,
  scope: number,
): Repair | undefined {
  if (executor.words.count === 0) return undefined;
  if (completeEnd(program, lexicon, executor, text, scope)) return 'cut-end';
  if (completeStart(program, lexicon, executor, text, scope)) return 'cut-start';
  if (!executor.words.splitJoined()) return undefined;
  executor.run(text, scope);
  if (hasKnownText(program, executor)) return 'joined-words';
  executor.words.scan(text, false);
  return undefined;
}

/** Whether the last run found more than conditions in other words, which rank below all known texts. */
export function hasKnownText({ patternFlags }: Program, { found, foundCount, best }: Executor): boolean {
  return foundCount > 0 && (patternFlags[found[best]!]! & PATTERN_INFERRED) === 0;
}

function completeEnd(program: Program, lexicon: Lexicon, executor: Executor, text: string, scope: number): boolean {
  const { words } = executor;
  let last = words.count - 1;
  if (words.ends[last] === text.length && words.ids[last] !== 0) return false;
  const tailStart = Math.max(0, text.length - MARK_CHARS);
  const isMarked = words.ends[last] !== text.length && mayBeMarked(text, words);
  const mark = isMarked ? CUT_AT_END.exec(text.slice(tailStart)) : null;
  const textEnd = mark ? tailStart + mark.index : text.length;
  while (last >= 0 && words.ends[last]! > textEnd) last--;
  if (last < 0 || (mark === null && words.ends[last] !== textEnd)) return false;
  const typed = text.slice(words.starts[last], words.ends[last]).toLowerCase();
  const readings = endReadings(program, lexicon, executor, last, typed);
  if (readings.length === 0) return false;
  const saved = { count: words.count, id: words.ids[last]! };
  const read = ({ word, rest }: Reading) => {
    words.count = last + 1;
    words.ids[last] = word;
    for (const id of rest) words.push(id, textEnd, textEnd);
    executor.run(text, scope);
  };
  const missingOf = ({ word, rest }: Reading) =>
    [word, ...rest].reduce((sum, id) => sum + program.dictionary.words[id]!.length, 0) - typed.length;
  const reading = onlyReading(program, executor, readings, read, missingOf, (_, end) => end > last);
  if (reading) {
    read(reading);
    return true;
  }
  words.count = saved.count;
  words.ids[last] = saved.id;
  return false;
}

/** Whether `CUT_AT_END` is worth a try: dots or the word "truncated" before closing quotes and brackets. */
function mayBeMarked(text: string, { starts, ends, count }: WordScanner): boolean {
  let at = text.length - 1;
  while (at >= 0 && CLOSERS.has(text.charCodeAt(at))) at--;
  const unit = text.charCodeAt(at);
  if (unit === 0x2e || unit >= 128) return true;
  for (let word = count - 1; word >= Math.max(0, count - MARK_WORDS); word--) {
    if (ends[word]! - starts[word]! >= 9 && /^truncated/i.test(text.slice(starts[word], starts[word]! + 9)))
      return true;
  }
  return false;
}

const CLOSERS: ReadonlySet<number> = new Set([...' \t\n\r\v\f"\')]}>\\'].map((char) => char.charCodeAt(0)));
/** So many words fit behind "truncated" in a mark. */
const MARK_WORDS = 12;

/** What the words up to `last` may be the beginning of. */
function endReadings(program: Program, lexicon: Lexicon, { words }: Executor, last: number, typed: string): Reading[] {
  const completions = lexicon.startingWith(typed, MAX_READINGS * 4) ?? [];
  if (completions.length === 0) return [];
  const readings = new Map<string, Reading>();
  for (let start = Math.max(0, last - MAX_PATTERN_WORDS); start <= last; start++) {
    if (start < last && program.first[words.ids[start]!] === 0) continue;
    let node = 0;
    for (let at = start; at < last && node >= 0; at++)
      node = words.ids[at] === 0 ? -1 : program.edges.get(node, words.ids[at]!);
    if (node < 0) continue;
    for (const word of completions) {
      const next = program.edges.get(node, word);
      if (next < 0 || isGuess(program.dictionary.words[word]!, typed)) continue;
      const rests = segmentsBelow(program, next);
      if (rests === undefined) return [];
      for (const rest of rests) readings.set([word, ...rest].join(' '), { word, rest });
      if (readings.size > MAX_READINGS) return [];
    }
  }
  return [...readings.values()];
}

/** Digits are never guessed, and names only when most of them is there. */
function isGuess(word: string, typed: string): boolean {
  if (/[0-9]/.test(word.slice(typed.length))) return true;
  return word.includes('_') && typed.length < MIN_NAME_SHARE * word.length;
}

/** The words that lead from the node to the ends of segments, without digits in them; undefined when there are too many. */
function segmentsBelow(program: Program, top: number): number[][] | undefined {
  const found: number[][] = [];
  let visits = 0;
  const visit = (node: number, path: readonly number[]): void => {
    if (program.nodeSegment[node]! >= 0) found.push([...path]);
    for (let child = program.firstChild[node]!; child !== 0; child = program.nextSibling[child]!) {
      if (++visits > MAX_VISITS) return;
      const word = program.nodeWord[child]!;
      if (!/[0-9]/.test(program.dictionary.words[word]!)) visit(child, [...path, word]);
    }
  };
  visit(top, []);
  return visits > MAX_VISITS || found.length > MAX_READINGS ? undefined : found;
}

/** A capital letter or a digit: neither a mark nor the inside of a word. */
function isBeginning(unit: number): boolean {
  return (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x30 && unit <= 0x39);
}

function completeStart(program: Program, lexicon: Lexicon, executor: Executor, text: string, scope: number): boolean {
  const { words } = executor;
  if (isBeginning(text.charCodeAt(0))) return false;
  const mark = CUT_AT_START.exec(text.slice(0, MARK_CHARS));
  const textStart = mark ? mark[0].length : 0;
  let first = 0;
  while (first < words.count && words.starts[first]! < textStart) first++;
  if (first === words.count || words.starts[first] !== textStart) return false;
  const typed = text.slice(textStart, words.ends[first]).toLowerCase();
  const isInsideWord = /^[a-z]/.test(typed) && text[textStart] === typed[0];
  if (typed.length < 2 || (mark === null && !isInsideWord)) return false;
  const candidates = (lexicon.endingWith(typed, MAX_READINGS) ?? []).filter((id) => {
    const word = program.dictionary.words[id]!;
    const isEnough = mark !== null || typed.length >= MIN_UNMARKED_SHARE * word.length;
    return word.length > typed.length && isEnough && !/[0-9]/.test(word);
  });
  const saved = words.ids[first]!;
  const read = ({ word }: Reading) => {
    words.ids[first] = word;
    executor.run(text, scope);
  };
  const missingOf = ({ word }: Reading) => program.dictionary.words[word]!.length - typed.length;
  const readings = candidates.map((word) => ({ word, rest: [] }));
  const isUsed = (start: number, end: number) => start === first && (mark !== null || end > first + 1);
  const reading = onlyReading(program, executor, readings, read, missingOf, isUsed);
  if (reading) {
    read(reading);
    return true;
  }
  words.ids[first] = saved;
  return false;
}

/** The reading whose winner uses the completed words, if all such readings have winners of the same entry. */
function onlyReading(
  program: Program,
  executor: Executor,
  readings: readonly Reading[],
  read: (reading: Reading) => void,
  missingOf: (reading: Reading) => number,
  isUsed: (start: number, end: number) => boolean,
): Reading | undefined {
  let only: { reading: Reading; winner: RankedPattern } | undefined;
  for (const reading of readings) {
    read(reading);
    const winner = bestUsing(program, executor, isUsed);
    if (winner === undefined || missingOf(reading) > (1 - MIN_SHARE) * winner.pattern.literalLength) continue;
    if (only !== undefined && only.winner.entry !== winner.entry) return undefined;
    if (only === undefined || missingOf(reading) < missingOf(only.reading)) only = { reading, winner };
  }
  return only?.reading;
}

function bestUsing(
  program: Program,
  executor: Executor,
  isUsed: (start: number, end: number) => boolean,
): RankedPattern | undefined {
  let best = -1;
  for (let i = 0; i < executor.foundCount; i++) {
    if ((program.patternFlags[executor.found[i]!]! & PATTERN_INFERRED) !== 0) continue;
    if (!isUsed(executor.firstWordOf(i), executor.endWordOf(i))) continue;
    if (best < 0 || executor.found[i]! < best) best = executor.found[i]!;
  }
  return best < 0 ? undefined : program.patterns[best]!;
}
