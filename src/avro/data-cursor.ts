/**
 * Reads the primitives of Avro's binary encoding, and refuses what cannot be true before memory is spent on it: a length
 * beyond the end, more values than `MAX_VALUES`, nesting beyond `MAX_DEPTH`, texts out of the schema that would make
 * a small record a huge event. avsc checks its position only at the end, so five bytes can make it build fifty million items.
 */

/** Values in one record, each field and item counted: what a record of a few MB can hold, in a few hundred MB at worst. */
export const MAX_VALUES = 1_000_000;
/** Records, arrays and maps within each other. */
export const MAX_DEPTH = 100;
/**
 * Characters that are not in the data (names of fields, symbols, times): a byte of data may stand for a name of any length,
 * and the event is written with its names. So many are always allowed, so many more for each byte of the record, and never
 * more than a text of some 30 MB.
 */
const FREE_CHARS = 65_536;
export const CHARS_PER_BYTE = 64;
export const MAX_CHARS = 33_554_432;

/** What is wrong with the data: where (byte of the record's value, field) and what was found. */
export class AvroDataError extends Error {
  /** Byte of the record's value, from 0. */
  readonly position: number;
  /** Field names and item numbers, outermost first; filled on the way up. */
  readonly path: string[] = [];

  constructor(position: number, message: string) {
    super(message);
    this.name = 'AvroDataError';
    this.position = position;
  }
}

export class DataCursor {
  readonly #bytes: Buffer;
  #position: number;
  #values = 0;
  #depth = 0;
  #charsLeft: number;

  /** Reads from `position` to the end of `bytes`. */
  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
    this.#charsLeft = Math.min(MAX_CHARS, FREE_CHARS + CHARS_PER_BYTE * bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  fail(message: string): never {
    throw new AvroDataError(this.#position, message);
  }

  /** Counts values that are about to be read. */
  count(values: number): void {
    this.#values += values;
    if (this.#values > MAX_VALUES) this.fail(`there are more than ${MAX_VALUES} values in the record`);
  }

  /** Counts characters that the event gets from the schema. */
  countChars(chars: number): void {
    this.#charsLeft -= chars;
    if (this.#charsLeft < 0)
      this.fail(
        `names of fields, symbols and times make more than ${CHARS_PER_BYTE} characters for each byte, or ${MAX_CHARS}`,
      );
  }

  enter(): void {
    if (++this.#depth > MAX_DEPTH) this.fail(`values are nested more than ${MAX_DEPTH} deep`);
  }

  leave(): void {
    this.#depth--;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) this.fail(`a boolean is ${byte}; expected 0 or 1`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if (typeof value === 'bigint' || value < -2_147_483_648 || value > 2_147_483_647) {
      this.fail(`an int is ${value}; it has 32 bits`);
    }
    return value;
  }

  /** A number where that is exact (up to 2^53), else a bigint. */
  long(): number | bigint {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      factor *= 128;
    }
    return this.#longBeyond49Bits(BigInt(value));
  }

  /** How many bytes or items follow. */
  length(what: string): number {
    const length = this.long();
    if (typeof length === 'bigint' || length < 0) this.fail(`${what} has the length ${length}`);
    return length;
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4, 'a float'));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8, 'a double'));
  }

  /** What is no UTF-8 becomes U+FFFD, as in JSON records. */
  string(): string {
    const length = this.length('a text');
    const start = this.#take(length, 'a text');
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** A view, not a copy. */
  bytes(length: number, what: string): Buffer {
    const start = this.#take(length, what);
    return this.#bytes.subarray(start, start + length);
  }

  #take(length: number, what: string): number {
    if (length > this.left) this.fail(`${what} has ${length} bytes, but ${this.left} are left`);
    const start = this.#position;
    this.#position += length;
    return start;
  }

  #byte(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) this.fail('the value ends in the middle of its data');
    this.#position++;
    return byte;
  }

  /** `low`: the first 49 bits. */
  #longBeyond49Bits(low: bigint): number | bigint {
    let value = low;
    for (let shift = 49n; ; shift += 7n) {
      const byte = this.#byte();
      if (shift === 63n && byte > 1) this.fail('a long has more than 64 bits');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const long = (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  }
}
