/**
 * The words of a message, fast: one pass, no strings made. Gives the same words as `wordsOf` with `known` = "is in the
 * dictionary" (a test holds that), as numbers: the dictionary's word id, or 0 for a word that no pattern has.
 */
import { isEncodedAt } from './decode.ts';
import { BACKSLASH, FIRST_WORD_CHAR, FOLD, HINT, isControlLetter, SOFT } from './words.ts';

/** The words of all patterns, each with an id from 1 up. Built once, then only read. */
export class Dictionary {
  readonly words: string[] = [''];
  private readonly ids = new Map<string, number>();
  private slots = new Int32Array(0);
  private hashes = new Int32Array(0);

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
    for (let id = 1; id < this.words.length; id++) {
      const hash = hashOf(this.words[id]!);
      let slot = hash & (size - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.slots[slot] = id;
      this.hashes[slot] = hash;
    }
  }

  has(word: string): boolean {
    return this.ids.has(word);
  }

  idOf(word: string): number {
    return this.ids.get(word) ?? 0;
  }

  /** The id of the word at `start`..`end` (soft characters inside are passed over), whose hash is known; 0 if unknown. */
  find(hash: number, text: string, start: number, end: number): number {
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]!;
      if (id === 0) return 0;
      if (this.hashes[slot] === hash && sameWord(this.words[id]!, text, start, end)) return id;
    }
  }
}

const HASH_SEED = 0x811c9dc5 | 0;

function mix(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}

function hashOf(word: string): number {
  let hash = HASH_SEED;
  for (let i = 0; i < word.length; i++) hash = mix(hash, word.charCodeAt(i));
  return finish(hash);
}

function sameWord(word: string, text: string, start: number, end: number): boolean {
  let i = 0;
  for (let at = start; at < end; at++) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold === SOFT) continue;
    if (i >= word.length || word.charCodeAt(i++) !== fold) return false;
  }
  return i === word.length;
}

/** The words of the last scanned text. The arrays are reused: read them before the next scan. */
export class WordScanner {
  count = 0;
  ids: Int32Array = new Int32Array(256);
  starts: Int32Array = new Int32Array(256);
  ends: Int32Array = new Int32Array(256);
  private readonly dictionary: Dictionary;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  /**
   * Reads the words of `text`. With `watch`, stops at the first encoded piece (`%7B`, `&quot;` ...) and returns false:
   * decode the text first and scan again without `watch`.
   */
  scan(text: string, watch: boolean): boolean {
    this.count = 0;
    const length = text.length;
    let at = 0;
    while (at < length) {
      const fold = FOLD[text.charCodeAt(at)]!;
      if (fold >= FIRST_WORD_CHAR) {
        at = this.word(text, at, false);
      } else if (fold === BACKSLASH) {
        if (watch && isEncodedAt(text, at)) return false;
        do at++;
        while (at < length && text.charCodeAt(at) === 0x5c);
        if (at < length && isControlLetter(text.charCodeAt(at))) {
          at++;
          if (at < length && FOLD[text.charCodeAt(at)]! >= FIRST_WORD_CHAR) at = this.word(text, at, true);
        }
      } else {
        if (fold === HINT && watch && isEncodedAt(text, at)) return false;
        at++;
      }
    }
    return true;
  }

  /** Reads the word at `start`; `afterEscape`: the letter before it may belong to it. Returns where it ends. */
  private word(text: string, start: number, afterEscape: boolean): number {
    const length = text.length;
    let hash = HASH_SEED;
    let at = start;
    let end = start;
    let soft = false;
    for (; at < length; at++) {
      const fold = FOLD[text.charCodeAt(at)]!;
      if (fold >= FIRST_WORD_CHAR) {
        hash = mix(hash, fold);
        end = at + 1;
      } else if (fold === SOFT) {
        soft = true;
      } else {
        break;
      }
    }
    const id = this.dictionary.find(finish(hash), text, start, end);
    if (id !== 0 || (!soft && !afterEscape)) this.push(id, start, end);
    else this.doubtful(text, start, end, afterEscape);
    return at;
  }

  /** A word that is not known as it stands: with the letter before it, or cut at its soft characters, it may be. */
  private doubtful(text: string, start: number, end: number, afterEscape: boolean): void {
    if (afterEscape) {
      const id = this.dictionary.find(hashRange(text, start - 1, end), text, start - 1, end);
      if (id !== 0) {
        this.push(id, start - 1, end);
        return;
      }
    }
    let from = start;
    for (let at = start; at <= end; at++) {
      if (at < end && FOLD[text.charCodeAt(at)] !== SOFT) continue;
      if (at > from) this.push(this.dictionary.find(hashRange(text, from, at), text, from, at), from, at);
      from = at + 1;
    }
  }

  private push(id: number, start: number, end: number): void {
    if (this.count === this.ids.length) this.grow();
    this.ids[this.count] = id;
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  private grow(): void {
    this.ids = doubled(this.ids);
    this.starts = doubled(this.starts);
    this.ends = doubled(this.ends);
  }
}

function hashRange(text: string, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let at = start; at < end; at++) {
    const fold = FOLD[text.charCodeAt(at)]!;
    if (fold !== SOFT) hash = mix(hash, fold);
  }
  return finish(hash);
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
