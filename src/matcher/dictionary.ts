/** The words of all patterns, each with an id from 1 up. Built once, then only read. */
import type { DictionaryTables } from './scratch.ts';
import {
  HASH_FACTORS,
  HASH_TURN,
  RECORD_APPS,
  RECORD_FIELDS,
  RECORD_KEY,
  RECORD_LETTERS,
  RECORD_SIZE,
  RECORD_WIDE,
} from './word-kernel.ts';
import { FIRST_WORD_CHAR, FOLD, SOFT } from './words.ts';

export class Dictionary {
  readonly words: string[] = [''];
  private readonly ids = new Map<string, number>();
  private frozen: DictionaryTables = {
    slots: new Int32Array(1),
    records: new Int32Array(0),
    letters: new Uint8Array(0),
  };
  /** By three bytes (see `tripleOf`): whether a word may begin (bit 1) or end (bit 2) with them. */
  private triples = new Uint8Array(0);
  /** The word that is looked for, folded; one byte longer than the longest word. */
  private buffer = new Uint8Array(1);
  private readonly record = new Int32Array(RECORD_FIELDS);

  /** The id of the word, which is added if it is new. Only before `freeze`. */
  add(word: string): number {
    let id = this.ids.get(word);
    if (id === undefined) {
      id = this.words.push(word) - 1;
      this.ids.set(word, id);
    }
    return id;
  }

  /** What `scan.ts` looks words up in, after `freeze`. */
  get tables(): DictionaryTables {
    return this.frozen;
  }

  /** Lays the words out. `apps` is, by id, for which apps the word begins something (see `scope.ts`). */
  freeze(apps: Int32Array = new Int32Array(this.words.length)): void {
    const words = this.words.map(wordBytes);
    const letters = new Uint8Array(words.reduce((sum, { length }) => sum + length, 0));
    const records = new Int32Array(words.length * RECORD_FIELDS);
    const slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(64, words.length * 4))));
    const mask = slots.length - 1;
    records[RECORD_SIZE] = -1;
    let offset = 0;
    for (let id = 1; id < words.length; id++) {
      const bytes = words[id]!;
      letters.set(bytes, offset);
      writeKey(this.record, bytes, bytes.length);
      records.set(this.record, id * RECORD_FIELDS);
      records[id * RECORD_FIELDS + RECORD_APPS] = apps[id]!;
      records[id * RECORD_FIELDS + RECORD_LETTERS] = offset;
      records[id * RECORD_FIELDS + RECORD_WIDE] = bytes.some((byte) => byte >= 128) ? 1 : 0;
      offset += bytes.length;
      let slot = hashOf(this.record) & mask;
      for (; slots[slot] !== 0; slot = (slot + 1) & mask) slots[slot]! |= 1;
      slots[slot] = id << 1;
    }
    this.frozen = { slots, records, letters };
    this.buffer = new Uint8Array(words.reduce((longest, { length }) => Math.max(longest, length), 0) + 1);
    this.triples = triplesOf(words);
  }

  /** Whether any word of two letters or more may begin with the three bytes; the third one may lie behind it. */
  mayBegin(first: number, second: number, third: number): boolean {
    return (this.triples[tripleOf(first, second, third)]! & 1) !== 0;
  }

  /** Whether any word of two letters or more may end with the three bytes; the first one may lie before it. */
  mayEnd(first: number, second: number, third: number): boolean {
    return (this.triples[tripleOf(first, second, third)]! & 2) !== 0;
  }

  has(word: string): boolean {
    return this.ids.has(word);
  }

  idOf(word: string): number {
    return this.ids.get(word) ?? 0;
  }

  /**
   * The id of the word at `start`..`end` of the text; 0 if unknown. `bytes` stands for the text as in `scan.ts`; soft
   * characters inside are passed over.
   */
  find(bytes: Uint8Array, text: string, start: number, end: number): number {
    const { buffer } = this;
    const { slots } = this.frozen;
    let size = 0;
    let high = 0;
    for (let at = start; at < end; at++) {
      const fold = FOLD_BYTE[bytes[at]!]!;
      if (fold === SOFT) continue;
      buffer[size++] = fold;
      high |= fold;
      if (size === buffer.length) return 0;
    }
    writeKey(this.record, buffer, size);
    const mask = slots.length - 1;
    for (let slot = hashOf(this.record) & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]! >> 1;
      if (this.isWord(id, size) && (high < 128 || isWordAt(this.words[id]!, text, start, end))) return id;
      if ((slots[slot]! & 1) === 0) return 0;
    }
  }

  /** Whether the word is the one in the buffer. */
  private isWord(id: number, size: number): boolean {
    const { records, letters } = this.frozen;
    if (records[id * RECORD_FIELDS + RECORD_SIZE] !== size) return false;
    const offset = records[id * RECORD_FIELDS + RECORD_LETTERS]!;
    for (let i = 0; i < size; i++) if (letters[offset + i] !== this.buffer[i]) return false;
    return true;
  }
}

/** As the kernel does it: first and last eight bytes, and the size. */
function writeKey(record: Int32Array, bytes: Uint8Array, size: number): void {
  const tail = Math.max(0, size - 8);
  record[RECORD_KEY] = fourBytes(bytes, 0, size);
  record[RECORD_KEY + 1] = fourBytes(bytes, 4, size);
  record[RECORD_KEY + 2] = fourBytes(bytes, tail, size);
  record[RECORD_KEY + 3] = fourBytes(bytes, tail + 4, size);
  record[RECORD_SIZE] = size;
}

function fourBytes(bytes: Uint8Array, from: number, size: number): number {
  let value = 0;
  for (let i = Math.min(from + 4, size) - 1; i >= from; i--) value = (value << 8) | bytes[i]!;
  return value;
}

function hashOf(record: Int32Array): number {
  const low = record[RECORD_KEY + 2]!;
  const high = record[RECORD_KEY + 3]!;
  const turnedLow = (low << HASH_TURN) | (high >>> (32 - HASH_TURN));
  const turnedHigh = (high << HASH_TURN) | (low >>> (32 - HASH_TURN));
  const mixedLow = (record[RECORD_KEY]! ^ turnedLow) + record[RECORD_SIZE]!;
  const mixedHigh = record[RECORD_KEY + 1]! ^ turnedHigh;
  const hash = (Math.imul(mixedLow, HASH_FACTORS[0]) + Math.imul(mixedHigh, HASH_FACTORS[1])) | 0;
  return hash ^ (hash >>> 15);
}

/** Number of a byte among those that stand in words, letters without case; 0 for others. */
const CODES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 128 ? 39 : 1 + 'abcdefghijklmnopqrstuvwxyz0123456789_$'.indexOf(String.fromCharCode(byte).toLowerCase()),
);

function tripleOf(first: number, second: number, third: number): number {
  return (CODES[first]! * 40 + CODES[second]!) * 40 + CODES[third]!;
}

function triplesOf(words: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const triples = new Uint8Array(64_000);
  for (const bytes of words) {
    const { length } = bytes;
    if (length > 2) {
      triples[tripleOf(bytes[0]!, bytes[1]!, bytes[2]!)]! |= 1;
      triples[tripleOf(bytes[length - 3]!, bytes[length - 2]!, bytes[length - 1]!)]! |= 2;
    } else if (length === 2) {
      for (let any = 0; any < 40; any++) {
        triples[(CODES[bytes[0]!]! * 40 + CODES[bytes[1]!]!) * 40 + any]! |= 1;
        triples[(any * 40 + CODES[bytes[0]!]!) * 40 + CODES[bytes[1]!]!]! |= 2;
      }
    }
  }
  return triples;
}

function wordBytes(word: string): Uint8Array {
  return Uint8Array.from({ length: word.length }, (_, i) => hashByte(word.charCodeAt(i)));
}

/**
 * What a UTF-16 unit is hashed as, for units that are part of a word. Letters outside ASCII share 128 values: words are
 * compared letter by letter afterwards, so that only costs time, and not for ASCII.
 */
export function hashByte(fold: number): number {
  return fold < 128 ? fold : 128 | (fold & 127);
}

/** Letter by letter: different letters outside ASCII may have the same byte. */
function isWordAt(word: string, text: string, start: number, end: number): boolean {
  let i = 0;
  for (let at = start; at < end; at++) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold !== SOFT && word.charCodeAt(i++) !== fold) return false;
  }
  return i === word.length;
}

/** What a byte of a scanned text does: as `FOLD`, but for the bytes that `scan.ts` makes of a text. */
export const FOLD_BYTE: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 128 ? FOLD[byte]! : byte));

/** The byte that stands for a UTF-16 unit outside ASCII: a space, a NUL, or the letter it is hashed as. */
export function byteOfUnit(unit: number): number {
  if (unit < 128) return unit;
  const fold = FOLD[unit]!;
  if (fold >= FIRST_WORD_CHAR) return hashByte(fold);
  return fold === SOFT ? 0 : HINT_UNITS.has(unit) ? 0x1b : 0x20;
}

/** Pictures of the escape character that some viewers show; they begin a colour as it does. */
const HINT_UNITS: ReadonlySet<number> = new Set([0x2190, 0x241b]);
