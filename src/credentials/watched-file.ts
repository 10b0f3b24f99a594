import { readFileSync, statSync } from 'node:fs';
import { messageOf, TriageError } from '../errors.ts';

/** A file that may be replaced while the program runs, such as a mounted secret; read again only when it has changed. */
export class WatchedFile {
  readonly path: string;
  readonly #setting: string;
  #state: string | undefined;
  #content: Buffer = Buffer.alloc(0);

  /** `setting` names it in errors, such as `kafka.tls.caFile`. */
  constructor(path: string, setting: string) {
    this.path = path;
    this.#setting = setting;
  }

  /** Synchronous, since connections are opened synchronously; these files are small. @throws {TriageError} `usage`. */
  read(): Buffer {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      const state = `${mtimeMs}/${size}/${ino}`;
      if (state !== this.#state) {
        this.#content = readFileSync(this.path);
        this.#state = state;
      }
      return this.#content;
    } catch (error) {
      throw new TriageError('usage', `${this.#setting}: ${this.path} cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** A text that is given as such, or in a file, whose last line break does not count. Neither: an empty text. */
export interface SecretSource {
  readonly value?: string;
  readonly file?: string;
}

/**
 * Reads it anew at each call. `setting` names it in errors, such as `kafka.sasl.password`.
 * The function it returns @throws {TriageError} `usage` when the file cannot be read or is empty.
 */
export function secretReader({ value = '', file = '' }: SecretSource, setting: string): () => string {
  if (file === '') return () => value;
  const watched = new WatchedFile(file, `${setting}File`);
  return () => {
    const text = watched
      .read()
      .toString('utf8')
      .replace(/\r?\n$/, '');
    if (text === '') throw new TriageError('usage', `${setting}File: ${file} is empty; expected the secret in it`);
    return text;
  };
}
