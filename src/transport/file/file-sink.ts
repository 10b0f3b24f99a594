import type { Writable } from 'node:stream';
import { TriageError } from '../../errors.ts';
import type { OutboundRecord, Sink } from '../port.ts';
import { FileTarget, StreamTarget, type Target } from './target.ts';

export interface FileSinkOptions {
  /**
   * Per topic, a path (topics with the same path share the file) or a stream such as `process.stdout`, which is flushed
   * but not ended by `close`.
   */
  readonly targets: Readonly<Record<string, string | Writable>>;
  /**
   * What happens to files that are there already; default `overwrite`. `append` first mends an end that a crash cut: half
   * a line is cut off, since what it was made from is handed over again.
   */
  readonly mode?: 'overwrite' | 'append';
  /** With `append`: half a line was found at the end of a file, and so many bytes of it were cut off. */
  readonly onLineCutOff?: (path: string, bytes: number) => void;
}

const LF = Buffer.from('\n');

/**
 * Writes each value as one line; key, headers and timestamp are dropped, and so is a record without a value. A value
 * must not hold a line end, which JSON without indentation does not. `publish` resolves when the operating system has it
 * all, which is also what keeps a fast producer from filling the memory: it outlives this process. To outlive a power
 * failure too it must be on the disk, which is slower and done by `sync` and `close`.
 */
export class FileSink implements Sink {
  readonly atomic = false;
  readonly #targets: ReadonlyMap<string, Target>;
  #closed: Promise<void> | undefined;

  constructor(options: FileSinkOptions) {
    const { mode = 'overwrite', onLineCutOff = () => undefined } = options;
    const files = new Map<string, FileTarget>();
    const open = (path: string): FileTarget => {
      const file = files.get(path) ?? new FileTarget({ path, mode, onLineCutOff });
      files.set(path, file);
      return file;
    };
    this.#targets = new Map(
      Object.entries(options.targets).map(([topic, target]) => [
        topic,
        typeof target === 'string' ? open(target) : new StreamTarget(target),
      ]),
    );
  }

  /**
   * @throws {OutputClosedError} when the reader of a stream has gone.
   * @throws {TriageError} `file`, when it cannot be written or is closed; `internal`, when a topic has no target.
   */
  async publish(records: readonly OutboundRecord[]): Promise<void> {
    if (this.#closed !== undefined) throw new TriageError('file', 'The output is closed.');
    const lines = new Map<Target, Buffer[]>();
    for (const { topic, value } of records) {
      const target = this.#targets.get(topic);
      if (target === undefined) throw new TriageError('internal', `No file is given for topic ${topic}.`);
      const parts = lines.get(target);
      if (parts === undefined) lines.set(target, value === null ? [] : [value, LF]);
      else if (value !== null) parts.push(value, LF);
    }
    await all([...lines].map(([target, parts]) => target.write(Buffer.concat(parts))));
  }

  /** Resolves when everything published so far is on the disk. @throws as `publish` does. */
  sync(): Promise<void> {
    return all(this.#unique().map((target) => target.sync()));
  }

  /** Calls under way are finished first. Files are on the disk when it resolves. @throws as `publish` does. */
  close(): Promise<void> {
    this.#closed ??= all(this.#unique().map((target) => target.end()));
    return this.#closed;
  }

  #unique(): Target[] {
    return [...new Set(this.#targets.values())];
  }
}

/** Settled rather than `Promise.all`: none may still be writing when this rejects. */
async function all(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
