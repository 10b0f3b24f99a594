import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, TriageError } from '../../errors.ts';
import type { BatchHandler, Source, SourceBatch, SourceRecord } from '../port.ts';
import { type Line, type LinePosition, LineSplitter } from './line-splitter.ts';
import { type FileStart, ResumableFile } from './resumable-file.ts';

export interface FileSourceOptions {
  /** A path, or a stream of bytes such as `process.stdin`. */
  readonly input: string | Readable;
  /** Topic of the records. Default: the file's name without its folder, or `stdin`. */
  readonly topic?: string;
  /** 1 or more. */
  readonly maxBatchRecords?: number;
  /** 1 or more. */
  readonly maxLineBytes?: number;
  /**
   * Path of a file that says how far the input is handled: replaced after each batch, read at the start, when reading
   * goes on from there. Of a regular file only. Without it every run begins at the first line.
   */
  readonly checkpoint?: string;
  /**
   * Called before each write of the checkpoint, which must not say more than is on disk: flushes the output. When it
   * rejects, so does `run`, and the checkpoint stays.
   */
  readonly beforeCheckpoint?: () => Promise<void>;
  /** With a checkpoint: told where reading begins, before the first batch. */
  readonly onStart?: (start: FileStart) => void;
  /** Milliseconds until a batch whose handler rejected with a retriable error is handed over again. */
  readonly retryDelayMs?: number;
}

export const FILE_SOURCE_DEFAULTS = {
  /** As the Kafka source. */
  maxBatchRecords: 500,
  /** Above any Kafka record that a broker takes by default, below what hurts when it is decoded. */
  maxLineBytes: 8 * 1_048_576,
  /** Long enough for whatever is away to come back, short enough to not be noticed. */
  retryDelayMs: 1_000,
} as const;

/** On a record whose line exceeded `maxLineBytes`: how many bytes it had, as decimal text. */
const CUT_HEADER = 'triage.cut';

/** Bytes per read of a file. A batch never waits for a second read, so that lines of a pipe are handed over as they come. */
const READ_BYTES = 262_144;

/**
 * Reads newline-delimited records: one line, one record in partition 0, its offset the line number from 0. Empty lines
 * are no records but count. Reads on only after the handler is done with what was read. A batch whose handler rejects
 * with a retriable error is handed over again; any other error ends `run` with it.
 *
 * With a checkpoint, a last line without a line end is handed over, and again when the file has grown at the next start:
 * it may have been half-written.
 */
export class FileSource implements Source {
  readonly #options: FileSourceOptions & typeof FILE_SOURCE_DEFAULTS;
  readonly #topic: string;
  readonly #stopping = new AbortController();
  #stream: Readable | undefined;
  /** Everything below is handed over. */
  #nextOffset = 0;
  #running: Promise<void> | undefined;

  /** @throws {TriageError} `usage`, when a checkpoint is asked for of a stream. */
  constructor(options: FileSourceOptions) {
    this.#options = { ...FILE_SOURCE_DEFAULTS, ...options } as FileSourceOptions & typeof FILE_SOURCE_DEFAULTS;
    this.#topic = options.topic ?? (typeof options.input === 'string' ? basename(options.input) : 'stdin');
    if (options.checkpoint !== undefined && typeof options.input !== 'string') {
      throw new TriageError(
        'usage',
        'A stream cannot be read again, so it has no checkpoint. Name a file as the input.',
      );
    }
  }

  /** @throws {TriageError} `file`, when the input cannot be read; otherwise what the handler rejects with. */
  run(handle: BatchHandler): Promise<void> {
    if (this.#running !== undefined) throw new TriageError('internal', 'FileSource.run may be called only once.');
    this.#running = this.#run(handle);
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stream?.destroy();
    // Why `run` rejected is told to the caller of `run`.
    await this.#running?.catch(() => undefined);
  }

  async #run(handle: BatchHandler): Promise<void> {
    if (this.#stopped) return;
    const { input, checkpoint, onStart } = this.#options;
    if (typeof input !== 'string') return this.#readToEnd(input, handle);
    if (checkpoint === undefined) {
      return this.#readToEnd(createReadStream(input, { highWaterMark: READ_BYTES }), handle);
    }
    const file = await this.#open(input, checkpoint);
    try {
      onStart?.(file.start);
      this.#nextOffset = file.start.line;
      if (!file.isHandled && !this.#stopped) await this.#readToEnd(file.stream(READ_BYTES), handle, file);
    } finally {
      await file.close();
    }
  }

  async #open(input: string, checkpoint: string): Promise<ResumableFile> {
    try {
      return await ResumableFile.open({ input, topic: this.#topic, checkpoint });
    } catch (error) {
      throw error instanceof TriageError ? error : unreadable(input, error);
    }
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #readToEnd(stream: Readable, handle: BatchHandler, file?: ResumableFile): Promise<void> {
    this.#stream = stream;
    const splitter = new LineSplitter(this.#options.maxLineBytes, file?.start);
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    for (let chunk = await this.#next(chunks); chunk !== undefined; chunk = await this.#next(chunks)) {
      await this.#handOver(splitter.push(chunk), handle, ({ number, endByte }) =>
        this.#save(file, { line: number + 1, byte: endByte }, endByte),
      );
    }
    await this.#handOver(splitter.end(), handle, ({ number, startByte, endByte }) =>
      this.#save(file, { line: number, byte: startByte }, endByte),
    );
  }

  async #next(chunks: AsyncIterator<Buffer | string>): Promise<Buffer | undefined> {
    if (this.#stopped) return undefined;
    try {
      const { done, value } = await chunks.next();
      if (done === true) return undefined;
      return typeof value === 'string' ? Buffer.from(value) : value;
    } catch (error) {
      if (this.#stopped) return undefined;
      throw unreadable(this.#options.input, error);
    }
  }

  async #handOver(lines: readonly Line[], handle: BatchHandler, save: (last: Line) => Promise<void>): Promise<void> {
    const { maxBatchRecords } = this.#options;
    for (let start = 0; start < lines.length && !this.#stopped; start += maxBatchRecords) {
      const slice = lines.slice(start, start + maxBatchRecords);
      const records = slice.map((line) => this.#toRecord(line));
      const last = slice.at(-1)!;
      const nextOffset = last.number + 1;
      const batch = {
        topic: this.#topic,
        partition: 0,
        startOffset: this.#nextOffset,
        nextOffset,
        records,
        endOffset: nextOffset,
      };
      if (!(await this.#handle(batch, handle))) return;
      this.#nextOffset = nextOffset;
      await save(last);
    }
  }

  /** False when the batch was given up for a stop. */
  async #handle(batch: SourceBatch, handle: BatchHandler): Promise<boolean> {
    const { signal } = this.#stopping;
    for (;;) {
      try {
        await handle(batch, noKeepAlive);
        return true;
      } catch (error) {
        if (!(error instanceof TriageError && error.retriable)) throw error;
        // A stop ends the wait.
        await delay(this.#options.retryDelayMs, undefined, { signal }).catch(() => undefined);
        if (this.#stopped) return false;
      }
    }
  }

  async #save(file: ResumableFile | undefined, next: LinePosition, handledBytes: number): Promise<void> {
    if (file === undefined) return;
    await this.#options.beforeCheckpoint?.();
    await file.save(next, handledBytes);
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
