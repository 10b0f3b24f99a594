import { open, readFile, rename } from 'node:fs/promises';
import { messageOf, TriageError } from '../../errors.ts';

/** Of all checkpoint files' layout, so that a later version can tell. */
const VERSION = 1;

/**
 * What `parse` makes of the file's fields; `undefined` when there is no file yet. `afterDeletion` says what deleting it leads
 * to, after "delete it to".
 * @throws {TriageError} `file`, when it is there and is no checkpoint: not JSON, of another version, or `parse` gives nothing.
 */
export async function readCheckpointFile<T>(
  path: string,
  parse: (fields: Readonly<Record<string, unknown>>) => T | undefined,
  afterDeletion: string,
): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TriageError('file', `Cannot read the checkpoint ${path}: ${messageOf(error)}`, { cause: error });
  }
  const fields = fieldsOf(text);
  const checkpoint = fields?.version === VERSION ? parse(fields) : undefined;
  if (checkpoint !== undefined) return checkpoint;
  const found = text.trim() === '' ? 'an empty file' : `"${text.trim().slice(0, 40)}"`;
  throw new TriageError(
    'file',
    `${path} is no checkpoint of version ${VERSION}: found ${found}. ` +
      `Name another file; if it was a checkpoint, delete it to ${afterDeletion}.`,
  );
}

/**
 * Replaces the file in one step, so that a crash leaves the one before or this one, never a part. The content is flushed
 * to the disk before the rename: some file systems would else keep the rename and lose the content in a power failure.
 * The rename itself is not: losing it brings back the checkpoint before, and records are only read twice.
 * @throws {TriageError} `file`.
 */
export async function writeCheckpointFile(path: string, fields: object): Promise<void> {
  const next = `${path}.next`;
  try {
    const handle = await open(next, 'w');
    try {
      await handle.writeFile(`${JSON.stringify({ version: VERSION, ...fields })}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(next, path);
  } catch (error) {
    throw new TriageError('file', `Cannot write the checkpoint ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** A whole number of 0 or more, as lines, bytes and offsets are. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
