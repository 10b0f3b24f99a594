import { isCount, readCheckpointFile, writeCheckpointFile } from './checkpoint-file.ts';
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

/** `undefined` when there is none yet. @throws {TriageError} `file`, when it is there and is no checkpoint. */
export function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  return readCheckpointFile(path, parse, 'read the input from its first line');
}

/** @throws {TriageError} `file`. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  return writeCheckpointFile(path, checkpoint);
}

function parse(fields: Readonly<Record<string, unknown>>): Checkpoint | undefined {
  const { input, topic, line, byte, handledBytes, fingerprint } = fields;
  if (!isText(input) || !isText(topic) || !isText(fingerprint)) return undefined;
  if (!isCount(line) || !isCount(byte) || !isCount(handledBytes) || handledBytes < byte) return undefined;
  return { input, topic, line, byte, handledBytes, fingerprint };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
