/** The words of all patterns, each with an id from 1 up. Built once, then only read. */
import { FIRST_WORD_CHAR, FOLD, SOFT } from './words.ts';

export const HASH_SEED = 0x811c9dc5 | 0;

/** One step of a word's hash. */
export function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** The last step. */
export function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}

/**
 * What a UTF-16 unit is hashed as, for units that are part of a word. Letters outside ASCII share 128 values: words are
 * compared letter by letter afterwards, so that only costs time, and not for ASCII.
 */
export function hashByte(fold: number): number {
  return fold < 128 ? fold : 128 | (fold & 127);
}

export class Dictionary {
  readonly words: string[] = [''];
  private readonly ids = new Map<string, number>();
  private slots = new Int32Array(0);
  private hashes = new Int32Array(0);
  private mask = 0;
  /** Bytes of all words, one after another; word `id` begins at `offsets[id]`. */
  private letters = new Uint8Array(0);
  private offsets = new Int32Array(0);
  /** By two bytes: whether a word begins (bit 1) or ends (bit 2) with them. */
  private pairs = new Uint8Array(0);

  /** The id of the word, which is added if it is new. Only before `freeze`. */
  add(word: string): number {
    let id = this.ids.get(word);
    if (id === undefined) {
      id = this.words.push(word) - 1;
      this.ids.set(word, id);
    }
    return id;
  }

  /** Lays the words out for `find`. */
  freeze(): void {
    let size = 64;
    while (size < this.words.length * 4) size *= 2;
    this.slots = new Int32Array(size);
    this.hashes = new Int32Array(size);
    this.mask = size - 1;
    for (let id = 1; id < this.words.length; id++) {
      const hash = hashOf(this.words[id]!);
      let slot = hash & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = id;
      this.hashes[slot] = hash;
    }
    this.offsets = new Int32Array(this.words.length + 1);
    this.words.forEach((word, id) => {
      this.offsets[id + 1] = this.offsets[id]! + word.length;
    });
    this.pairs = this.markPairs();
    this.letters = Uint8Array.from(this.words.flatMap((word) => [...wordBytes(word)]));
  }

  private markPairs(): Uint8Array<ArrayBuffer> {
    const pairs = new Uint8Array(65_536);
    for (const word of this.words) {
      const bytes = wordBytes(word);
      if (bytes.length < 2) continue;
      pairs[(bytes[0]! << 8) | bytes[1]!]! |= 1;
      pairs[(bytes.at(-2)! << 8) | bytes.at(-1)!]! |= 2;
    }
    return pairs;
  }

  /** Whether any word begins with the two bytes. */
  mayBegin(first: number, second: number): boolean {
    return (this.pairs[(first << 8) | second]! & 1) !== 0;
  }

  /** Whether any word ends with the two bytes. */
  mayEnd(last: number, beforeLast: number): boolean {
    return (this.pairs[(beforeLast << 8) | last]! & 2) !== 0;
  }

  has(word: string): boolean {
    return this.ids.has(word);
  }

  idOf(word: string): number {
    return this.ids.get(word) ?? 0;
  }

  /**
   * The id of the word at `start`..`end` of the text, whose hash is known; 0 if unknown. `bytes` stands for the text as
   * in `scan.ts`; soft characters inside are passed over.
   */
  find(hash: number, bytes: Uint8Array, text: string, start: number, end: number): number {
    const { slots, hashes, mask } = this;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id === 0) return 0;
      if (hashes[slot] === hash && this.isAt(id, bytes, text, start, end)) return id;
    }
  }

  private isAt(id: number, bytes: Uint8Array, text: string, start: number, end: number): boolean {
    const { letters, offsets } = this;
    let letter = offsets[id]!;
    const lastLetter = offsets[id + 1]!;
    let high = 0;
    for (let at = start; at < end; at++) {
      const fold = FOLD_BYTE[bytes[at]!]!;
      if (fold === SOFT) continue;
      if (letter === lastLetter || letters[letter++] !== fold) return false;
      high |= fold;
    }
    return letter === lastLetter && (high < 128 || isWordAt(this.words[id]!, text, start, end));
  }
}

function hashOf(word: string): number {
  let hash = HASH_SEED;
  for (const byte of wordBytes(word)) hash = mix(hash, byte);
  return finish(hash);
}

function wordBytes(word: string): Uint8Array {
  return Uint8Array.from({ length: word.length }, (_, i) => hashByte(word.charCodeAt(i)));
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
