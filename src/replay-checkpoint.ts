/** How far a replay has come, in a file: an interrupted one goes on from there. */
import { TriageError } from './errors.ts';
import { isCount, readCheckpointFile, writeCheckpointFile } from './transport/file/checkpoint-file.ts';

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
    const found = await readCheckpointFile(path, parse, 'begin anew');
    if (found === undefined) return new ReplayCheckpoint(path, identity, undefined);
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

  /** Writes one after another, in the order of the calls. @throws {TriageError} `file`. */
  async save(positions: readonly ReplayPosition[]): Promise<void> {
    this.#last = this.#last.then(() => writeCheckpointFile(this.#path, { ...this.#identity, positions }));
    await this.#last;
  }
}

function parse(
  fields: Readonly<Record<string, unknown>>,
): (ReplayIdentity & { positions: ReplayPosition[] }) | undefined {
  const { input, output, catalog, positions } = fields;
  if (typeof input !== 'string' || typeof output !== 'string' || typeof catalog !== 'string') return undefined;
  if (!Array.isArray(positions) || !positions.every(isPosition)) return undefined;
  return { input, output, catalog, positions };
}

function isPosition(value: unknown): value is ReplayPosition {
  if (typeof value !== 'object' || value === null) return false;
  const { partition, startOffset, endOffset } = value as Record<string, unknown>;
  return isCount(partition) && isCount(startOffset) && isCount(endOffset) && startOffset <= endOffset;
}
