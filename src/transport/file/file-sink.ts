import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { messageOf, TriageError } from '../../errors.ts';
import type { OutboundRecord, Sink } from '../port.ts';

export interface FileSinkOptions {
  /**
   * Per topic, a path (overwritten; topics with the same path share the file) or a stream such as `process.stdout`,
   * which is flushed but not ended by `close`.
   */
  readonly targets: Readonly<Record<string, string | Writable>>;
}

/** Whoever read our output has closed it, as `head` does. Nothing is wrong: end quietly. */
export class OutputClosedError extends TriageError {
  constructor(cause: unknown) {
    super('file', 'The reader of the output has closed it.', { cause });
    this.name = 'OutputClosedError';
  }
}

const LF = Buffer.from('\n');

/**
 * Writes each value as one line; key, headers and timestamp are dropped, and so is a record without a value. A value
 * must not hold a line end, which JSON without indentation does not. `publish` resolves when the operating system has it
 * all, which is also what keeps a fast producer from filling the memory.
 */
export class FileSink implements Sink {
  readonly atomic = false;
  readonly #targets: Map<string, Target>;
  readonly #opened = new Map<string, Target>();

  constructor(options: FileSinkOptions) {
    this.#targets = new Map(
      Object.entries(options.targets).map(([topic, target]) => [
        topic,
        typeof target === 'string' ? this.#open(target) : new Target(target, 'the output stream', false),
      ]),
    );
  }

  /**
   * @throws {OutputClosedError} when the reader of a stream has gone.
   * @throws {TriageError} `file`, when it cannot be written; `internal`, when a topic has no target.
   */
  async publish(records: readonly OutboundRecord[]): Promise<void> {
    const lines = new Map<Target, Buffer[]>();
    for (const { topic, value } of records) {
      const target = this.#targets.get(topic);
      if (target === undefined) throw new TriageError('internal', `No file is given for topic ${topic}.`);
      const parts = lines.get(target);
      if (parts === undefined) lines.set(target, value === null ? [] : [value, LF]);
      else if (value !== null) parts.push(value, LF);
    }
    // Settled rather than all: none may still be writing when this rejects.
    const results = await Promise.allSettled([...lines].map(([target, parts]) => target.write(Buffer.concat(parts))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async close(): Promise<void> {
    const results = await Promise.allSettled([...this.#opened.values()].map((target) => target.end()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #open(path: string): Target {
    const target = this.#opened.get(path) ?? new Target(createWriteStream(path), path, true);
    this.#opened.set(path, target);
    return target;
  }
}

class Target {
  readonly #stream: Writable;
  readonly #name: string;
  readonly #owned: boolean;
  #failure: TriageError | undefined;

  constructor(stream: Writable, name: string, owned: boolean) {
    this.#stream = stream;
    this.#name = name;
    this.#owned = owned;
    // Without a listener a broken pipe would end the process.
    stream.on('error', (error) => {
      this.#failure ??= unwritable(name, error);
    });
  }

  write(bytes: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#failure !== undefined) reject(this.#failure);
    else this.#stream.write(bytes, (error) => this.#settle(error, resolve, reject));
    return promise;
  }

  end(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (!this.#owned) resolve();
    else if (this.#failure !== undefined) reject(this.#failure);
    else this.#stream.end((error?: Error | null) => this.#settle(error, resolve, reject));
    return promise;
  }

  #settle(error: Error | null | undefined, resolve: () => void, reject: (failure: TriageError) => void): void {
    if (error === null || error === undefined) {
      resolve();
      return;
    }
    this.#failure ??= unwritable(this.#name, error);
    reject(this.#failure);
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
