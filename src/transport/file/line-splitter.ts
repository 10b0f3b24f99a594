export interface Line {
  /** Without the line end (LF, or CR and LF). */
  readonly bytes: Buffer;
  /** Counted from 0. */
  readonly number: number;
  /** How many bytes the line had; more than `bytes` when it was cut. */
  readonly originalBytes: number;
  /** Where the line begins in the input, in bytes. */
  readonly startByte: number;
  /** Where the next line begins: behind the line end, or where the input ends. */
  readonly endByte: number;
}

/** A place between two lines. */
export interface LinePosition {
  /** Number of the line that begins here, counted from 0. */
  readonly line: number;
  readonly byte: number;
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts a stream of bytes into lines without looking at the encoding, and holds at most `maxLineBytes` of an unfinished
 * line: what exceeds them is counted and dropped. Empty lines are left out but counted.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #number: number;
  #startByte: number;
  /** The unfinished line, up to the limit. */
  #parts: Buffer[] = [];
  #keptBytes = 0;
  #totalBytes = 0;
  #endsWithCr = false;

  /** `maxLineBytes`: 1 or more. `start`: where the bytes that come begin. */
  constructor(maxLineBytes: number, start: LinePosition = { line: 0, byte: 0 }) {
    this.#maxLineBytes = maxLineBytes;
    this.#number = start.line;
    this.#startByte = start.byte;
  }

  /** The lines that this chunk completes. They share its memory, so it must not be written to any more. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish(lines, this.#endsWithCr ? 1 : 0, 1);
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
    return lines;
  }

  /** The last line, when it has no line end. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.#totalBytes > 0) this.#finish(lines, 0, 0);
    return lines;
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#totalBytes += bytes.length;
    this.#endsWithCr = bytes[bytes.length - 1] === CR;
    const room = this.#maxLineBytes - this.#keptBytes;
    if (room <= 0) return;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#parts.push(kept);
    this.#keptBytes += kept.length;
  }

  #finish(lines: Line[], crBytes: number, lfBytes: number): void {
    let line = this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#parts);
    const startByte = this.#startByte;
    const endByte = startByte + this.#totalBytes + lfBytes;
    let originalBytes = this.#totalBytes - crBytes;
    line = line.subarray(0, Math.min(originalBytes, this.#maxLineBytes));
    if (this.#number === 0 && line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
      line = line.subarray(BYTE_ORDER_MARK.length);
      originalBytes -= BYTE_ORDER_MARK.length;
    }
    if (originalBytes > 0) lines.push({ bytes: line, number: this.#number, originalBytes, startByte, endByte });
    this.#number += 1;
    this.#startByte = endByte;
    this.#parts = [];
    this.#keptBytes = 0;
    this.#totalBytes = 0;
    this.#endsWithCr = false;
  }
}
