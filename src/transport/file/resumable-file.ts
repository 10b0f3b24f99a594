import { createHash } from 'node:crypto';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { TriageError } from '../../errors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { LinePosition } from './line-splitter.ts';

/** Where reading a file begins, and why there. */
export interface FileStart extends LinePosition {
  /** `replaced`: the checkpoint is of what the file was before, so this one is read from its first line. */
  readonly how: 'beginning' | 'resumed' | 'replaced';
}

export interface ResumableFileOptions {
  readonly input: string;
  readonly topic: string;
  /** Path of the checkpoint. */
  readonly checkpoint: string;
}

/** Bytes at either end of what is handled that tell a file from others: more than any common header. */
const FINGERPRINT_BYTES = 4_096;

/** A file that is read on from a checkpoint. Reading and fingerprint share one handle: both are of the same file. */
export class ResumableFile {
  readonly start: FileStart;
  /** Whether nothing was added behind what is handled. */
  readonly isHandled: boolean;
  readonly #options: ResumableFileOptions;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(
    options: ResumableFileOptions,
    opened: { path: string; handle: FileHandle; start: FileStart; isHandled: boolean },
  ) {
    this.#options = options;
    this.#path = opened.path;
    this.#handle = opened.handle;
    this.start = opened.start;
    this.isHandled = opened.isHandled;
  }

  /**
   * Decides where to begin. The same content is recognised under another path, and other content under the same path is
   * a new file; other content under another path is a mistake.
   * @throws {TriageError} `file`, when the checkpoint is unreadable or the input is no regular file; `usage`, when the
   * checkpoint belongs to another input.
   * @throws what opening the input throws.
   */
  static async open(options: ResumableFileOptions): Promise<ResumableFile> {
    const { input, topic, checkpoint: checkpointPath } = options;
    const checkpoint = await readCheckpoint(checkpointPath);
    const handle = await open(input);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() && !stats.isDirectory()) {
        throw new TriageError(
          'file',
          `${input} is no regular file, so reading cannot be resumed: leave the checkpoint out.`,
        );
      }
      const path = await realpath(input);
      const beginning = { how: 'beginning', line: 0, byte: 0 } as const;
      if (checkpoint === undefined)
        return new ResumableFile(options, { path, handle, start: beginning, isHandled: false });
      const { line, byte, handledBytes } = checkpoint;
      if (checkpoint.topic !== topic) throw ofAnotherFile(options, checkpoint);
      const isSame =
        stats.size >= handledBytes && (await fingerprintOf(handle, handledBytes)) === checkpoint.fingerprint;
      if (!isSame && checkpoint.input !== path) throw ofAnotherFile(options, checkpoint);
      const start = isSame ? ({ how: 'resumed', line, byte } as const) : ({ ...beginning, how: 'replaced' } as const);
      return new ResumableFile(options, { path, handle, start, isHandled: isSame && stats.size === handledBytes });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The bytes from `start` on, `chunkBytes` at a time. Valid until `close`. */
  stream(chunkBytes: number): Readable {
    return Readable.from(this.#chunks(chunkBytes));
  }

  async *#chunks(chunkBytes: number): AsyncGenerator<Buffer> {
    for (let position = this.start.byte; ; ) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** @throws {TriageError} `file`. */
  async save(next: LinePosition, handledBytes: number): Promise<void> {
    const { topic, checkpoint } = this.#options;
    const fingerprint = await fingerprintOf(this.#handle, handledBytes);
    await writeCheckpoint(checkpoint, { input: this.#path, topic, ...next, handledBytes, fingerprint });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Over the first and the last of the handled bytes, which no append changes. */
async function fingerprintOf(handle: FileHandle, handledBytes: number): Promise<string> {
  const length = Math.min(FINGERPRINT_BYTES, handledBytes);
  const hash = createHash('sha256');
  for (const position of [0, handledBytes - length]) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    hash.update(buffer.subarray(0, bytesRead));
  }
  return hash.digest('hex');
}

function ofAnotherFile({ input, checkpoint }: ResumableFileOptions, { input: other }: Checkpoint): TriageError {
  return new TriageError(
    'usage',
    `The checkpoint ${checkpoint} belongs to ${other}, not to ${input}. Name another checkpoint for this file.`,
  );
}
