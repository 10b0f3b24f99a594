import { open, readFile, rename } from 'node:fs/promises';
import { messageOf, TriageError } from '../../errors.ts';
import type { LinePosition } from './line-splitter.ts';

/** How far a file has been handled. `line` and `byte`: where reading goes on. */
export interface Checkpoint extends LinePosition {
  /** Absolute path of the file. */
  readonly input: string;
  /** Topic of its records: with another one they would get other event ids. */
  readonly topic: string;
  /** Bytes that are handled: `byte`, or up to the end of the file when its last line had no line end. */
  readonly handledBytes: number;
  /** What tells the file from others: see `fingerprintOf`. */
  readonly fingerprint: string;
}

/** Of the file's layout, so that a later version can tell. */
const VERSION = 1;

/** `undefined` when there is none yet. @throws {TriageError} `file`, when it is there and is no checkpoint. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TriageError('file', `Cannot read the checkpoint ${path}: ${messageOf(error)}`, { cause: error });
  }
  const checkpoint = parse(text);
  if (checkpoint !== undefined) return checkpoint;
  const found = text.trim() === '' ? 'an empty file' : `"${text.trim().slice(0, 40)}"`;
  throw new TriageError(
    'file',
    `${path} is no checkpoint of version ${VERSION}: found ${found}. ` +
      'Name another file; if it was a checkpoint, delete it to read the input from its first line.',
  );
}

/**
 * Replaces the file in one step, so that a crash leaves the one before or this one, never a part. The content is flushed
 * to the disk before the rename: some file systems would else keep the rename and lose the content in a power failure.
 * The rename itself is not: losing it brings back the checkpoint before, and records are only read twice.
 * @throws {TriageError} `file`.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const next = `${path}.next`;
  try {
    const handle = await open(next, 'w');
    try {
      await handle.writeFile(`${JSON.stringify({ version: VERSION, ...checkpoint })}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(next, path);
  } catch (error) {
    throw new TriageError('file', `Cannot write the checkpoint ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function parse(text: string): Checkpoint | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, input, topic, line, byte, handledBytes, fingerprint } = value as Record<string, unknown>;
  if (version !== VERSION || !isText(input) || !isText(topic) || !isText(fingerprint)) return undefined;
  if (!isCount(line) || !isCount(byte) || !isCount(handledBytes) || handledBytes < byte) return undefined;
  return { input, topic, line, byte, handledBytes, fingerprint };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
