/**
 * Undoes what log pipelines wrap around a text, where words alone do not: percent encoding, HTML entities and tags,
 * \uXXXX and \xXX escapes, terminal colours. Works in rounds, since wrappers nest; each round is linear in the length
 * and never longer than its input, and there are at most `MAX_ROUNDS`.
 */

import { isDigit, isLetter } from './units.ts';

/** Deeper nesting than this was never seen; it bounds the work. */
const MAX_ROUNDS = 5;

export const DECODINGS = ['percent', 'html-entity', 'html-tag', 'unicode-escape', 'ansi'] as const;
export type Decoding = (typeof DECODINGS)[number];

/** The input after a round. */
interface Layer {
  readonly text: string;
  /** `offsets[i]` is where character `i` of `text` stood in the input; one more element marks the end. */
  readonly offsets: readonly number[];
}

export interface Decoded extends Layer {
  readonly applied: ReadonlySet<Decoding>;
}

/** Stands for something that was removed and may have stood inside a word; `FOLD` knows it as soft. */
const REMOVED = '\u200b';

/** One encoded piece found: its length in the input, what it stands for, and which encoding it was. */
interface Piece {
  readonly length: number;
  readonly text: string;
  readonly kind: Decoding;
}

/** Whether `decode` would change the text at `at`, a character that `FOLD` calls a hint or a backslash. */
export function isEncodedAt(text: string, at: number): boolean {
  return pieceAt(text, at) !== undefined;
}

/** Decodes until nothing changes or `MAX_ROUNDS` is reached. */
export function decode(text: string): Decoded {
  const applied = new Set<Decoding>();
  let last: Layer | undefined;
  for (const layer of layersOf(text, applied)) last = layer;
  return { text: last?.text ?? text, offsets: last?.offsets ?? identity(text.length), applied };
}

/** What each round of decoding gives; nothing for a text without encoded pieces. `applied` gathers the encodings. */
export function* layersOf(text: string, applied?: Set<Decoding>): Generator<Layer, void> {
  let layer: Layer | undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = decodeOnce(layer?.text ?? text, applied);
    if (next === undefined) return;
    const { offsets } = next;
    if (layer !== undefined) for (let i = 0; i < offsets.length; i++) offsets[i] = layer.offsets[offsets[i]!]!;
    layer = next;
    yield layer;
  }
}

function identity(length: number): number[] {
  return Array.from({ length: length + 1 }, (_, i) => i);
}

/** One round; undefined when there is nothing to decode. */
function decodeOnce(text: string, applied: Set<Decoding> | undefined): { text: string; offsets: number[] } | undefined {
  let start = nextStart(text, 0);
  if (start === text.length) return undefined;
  let decoded = '';
  const offsets: number[] = [];
  let at = 0;
  for (; start < text.length; start = nextStart(text, at)) {
    const piece = pieceAt(text, start)!;
    applied?.add(piece.kind);
    decoded += text.slice(at, start) + piece.text;
    while (at < start) offsets.push(at++);
    for (let i = 0; i < piece.text.length; i++) offsets.push(at);
    at += piece.length;
  }
  decoded += text.slice(at);
  while (at <= text.length) offsets.push(at++);
  return { text: decoded, offsets };
}

/** Where the first encoded piece from `from` on begins; the text's length if there is none. */
function nextStart(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const isStart = unit < 128 ? STARTS[unit] === 1 : unit === 0x2190 || unit === 0x241b;
    if (isStart && pieceAt(text, at) !== undefined) return at;
  }
  return text.length;
}

const STARTS: Uint8Array = Uint8Array.from({ length: 128 }, (_, unit) =>
  '%&<[#^\\\u001b'.includes(String.fromCharCode(unit)) ? 1 : 0,
);

function pieceAt(text: string, at: number): Piece | undefined {
  switch (text.charCodeAt(at)) {
    case 0x25:
      return percentAt(text, at);
    case 0x26:
      return entityAt(text, at);
    case 0x3c:
      return tagAt(text, at);
    case 0x5b:
      return colourAt(text, at, at + 1, 1);
    case 0x5c:
      return escapeAt(text, at);
    case 0x23:
      return text.startsWith('#033[', at) ? colourAt(text, at, at + 5, 0) : undefined;
    case 0x5e:
      return text.startsWith('^[[', at) ? colourAt(text, at, at + 3, 0) : undefined;
    default:
      return text[at + 1] === '[' ? colourAt(text, at, at + 2, 0) : undefined;
  }
}

/** `%7B`; several bytes of one UTF-8 character together. */
function percentAt(text: string, at: number): Piece | undefined {
  const first = percentByte(text, at);
  if (first < 0) return undefined;
  if (first < 0x80) return { length: 3, text: String.fromCharCode(first), kind: 'percent' };
  const count = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const bytes = [first];
  while (bytes.length < count) {
    const next = percentByte(text, at + 3 * bytes.length);
    if (next < 0x80 || next > 0xbf) break;
    bytes.push(next);
  }
  const char = bytes.length === count ? Buffer.from(bytes).toString('utf8') : '\ufffd';
  return { length: 3 * bytes.length, text: char, kind: 'percent' };
}

function percentByte(text: string, at: number): number {
  return text.charCodeAt(at) === 0x25 ? hex(text, at + 1, 2) : -1;
}

/** The number that `count` hexadecimal digits stand for, or -1. */
function hex(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const unit = text.charCodeAt(at + i) | 0x20;
    const digit =
      unit >= 0x30 && unit <= 0x39 && text.charCodeAt(at + i) < 0x40
        ? unit - 0x30
        : unit >= 0x61 && unit <= 0x66
          ? unit - 0x57
          : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Entities of punctuation and white space (HTML standard, section "Named character references"); all letters come as numbers. */
const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    quot: '"',
    apos: "'",
    lt: '<',
    gt: '>',
    nbsp: ' ',
    ensp: ' ',
    emsp: ' ',
    thinsp: ' ',
    tab: '\t',
    newline: '\n',
    colon: ':',
    semi: ';',
    comma: ',',
    period: '.',
    excl: '!',
    quest: '?',
    num: '#',
    dollar: '$',
    percnt: '%',
    lpar: '(',
    rpar: ')',
    ast: '*',
    plus: '+',
    sol: '/',
    bsol: '\\',
    equals: '=',
    commat: '@',
    lsqb: '[',
    lbrack: '[',
    rsqb: ']',
    rbrack: ']',
    lcub: '{',
    lbrace: '{',
    rcub: '}',
    rbrace: '}',
    lowbar: '_',
    grave: '`',
    vert: '|',
    verbar: '|',
    hellip: '\u2026',
    ndash: '-',
    mdash: '-',
    hyphen: '-',
    lsquo: "'",
    rsquo: "'",
    ldquo: '"',
    rdquo: '"',
    laquo: '"',
    raquo: '"',
    middot: '\u00b7',
    bull: '\u2022',
    shy: REMOVED,
    zwnj: REMOVED,
    zwj: REMOVED,
    zerowidthspace: REMOVED,
  }),
);

function entityAt(text: string, at: number): Piece | undefined {
  let end = at + 2;
  while (end - at <= 16 && end < text.length && text[end] !== ';') end++;
  if (text[end] !== ';') return undefined;
  const name = text.slice(at + 1, end).toLowerCase();
  const length = end + 1 - at;
  if (name[0] !== '#') {
    const char = ENTITIES.get(name);
    return char === undefined ? undefined : { length, text: char, kind: 'html-entity' };
  }
  if (!/^#(?:x[0-9a-f]{1,6}|[0-9]{1,7})$/.test(name)) return undefined;
  const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return { length, text: code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code), kind: 'html-entity' };
}

const TAGS: ReadonlySet<string> = new Set(
  `a b body br code div em font h1 h2 h3 h4 head hr html i li mark ol p pre small span strong table td th
  title tr tt u ul wbr`.split(/\s+/),
);

/** Attributes longer than this are not taken for a tag; it bounds the look ahead. */
const MAX_TAG_LENGTH = 300;
/** Attributes without a text of their own; a tag with others (`title="..."`) stays, as its words may count. */
const LAYOUT_ONLY =
  /^(?:\s+(?:class|style|id|href|color|size|lang|dir|rel|target|width|align)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))*\s*\/?$/i;
/** Tags that may stand in the middle of a word (a highlighted hit); the others separate. */
const INLINE_TAGS: ReadonlySet<string> = new Set(['b', 'em', 'i', 'mark', 'span', 'strong', 'u', 'wbr', 'font']);

function tagAt(text: string, at: number): Piece | undefined {
  let end = at + 1;
  if (text.charCodeAt(end) === 0x2f) end++;
  const nameStart = end;
  while (end - nameStart < 8 && (isLetter(text.charCodeAt(end)) || isDigit(text.charCodeAt(end)))) end++;
  if (end === nameStart) return undefined;
  const name = text.slice(nameStart, end).toLowerCase();
  if (!TAGS.has(name) || !/[\s/>]/.test(text[end] ?? '')) return undefined;
  const limit = Math.min(text.length, at + MAX_TAG_LENGTH);
  while (end < limit && text[end] !== '>' && text[end] !== '<') end++;
  if (text[end] !== '>' || !LAYOUT_ONLY.test(text.slice(nameStart + name.length, end))) return undefined;
  return { length: end + 1 - at, text: INLINE_TAGS.has(name) ? REMOVED : ' ', kind: 'html-tag' };
}

/** \\u0022, \\x22 and \\033, with any number of backslashes before them. */
function escapeAt(text: string, at: number): Piece | undefined {
  if (at > 0 && text.charCodeAt(at - 1) === 0x5c) return undefined;
  let letter = at + 1;
  while (text.charCodeAt(letter) === 0x5c) letter++;
  const kind = text.charCodeAt(letter);
  if (kind === 0x75 || kind === 0x78) {
    const count = kind === 0x75 ? 4 : 2;
    const code = hex(text, letter + 1, count);
    if (code >= 0) return { length: letter + 1 + count - at, text: String.fromCharCode(code), kind: 'unicode-escape' };
  } else if (kind === 0x30 && text.startsWith('033[', letter)) {
    return { length: letter + 3 - at, text: '\u001b', kind: 'ansi' };
  } else if (kind === 0x65 && text.startsWith('e[', letter)) {
    return { length: letter + 1 - at, text: '\u001b', kind: 'ansi' };
  }
  return undefined;
}

/** A digit, `:`, `;` or `?`. */
function isColourParameter(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x3b) || unit === 0x3f;
}

/** A select-graphic-rendition or erase sequence whose parameters begin at `from`; bare `[31m` needs a parameter. */
function colourAt(text: string, at: number, from: number, minParameters: number): Piece | undefined {
  if (minParameters > 0 && text.charCodeAt(from) === 0x3f) return undefined;
  let end = from;
  while (end - from < 20 && isColourParameter(text.charCodeAt(end))) end++;
  if (end - from < minParameters) return undefined;
  const isColour = text.charCodeAt(end) === 0x6d || (minParameters === 0 && /[A-HJKST]/.test(text.charAt(end)));
  return isColour ? { length: end + 1 - at, text: REMOVED, kind: 'ansi' } : undefined;
}
