import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { messageOf, TriageError } from '../../errors.ts';
import { mendLastLine } from './last-line.ts';

/** What a `FileSink` writes to. After a failure every call fails with it. */
export interface Target {
  /** Resolves when the operating system has the bytes; they follow those of earlier calls. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves when what is written is on the disk, if it goes to one. */
  sync(): Promise<void>;
  /** After what is being written. */
  end(): Promise<void>;
}

/** Whoever read our output has closed it, as `head` does. Nothing is wrong: end quietly. */
export class OutputClosedError extends TriageError {
  constructor(cause: unknown) {
    super('file', 'The reader of the output has closed it.', { cause });
    this.name = 'OutputClosedError';
  }
}

/** A stream that belongs to somebody else: it is not ended. */
export class StreamTarget implements Target {
  readonly #stream: Writable;
  #failure: TriageError | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Without a listener a broken pipe would end the process.
    stream.on('error', (error) => {
      this.#failure ??= unwritable('the output stream', error);
    });
  }

  write(bytes: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#failure !== undefined) {
      reject(this.#failure);
      return promise;
    }
    this.#stream.write(bytes, (error) => {
      if (error === null || error === undefined) {
        resolve();
        return;
      }
      this.#failure ??= unwritable('the output stream', error);
      reject(this.#failure);
    });
    return promise;
  }

  async sync(): Promise<void> {
    // Whether a stream has a disk behind it is its owner's business.
  }

  async end(): Promise<void> {
    // Not ours to end; `write` has waited for what was written.
  }
}

export interface FileTargetOptions {
  readonly path: string;
  readonly mode: 'overwrite' | 'append';
  /** `append` only: half a line was found at the end and so many bytes of it were cut off. */
  readonly onLineCutOff: (path: string, bytes: number) => void;
}

/** A file of our own, opened at once. */
export class FileTarget implements Target {
  readonly #options: FileTargetOptions;
  /** What was asked for last; each call waits for the one before. */
  #last: Promise<void>;
  #handle: FileHandle | undefined;
  /** Pipes and devices have nothing to flush. */
  #onDisk = false;
  #folderSynced = false;

  constructor(options: FileTargetOptions) {
    this.#options = options;
    this.#last = this.#open().catch((error: unknown) => {
      throw unwritable(options.path, error);
    });
    // Told to whoever writes next.
    this.#last.catch(() => undefined);
  }

  write(bytes: Buffer): Promise<void> {
    return this.#next((handle) => handle.appendFile(bytes));
  }

  sync(): Promise<void> {
    return this.#next((handle) => this.#sync(handle));
  }

  async end(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.#handle?.close();
    }
  }

  #next(what: (handle: FileHandle) => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      try {
        await what(this.#handle!);
      } catch (error) {
        throw unwritable(this.#options.path, error);
      }
    });
    // Whoever asked is told; the next one too.
    this.#last.catch(() => undefined);
    return this.#last;
  }

  async #open(): Promise<void> {
    const { path, mode, onLineCutOff } = this.#options;
    this.#handle = await open(path, mode === 'append' ? 'a+' : 'w');
    this.#onDisk = (await this.#handle.stat()).isFile();
    if (mode === 'overwrite' || !this.#onDisk) return;
    const cutBytes = await mendLastLine(this.#handle);
    if (cutBytes > 0) onLineCutOff(path, cutBytes);
  }

  async #sync(handle: FileHandle): Promise<void> {
    if (!this.#onDisk) return;
    await handle.datasync();
    if (this.#folderSynced) return;
    this.#folderSynced = true;
    // A new file is found again after a power failure only when its folder is flushed too.
    await syncFolder(dirname(this.#options.path));
  }
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(path);
  } catch (error) {
    // Windows opens no folders, and one that may not be listed may still be written to: nothing can be done there.
    if (['EISDIR', 'EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw error;
  }
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function unwritable(name: string, error: unknown): TriageError {
  const code = (error as { code?: unknown }).code;
  if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return new OutputClosedError(error);
  if (code === 'ENOSPC') {
    return new TriageError('file', `Cannot write ${name}: the disk is full. Free some space and start again.`, {
      cause: error,
    });
  }
  if (code === 'ENOENT') {
    return new TriageError('file', `Cannot write ${name}: its folder does not exist. Create it.`, { cause: error });
  }
  return new TriageError('file', `Cannot write ${name}: ${messageOf(error)}`, { cause: error });
}
