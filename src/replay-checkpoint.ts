/** How far a replay has come, in a file: an interrupted one goes on from there. */
import { open, readFile, rename } from 'node:fs/promises';
import { messageOf, TriageError } from './errors.ts';

export interface ReplayPosition {
  readonly partition: number;
  /** Everything below is written to the output topic. */
  readonly startOffset: number;
  /** Not included. */
  readonly endOffset: number;
}

/** What must be the same, for the two parts of the output to belong together. */
export interface ReplayIdentity {
  readonly input: string;
  readonly output: string;
  /** Digest of the catalog. */
  readonly catalog: string;
}

/** Of the file's layout, so that a later version can tell. */
const VERSION = 1;

export class ReplayCheckpoint {
  /** Where the file says to go on; `undefined` without a file. */
  readonly positions: readonly ReplayPosition[] | undefined;
  readonly #path: string;
  readonly #identity: ReplayIdentity;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, identity: ReplayIdentity, positions: readonly ReplayPosition[] | undefined) {
    this.#path = path;
    this.#identity = identity;
    this.positions = positions;
  }

  /** @throws {TriageError} `file`, when the file is no checkpoint; `usage`, when it is one of another replay. */
  static async open(path: string, identity: ReplayIdentity): Promise<ReplayCheckpoint> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new ReplayCheckpoint(path, identity, undefined);
      throw new TriageError('file', `Cannot read the checkpoint ${path}: ${messageOf(error)}`, { cause: error });
    }
    const found = parse(text);
    if (found === undefined) {
      throw new TriageError('file', `${path} is no replay checkpoint of version ${VERSION}. Name another file.`);
    }
    for (const name of ['input', 'output', 'catalog'] as const) {
      if (found[name] === identity[name]) continue;
      const differs = `${name} ${found[name]}, not ${identity[name]}`;
      throw new TriageError(
        'usage',
        `${path} is the checkpoint of another replay (${differs}): delete it to begin anew, or name another file.`,
      );
    }
    return new ReplayCheckpoint(path, identity, found.positions);
  }

  /** Replaces the file in one step, so that a crash leaves the one before or this one. @throws {TriageError} `file`. */
  async save(positions: readonly ReplayPosition[]): Promise<void> {
    this.#last = this.#last.then(() => this.#write(positions));
    await this.#last;
  }

  async #write(positions: readonly ReplayPosition[]): Promise<void> {
    const next = `${this.#path}.next`;
    try {
      const handle = await open(next, 'w');
      try {
        await handle.writeFile(`${JSON.stringify({ version: VERSION, ...this.#identity, positions })}\n`);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(next, this.#path);
    } catch (error) {
      throw new TriageError('file', `Cannot write the checkpoint ${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function parse(text: string): (ReplayIdentity & { positions: ReplayPosition[] }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, input, output, catalog, positions } = value as Record<string, unknown>;
  if (version !== VERSION || typeof input !== 'string' || typeof output !== 'string') return undefined;
  if (typeof catalog !== 'string' || !Array.isArray(positions) || !positions.every(isPosition)) return undefined;
  return { input, output, catalog, positions };
}

function isPosition(value: unknown): value is ReplayPosition {
  if (typeof value !== 'object' || value === null) return false;
  const { partition, startOffset, endOffset } = value as Record<string, unknown>;
  return isCount(partition) && isCount(startOffset) && isCount(endOffset) && startOffset <= endOffset;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
