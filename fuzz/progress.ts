/** Where a run stands, in a file: readable from another process even while the run hangs, and when it is dead. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface Place {
  /** -1: the inputs kept in files; else the number of the slice. */
  readonly slice: number;
  /** Within the slice, or among the files; -1: no input is under way. */
  readonly index: number;
}

export class ProgressWriter {
  readonly #file: number;
  readonly #cells = new Int32Array(3);

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  set({ slice, index }: Place): void {
    this.#cells[0] = slice;
    this.#cells[1] = index;
    this.#cells[2]!++;
    writeSync(this.#file, this.#cells, 0, this.#cells.byteLength, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** `steps` changes with every `set`; 0 before the first one. */
export function readProgress(path: string): Place & { readonly steps: number } {
  const bytes = readFileSync(path);
  if (bytes.length < 12) return { slice: 0, index: -1, steps: 0 };
  return { slice: bytes.readInt32LE(0), index: bytes.readInt32LE(4), steps: bytes.readInt32LE(8) };
}
