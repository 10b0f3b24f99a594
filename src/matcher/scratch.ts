/**
 * The memory in which `word-kernel.ts` works: one for the thread, since an engine sets address space aside for each. It
 * holds the tables of one dictionary, the one scanned with last, and the text and the words of the last scan.
 */
import { assemble } from './wat.ts';
import { HEADER, WORD_KERNEL } from './word-kernel.ts';

/** How a dictionary is laid out for the kernel. */
export interface DictionaryTables {
  /** Hash table, its length a power of two: twice the word's id, and 1 more when the search may go on in the next slot. */
  readonly slots: Int32Array;
  /** By id; the record of id 0, which stands for no word, has a size that no word has. */
  readonly records: Int32Array;
  /** The bytes of all words. */
  readonly letters: Uint8Array;
}

/** What is used of the engine's `WebAssembly`; the standard types come with those of a browser only. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(size: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): void;
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>);
    readonly exports: unknown;
  }
}

interface Kernel {
  readonly scan: (length: number, apps: number) => number;
}

/** What is read and written beyond the text, at most, and before it. */
const MARGIN_BYTES = 128;
/** Room for words that a repair adds. */
const MORE_WORDS = 128;
const MIN_TEXT = 4_096;
const PAGE_BYTES = 65_536;

class Scratch {
  /** The text, one byte for each UTF-16 unit. */
  bytes = new Uint8Array(0);
  /** By word: where it begins, where it ends, its id. */
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  ids = new Int32Array(0);
  /** Indices of the words that begin something. */
  active = new Int32Array(0);
  /** Indices of characters that may begin an encoding. */
  marks = new Int32Array(0);
  private header = new Int32Array(0);
  private tables: DictionaryTables | undefined;
  private readonly memory = new WebAssembly.Memory({ initial: 1 });
  private readonly kernel: Kernel;

  constructor() {
    const module = new WebAssembly.Module(assemble(WORD_KERNEL));
    this.kernel = new WebAssembly.Instance(module, { scratch: { memory: this.memory } }).exports as Kernel;
  }

  get markCount(): number {
    return this.header[HEADER.markCount]!;
  }

  get activeCount(): number {
    return this.header[HEADER.activeCount]!;
  }

  /** Makes room for a text of so many UTF-16 units, and the tables those to look words up in. */
  prepare(length: number, tables: DictionaryTables): void {
    if (tables !== this.tables || length > this.bytes.length) this.layOut(length, tables);
  }

  /** Reads the words of the first `length` bytes; gives their number, or -1 when there is a NUL. */
  scan(length: number, apps: number): number {
    return this.kernel.scan(length, apps);
  }

  private layOut(length: number, tables: DictionaryTables): void {
    const capacity = length > this.bytes.length ? Math.max(MIN_TEXT, Math.ceil(length * 1.25)) : this.bytes.length;
    const words = (capacity >> 1) + 1 + MORE_WORDS;
    let size = 0;
    const place = (bytes: number) => {
      const at = size;
      size = Math.ceil((at + bytes) / 64) * 64;
      return at;
    };
    place(Object.keys(HEADER).length * 4);
    const slots = place(tables.slots.byteLength);
    const records = place(tables.records.byteLength);
    const letters = place(tables.letters.byteLength);
    const text = place(capacity + 2 * MARGIN_BYTES) + MARGIN_BYTES;
    const fold = place(capacity + 2 * MARGIN_BYTES) + MARGIN_BYTES;
    const bounds = place((capacity + 2) * 4);
    const [starts, ends, ids, active] = [place(words * 4), place(words * 4), place(words * 4), place(words * 4)];
    const marks = place(capacity * 4);
    const missing = size - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    const { buffer } = this.memory;
    new Int32Array(buffer, slots).set(tables.slots);
    new Int32Array(buffer, records).set(tables.records);
    new Uint8Array(buffer, letters).set(tables.letters);
    new Uint8Array(buffer, text - MARGIN_BYTES, MARGIN_BYTES).fill(0x20);
    const mask = tables.slots.length - 1;
    const values = { text, fold, bounds, starts, ends, ids, active, marks, slots, mask, records, letters };
    this.header = new Int32Array(buffer, 0, Object.keys(HEADER).length);
    for (const [name, value] of Object.entries(values)) this.header[HEADER[name as keyof typeof values]] = value;
    this.bytes = new Uint8Array(buffer, text, capacity);
    this.starts = new Int32Array(buffer, starts, words);
    this.ends = new Int32Array(buffer, ends, words);
    this.ids = new Int32Array(buffer, ids, words);
    this.active = new Int32Array(buffer, active, words);
    this.marks = new Int32Array(buffer, marks, capacity);
    this.tables = tables;
  }
}

export const scratch = new Scratch();
