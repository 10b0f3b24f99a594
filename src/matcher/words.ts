/**
 * What a word is. Messages and patterns are compared word by word: everything that is not part of a word (white space,
 * punctuation, quotes, braces, escapes) only separates, and case does not count. That one rule undoes most of what log
 * pipelines do to a text, and it keeps `AF20012` from matching inside `AF200123`.
 *
 * Folder rule: `matcher/` imports no client, no clock, no environment; of `catalog/` only types.
 */

/** Values of `FOLD` below `FIRST_WORD_CHAR`: what a character does when it is not part of a word. */
const SEPARATOR = 0;
/** Removed inside a word (zero-width characters, NUL): the word goes on, unless only its parts are known. */
export const SOFT = 1;
/** A backslash: with the letter after it, it may be an escaped control character. */
export const BACKSLASH = 2;
/** Separates, and may begin an encoding that `decode.ts` undoes first. */
export const HINT = 3;
export const FIRST_WORD_CHAR = 4;

/** Ranges of invisible characters: NUL, soft hyphen, joiners, directional marks, variation selectors, byte order mark. */
const SOFT_RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x00],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
];
const HINT_CHARS = '%&<[#^\u001b\u2190\u241b';

/** What the UTF-16 unit stands for: one of the constants above, or the unit it is compared as (lower case, NFKC). */
export const FOLD: Uint16Array = buildFold();

function buildFold(): Uint16Array {
  const fold = new Uint16Array(65_536);
  for (let unit = 0; unit < 65_536; unit++) {
    const isSurrogate = unit >= 0xd800 && unit < 0xe000;
    if (!isSurrogate) fold[unit] = foldUnit(unit);
  }
  return fold;
}

function foldUnit(unit: number): number {
  const char = String.fromCharCode(unit);
  if (SOFT_RANGES.some(([from, to]) => unit >= from && unit <= to)) return SOFT;
  if (char === '\\') return BACKSLASH;
  return HINT_CHARS.includes(char) ? HINT : foldWordChar(char);
}

function foldWordChar(char: string): number {
  const plain = char.normalize('NFKC');
  const single = plain.length === 1 ? plain : char;
  if (!/^[\p{L}\p{N}\p{M}_$]$/u.test(single)) return SEPARATOR;
  if (single === '\u0130' || single === '\u0131') return 'i'.charCodeAt(0);
  const lower = single.toLowerCase();
  return (lower.length === 1 ? lower : single).charCodeAt(0);
}

/** Letters that with a backslash before them stand for a control character: \n \r \t \b \f \v. */
export function isControlLetter(unit: number): boolean {
  return unit === 110 || unit === 114 || unit === 116 || unit === 98 || unit === 102 || unit === 118;
}

/** One word of a text: its folded form and where it stands (`end` is exclusive). */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a text, in the plain way: what `scan.ts` does fast. Used for patterns, explanations and as the reference.
 * `known` decides the two doubtful cases: whether `\name` is a name or a line break and `ame`, and whether a word with
 * soft characters inside is one word or several.
 */
export function wordsOf(text: string, known: (word: string) => boolean = () => false): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold === BACKSLASH) {
      while (at < text.length && text[at] === '\\') at++;
      if (!isControlLetter(text.charCodeAt(at))) continue;
      const whole = readWord(text, at);
      const rest = readWord(text, at + 1);
      at++;
      if (rest && !known(rest.text) && known(whole!.text)) {
        words.push(whole!);
        at = whole!.end;
      }
    } else if (fold >= FIRST_WORD_CHAR) {
      const word = readWord(text, at)!;
      at = word.end;
      words.push(...(known(word.text) ? [word] : splitAtSoft(text, word)));
    } else {
      at++;
    }
  }
  return words;
}

function readWord(text: string, start: number): Word | undefined {
  let folded = '';
  let end = start;
  for (let at = start; at < text.length; at++) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold >= FIRST_WORD_CHAR) {
      folded += String.fromCharCode(fold);
      end = at + 1;
    } else if (fold !== SOFT || at === start) {
      break;
    }
  }
  return end === start ? undefined : { text: folded, start, end };
}

function splitAtSoft(text: string, word: Word): Word[] {
  const parts: Word[] = [];
  let start = -1;
  let folded = '';
  for (let at = word.start; at <= word.end; at++) {
    const fold = at < word.end ? FOLD[text.charCodeAt(at)]! : SOFT;
    if (fold >= FIRST_WORD_CHAR) {
      if (start < 0) start = at;
      folded += String.fromCharCode(fold);
    } else if (start >= 0) {
      parts.push({ text: folded, start, end: at });
      start = -1;
      folded = '';
    }
  }
  return parts;
}

/** The folded form of the word at `start`..`end`. */
export function foldedAt(text: string, start: number, end: number): string {
  let folded = '';
  for (let at = start; at < end; at++) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold !== SOFT) folded += String.fromCharCode(fold);
  }
  return folded;
}

/** Whether the word names an exception class; such a word may have a package before it that is not compared. */
export function isClassName(word: string): boolean {
  return word.length > 9 && /(?:exception|failure|error)$/.test(word);
}
