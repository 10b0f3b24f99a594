/**
 * The words of a message, fast: no strings made. Gives the same words as `wordsOf` with `known` = "is in the dictionary"
 * (a test holds that), as numbers: the dictionary's word id, or 0 for a word that no pattern has.
 *
 * Works on bytes, one for each UTF-16 unit; of ASCII texts the engine copies them out. `word-kernel.ts` reads the words;
 * only texts with soft characters, and those where a letter outside ASCII has the byte of another one in a known word
 * (`hasRightLetters`), go through the loop in `scanAny`, at a quarter of the speed.
 */
import { isEncodedAt } from './decode.ts';
import { byteOfUnit, type Dictionary, FOLD_BYTE } from './dictionary.ts';
import { scratch } from './scratch.ts';
import { isDigit } from './units.ts';
import { RECORD_APPS, RECORD_FIELDS, RECORD_WIDE } from './word-kernel.ts';
import { BACKSLASH, FIRST_WORD_CHAR, HINT, isControlLetter, SOFT } from './words.ts';

const encoder = new TextEncoder();

/** Shorter and longer words are not cut in two. */
const MIN_JOINED = 6;
const MAX_JOINED = 60;
/** Letters that each part must have. */
const MIN_PART = 2;

/**
 * The words of the last scanned text. They are in the scratch memory of the thread: read them before the next scan, of any
 * scanner.
 */
export class WordScanner {
  count = 0;
  /** By word: its id, where it begins and where it ends (exclusive). */
  ids = scratch.ids;
  starts = scratch.starts;
  ends = scratch.ends;
  /** Indices of the words that begin something for the apps that were asked for; `activeCount` of them. */
  active = scratch.active;
  activeCount = 0;
  private readonly dictionary: Dictionary;
  private bytes = scratch.bytes;
  private text = '';
  /** The text is ASCII, and no character in it is soft. */
  private isPlain = true;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  /**
   * Reads the words of `text`. With `watch`, stops at the first encoded piece (`%7B`, `&quot;` ...) and returns false:
   * decode the text first and scan again without `watch`. `apps` are those of which `active` is wanted (see `scope.ts`).
   */
  scan(text: string, watch: boolean, apps = -1): boolean {
    const { length } = text;
    scratch.prepare(length, this.dictionary.tables);
    this.text = text;
    const { bytes } = scratch;
    this.bytes = bytes;
    this.ids = scratch.ids;
    this.starts = scratch.starts;
    this.ends = scratch.ends;
    this.active = scratch.active;
    const { read, written } = encoder.encodeInto(text, bytes);
    const isAscii = read === length && written === length;
    if (!isAscii) for (let i = 0; i < length; i++) bytes[i] = byteOfUnit(text.charCodeAt(i));
    this.count = scratch.scan(length, apps);
    this.isPlain = isAscii && this.count >= 0;
    if (this.isPlain || (this.count >= 0 && this.hasRightLetters())) {
      this.activeCount = scratch.activeCount;
      return !watch || !this.isEncoded();
    }
    if (!this.scanAny(watch)) return false;
    this.activate(apps);
    return true;
  }

  /** Finds `active` anew, after words were changed. */
  activate(apps: number): void {
    const { records } = this.dictionary.tables;
    let count = 0;
    for (let i = 0; i < this.count; i++)
      if ((records[this.ids[i]! * RECORD_FIELDS + RECORD_APPS]! & apps) !== 0) this.active[count++] = i;
    this.activeCount = count;
  }

  /** Whether the known words are the text's: the kernel compares bytes, which letters outside ASCII share. */
  private hasRightLetters(): boolean {
    const { records } = this.dictionary.tables;
    for (let i = 0; i < this.count; i++) {
      const id = this.ids[i]!;
      const isWide = records[id * RECORD_FIELDS + RECORD_WIDE] === 1;
      if (isWide && this.find(this.starts[i]!, this.ends[i]!) !== id) return false;
    }
    return true;
  }

  private isEncoded(): boolean {
    const { marks, markCount } = scratch;
    for (let i = 0; i < markCount; i++) if (isEncodedAt(this.text, marks[i]!)) return true;
    return false;
  }

  /** The plain loop, for any text. */
  private scanAny(watch: boolean): boolean {
    this.count = 0;
    const { bytes, text, dictionary } = this;
    const folds = FOLD_BYTE;
    const { length } = text;
    let at = 0;
    while (at < length) {
      let fold = folds[bytes[at]!]!;
      if (fold >= FIRST_WORD_CHAR) {
        const start = at;
        do {
          if (++at === length) break;
          fold = folds[bytes[at]!]!;
        } while (fold >= FIRST_WORD_CHAR);
        if (fold === SOFT && at < length) at = this.softWord(bytes, start, length, false);
        else this.push(dictionary.find(bytes, text, start, at), start, at);
      } else if (fold === BACKSLASH) {
        if (watch && isEncodedAt(text, at)) return false;
        do at++;
        while (at < length && bytes[at] === 0x5c);
        if (at < length && isControlLetter(bytes[at]!)) {
          at++;
          if (at < length && folds[bytes[at]!]! >= FIRST_WORD_CHAR) at = this.softWord(bytes, at, length, true);
        }
      } else {
        if (fold === HINT && watch && isEncodedAt(text, at)) return false;
        at++;
      }
    }
    return true;
  }

  /** Whether the word is among those of the last scan. */
  has(id: number): boolean {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === id) return true;
    return false;
  }

  /**
   * Whether the last scanned text may hold what `vendor-code.ts` looks for, which takes much longer: a word that ends in
   * four digits, or in `code` with more than a blank behind it.
   */
  mayHoldCode(): boolean {
    if (!this.isPlain || this.text.includes('$')) return true;
    const { bytes, count, ends, starts } = this;
    for (let i = 0; i < count; i++) {
      const end = ends[i]!;
      const length = end - starts[i]!;
      if (length < 4) continue;
      const last = bytes[end - 1]!;
      if (isDigit(last)) {
        if (length > 4 && isDigit(bytes[end - 2]!) && isDigit(bytes[end - 3]!) && isDigit(bytes[end - 4]!)) return true;
      } else if ((last | 0x20) === 0x65 && (bytes[end - 2]! | 0x20) === 0x64 && (bytes[end - 4]! | 0x20) === 0x63) {
        if (length > 4 || bytes[end] !== 0x20) return true;
      }
    }
    return false;
  }

  /**
   * Reads the word at `start` that has soft characters inside or after it, or (`afterEscape`) a letter before it that may
   * belong to it. Returns where it ends.
   */
  private softWord(bytes: Uint8Array, start: number, length: number, afterEscape: boolean): number {
    let at = start;
    let end = start;
    for (; at < length; at++) {
      const fold = FOLD_BYTE[bytes[at]!]!;
      if (fold >= FIRST_WORD_CHAR) end = at + 1;
      else if (fold !== SOFT) break;
    }
    const id = this.find(start, end);
    if (id !== 0) this.push(id, start, end);
    else this.doubtful(start, end, afterEscape);
    return at;
  }

  /** A word that is not known as it stands: with the letter before it, or cut at its soft characters, it may be. */
  private doubtful(start: number, end: number, afterEscape: boolean): void {
    if (afterEscape) {
      const id = this.find(start - 1, end);
      if (id !== 0) {
        this.push(id, start - 1, end);
        return;
      }
    }
    let from = start;
    for (let at = start; at <= end; at++) {
      if (at < end && FOLD_BYTE[this.bytes[at]!] !== SOFT) continue;
      if (at > from) this.push(this.find(from, at), from, at);
      from = at + 1;
    }
  }

  /**
   * Cuts unknown words that are two known ones, or a number and a known one, without the blank between them (`Readtimed`,
   * `401Unauthorized`). Returns whether there were any.
   */
  splitJoined(): boolean {
    const { count } = this;
    if (!this.hasJoint()) return false;
    const ids = this.ids.slice(0, count);
    const starts = this.starts.slice(0, count);
    const ends = this.ends.slice(0, count);
    this.count = 0;
    for (let i = 0; i < count; i++) {
      const middle = ids[i] === 0 ? this.joint(starts[i]!, ends[i]!) : 0;
      if (middle === 0) {
        this.push(ids[i]!, starts[i]!, ends[i]!);
      } else {
        this.push(this.find(starts[i]!, middle), starts[i]!, middle);
        this.push(this.find(middle, ends[i]!), middle, ends[i]!);
      }
    }
    return true;
  }

  private hasJoint(): boolean {
    for (let i = 0; i < this.count; i++) {
      if (this.ids[i] === 0 && this.joint(this.starts[i]!, this.ends[i]!) !== 0) return true;
    }
    return false;
  }

  /** Where the word falls into two; 0 if it does not. */
  private joint(start: number, end: number): number {
    if (end - start < MIN_JOINED || end - start > MAX_JOINED) return 0;
    if (!this.mayEnd(end)) return 0;
    const { bytes } = this;
    let isNumber = isDigit(bytes[start]!);
    if (!isNumber && !this.mayBegin(start)) return 0;
    for (let middle = start + 1; middle <= end - MIN_PART; middle++) {
      if (bytes[middle - 1] === 0) return 0;
      isNumber &&= isDigit(bytes[middle - 1]!);
      if (middle - start < MIN_PART || !this.mayBegin(middle) || !(isNumber || this.mayEnd(middle))) continue;
      if (isDigit(bytes[middle - 1]!) && isDigit(bytes[middle]!)) continue;
      if ((isNumber || this.find(start, middle) !== 0) && this.find(middle, end) !== 0) return middle;
    }
    return 0;
  }

  /** Whether a word may begin at `at`, by its first letters; a soft character as the third decides nothing. */
  private mayBegin(at: number): boolean {
    const { bytes } = this;
    if (bytes[at + 2] === 0) return true;
    return this.dictionary.mayBegin(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
  }

  /** Whether a word may end before `end`, by its last letters; a soft character as the third last decides nothing. */
  private mayEnd(end: number): boolean {
    const { bytes } = this;
    if (bytes[end - 2] === 0) return false;
    if (end < 3 || bytes[end - 3] === 0) return true;
    return this.dictionary.mayEnd(bytes[end - 3]!, bytes[end - 2]!, bytes[end - 1]!);
  }

  private find(start: number, end: number): number {
    return this.dictionary.find(this.bytes, this.text, start, end);
  }

  /** Adds a word; only for readings of the text other than the scan's. */
  push(id: number, start: number, end: number): void {
    const index = this.count++;
    this.ids[index] = id;
    this.starts[index] = start;
    this.ends[index] = end;
  }
}
