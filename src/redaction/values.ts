/** Where a value ends that begins at some place: quoted at any depth of escaping, bare, in brackets, or a header's. */
import { isDigit, isLetter } from '../matcher/units.ts';
import type { Span } from './span.ts';
import { isBlank, isLineBreak, isQuote, isSpace, isWordUnit } from './units.ts';

const BACKSLASH = 0x5c;
/** Deeper escaping than this is not followed: 6 levels of JSON in JSON. */
const MAX_BACKSLASHES = 63;

/** Where the blanks end that begin at `from`. */
export function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The quotation mark at `at`, with the backslashes before it; undefined when there is none. */
function openingAt(text: string, at: number): { readonly quote: number; readonly backslashes: number } | undefined {
  let from = at;
  while (text.charCodeAt(from) === BACKSLASH && from - at < MAX_BACKSLASHES) from++;
  const quote = text.charCodeAt(from);
  return isQuote(quote) ? { quote, backslashes: from - at } : undefined;
}

/**
 * The inside of the quoted text that begins at `at`, or undefined when none does. It ends before the same mark at the same
 * depth of escaping, before one of an outer depth, at the end of the line or of the text.
 */
export function quotedAt(text: string, at: number): Span | undefined {
  const opening = openingAt(text, at);
  if (opening === undefined) return undefined;
  const { quote, backslashes } = opening;
  const start = at + backslashes + 1;
  const unit = backslashes + 1;
  let run = 0;
  for (let i = start; i < text.length; i++) {
    const each = text.charCodeAt(i);
    if (each === BACKSLASH) {
      run++;
      continue;
    }
    // Escaping doubles: with n backslashes before the outer mark there are 2n + 1 before one inside.
    if (each === quote && (run < backslashes || run % (2 * unit) === backslashes)) {
      return { start, end: i - Math.min(run, backslashes) };
    }
    if (isLineBreak(each)) return { start, end: i };
    run = 0;
  }
  return { start, end: text.length };
}

/** Behind the mark that closes a quoted text. */
function afterQuoted(text: string, { end }: Span): number {
  let at = end;
  while (text.charCodeAt(at) === BACKSLASH) at++;
  return at + 1;
}

/** The bare value that begins at `at`: up to white space, a closing mark, or a separator before the next name. */
export function bareAt(text: string, at: number): Span {
  let end = at;
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit > 0x7d ? unit === 0xa0 : STOPS[unit] !== 0) {
      if (unit > 0x7d || STOPS[unit] === ALWAYS || isClosing(text, end, unit, at)) break;
    }
  }
  return {
    start: at,
    end: end < text.length && isQuote(text.charCodeAt(end)) ? beforeBackslashes(text, at, end) : end,
  };
}

/** Ends a bare value always, or only when what follows shows that it does. */
const ALWAYS = 1;
const PERHAPS = 2;
const STOPS = new Uint8Array(128);
for (const char of ' \t\n\r\v\f<') STOPS[char.charCodeAt(0)] = ALWAYS;
for (const char of '"\'`,;&)]}>|') STOPS[char.charCodeAt(0)] = PERHAPS;

function isClosing(text: string, at: number, unit: number, start: number): boolean {
  const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0x20;
  if (isQuote(unit)) return at === start || !isWordUnit(text.charCodeAt(at - 1)) || !isWordUnit(next);
  if (unit === 0x2c || unit === 0x3b || unit === 0x26) return isEnd(next) || isNameAt(text, at + 1);
  return at === start || isEnd(next);
}

function isEnd(unit: number): boolean {
  return isSpace(unit) || isQuote(unit) || unit === BACKSLASH || '.,;:)]}>|&<'.includes(String.fromCharCode(unit));
}

function beforeBackslashes(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return at;
}

const MAX_NAME = 48;

/** Whether `name=` or `name:` stands at `at`. */
export function isNameAt(text: string, at: number): boolean {
  let end = at;
  while (end - at < MAX_NAME && isNameUnit(text.charCodeAt(end))) end++;
  if (end === at || isDigit(text.charCodeAt(at))) return false;
  const unit = text.charCodeAt(end);
  const next = text.charCodeAt(end + 1);
  // Base64 ends with `=` or `==`.
  return unit === 0x3a || (unit === 0x3d && next !== 0x3d && !Number.isNaN(next) && !isSpace(next) && !isQuote(next));
}

function isNameUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || unit === 0x5f || unit === 0x2d || unit === 0x2e;
}

/** What stands in brackets: the inside, up to the closing one outside of quotation marks, or the end of the text. */
export function bracketedAt(text: string, at: number): Span {
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== 0x5d) {
    const quoted = quotedAt(text, end);
    end = quoted === undefined ? end + 1 : afterQuoted(text, quoted);
  }
  return { start: at + 1, end: Math.min(end, text.length) };
}

/** A header's value, which may have parameters with quoted values: to the end of the line or the mark around it. */
export function headerAt(text: string, at: number): Span {
  let end = at;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    if (isLineBreak(unit) || (unit === BACKSLASH && /[nr]/.test(text[end + 1] ?? ''))) break;
    const isParameter = end > at && text.charCodeAt(end - 1) === 0x3d;
    if (isQuote(unit) && !isParameter) return { start: at, end: beforeBackslashes(text, at, end) };
    const quoted = isParameter ? quotedAt(text, end) : undefined;
    end = quoted === undefined ? end + 1 : afterQuoted(text, quoted);
  }
  return { start: at, end: Math.min(end, text.length) };
}

/** Words after `password:` and the like that say something about the secret instead of being it. */
const PROSE = new Set(
  `a an and are as at authentication been but by can cannot contains denied deprecated did disabled does empty error
  exceeds exchange exists expired expires failed failure false flow for from forbidden grant had has have if in incorrect
  insufficient invalid is it length malformed mandatory may mismatch missing must needs nil no none not null of ok on only or
  provided refresh rejected request required requires revoked should status succeeded success the this to too true
  undefined unauthorized unavailable unexpected unknown unsupported unset was were when while will with wrong your`.split(
    /\s+/,
  ),
);

/** Whether the value says something about the secret (`expired`, `must be longer`), is masked, or too short to be one. */
export function isHarmless(text: string, { start, end }: Span): boolean {
  if (end - start < 2) return true;
  let at = text.charCodeAt(start) === 0x28 ? start + 1 : start;
  const word = at;
  while (at < end && isLetter(text.charCodeAt(at))) at++;
  if (at > word) {
    if (at - word > 14) return false;
    const next = at < end ? text.charCodeAt(at) : 0x20;
    const isWhole =
      isSpace(next) || (/[.,;:!?)]/.test(text[at] ?? '') && (at + 1 >= end || isSpace(text.charCodeAt(at + 1))));
    return isWhole && PROSE.has(text.slice(word, at).toLowerCase()) && isProse(text, at, end);
  }
  while (at < end && (text.charCodeAt(at) === 0x2a || text.charCodeAt(at) === 0x2022)) at++;
  return at === end;
}

/** Longer sentences than this are not read: what is so long counts as secret. */
const MAX_SENTENCE = 300;

/** Whether no word of the sentence looks like a credential. */
function isProse(text: string, start: number, end: number): boolean {
  if (end - start > MAX_SENTENCE) return false;
  let word = start;
  for (let at = start; at <= end; at++) {
    if (at < end && !isSpace(text.charCodeAt(at))) continue;
    if (looksLikeCredential(text, { start: word, end: at })) return false;
    word = at + 1;
  }
  return true;
}

/** Whether a word may be a credential rather than prose: digits, capitals inside, or very long. */
export function looksLikeCredential(text: string, { start, end }: Span): boolean {
  const length = end - start;
  if (length < 8) return false;
  let lower = 0;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (isDigit(unit) || (i > start && lower > 0 && unit >= 0x41 && unit <= 0x5a)) return true;
    if (unit >= 0x61 && unit <= 0x7a) lower++;
  }
  return length >= 24 || (length >= 16 && lower < length / 2);
}
