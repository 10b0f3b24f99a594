import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf, TriageError } from '../../errors.ts';
import type { BatchHandler, Source, SourceRecord } from '../port.ts';
import { type Line, LineSplitter } from './line-splitter.ts';

export interface FileSourceOptions {
  /** A path, or a stream of bytes such as `process.stdin`. */
  readonly input: string | Readable;
  /** Topic of the records. Default: the file's name without its folder, or `stdin`. */
  readonly topic?: string;
  /** 1 or more. */
  readonly maxBatchRecords?: number;
  /** 1 or more. */
  readonly maxLineBytes?: number;
}

export const FILE_SOURCE_DEFAULTS = {
  /** As the Kafka source. */
  maxBatchRecords: 500,
  /** Above any Kafka record that a broker takes by default, below what hurts when it is decoded. */
  maxLineBytes: 8 * 1_048_576,
} as const;

/** On a record whose line exceeded `maxLineBytes`: how many bytes it had, as decimal text. */
const CUT_HEADER = 'triage.cut';

/** Bytes per read of a file. A batch never waits for a second read, so that lines of a pipe are handed over as they come. */
const READ_BYTES = 262_144;

/**
 * Reads newline-delimited records: one line, one record in partition 0, its offset the line number from 0. Empty lines
 * are no records but count. Reads on only after the handler is done with what was read.
 */
export class FileSource implements Source {
  readonly #options: FileSourceOptions & typeof FILE_SOURCE_DEFAULTS;
  readonly #topic: string;
  #stream: Readable | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;

  constructor(options: FileSourceOptions) {
    this.#options = { ...FILE_SOURCE_DEFAULTS, ...options } as FileSourceOptions & typeof FILE_SOURCE_DEFAULTS;
    this.#topic = options.topic ?? (typeof options.input === 'string' ? basename(options.input) : 'stdin');
  }

  /** @throws {TriageError} `file`, when the input cannot be read; otherwise what the handler rejects with. */
  run(handle: BatchHandler): Promise<void> {
    if (this.#running !== undefined) throw new TriageError('internal', 'FileSource.run may be called only once.');
    this.#running = this.#readToEnd(handle);
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stream?.destroy();
    // Why `run` rejected is told to the caller of `run`.
    await this.#running?.catch(() => undefined);
  }

  async #readToEnd(handle: BatchHandler): Promise<void> {
    if (this.#stopping) return;
    const { input, maxLineBytes } = this.#options;
    const stream = typeof input === 'string' ? createReadStream(input, { highWaterMark: READ_BYTES }) : input;
    this.#stream = stream;
    const splitter = new LineSplitter(maxLineBytes);
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    for (let chunk = await this.#next(chunks); chunk !== undefined; chunk = await this.#next(chunks)) {
      await this.#handOver(splitter.push(chunk), handle);
    }
    if (!this.#stopping) await this.#handOver(splitter.end(), handle);
  }

  async #next(chunks: AsyncIterator<Buffer | string>): Promise<Buffer | undefined> {
    if (this.#stopping) return undefined;
    try {
      const { done, value } = await chunks.next();
      if (done === true) return undefined;
      return typeof value === 'string' ? Buffer.from(value) : value;
    } catch (error) {
      if (this.#stopping) return undefined;
      throw unreadable(this.#options.input, error);
    }
  }

  async #handOver(lines: readonly Line[], handle: BatchHandler): Promise<void> {
    const { maxBatchRecords } = this.#options;
    for (let start = 0; start < lines.length && !this.#stopping; start += maxBatchRecords) {
      const records = lines.slice(start, start + maxBatchRecords).map((line) => this.#toRecord(line));
      const startOffset = records[0]?.offset ?? 0;
      const nextOffset = (records.at(-1)?.offset ?? 0) + 1;
      const batch = { topic: this.#topic, partition: 0, startOffset, nextOffset, records, endOffset: nextOffset };
      await handle(batch, noKeepAlive);
    }
  }

  #toRecord({ bytes, number, originalBytes }: Line): SourceRecord {
    return {
      topic: this.#topic,
      partition: 0,
      offset: number,
      timestampMs: -1,
      key: null,
      value: bytes,
      headers: originalBytes > bytes.length ? { [CUT_HEADER]: String(originalBytes) } : {},
    };
  }
}

async function noKeepAlive(): Promise<void> {
  // Nobody takes a file away from a slow reader.
}

function unreadable(input: string | Readable, error: unknown): TriageError {
  const name = typeof input === 'string' ? input : 'the input stream';
  const code = (error as { code?: unknown }).code;
  if (code === 'ENOENT') return new TriageError('file', `There is no file ${name}. Check the path.`, { cause: error });
  if (code === 'EISDIR') return new TriageError('file', `${name} is a folder; a file is needed.`, { cause: error });
  if (code === 'EACCES') {
    return new TriageError('file', `${name} may not be read by this user. Check its permissions.`, { cause: error });
  }
  return new TriageError('file', `Cannot read ${name}: ${messageOf(error)}`, { cause: error });
}
