/** The files of `triage classify`: what is wrong with them is found before any of them is touched. */
import { accessSync, constants, fstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf, TriageError } from '../errors.ts';

export interface ClassifyFiles {
  /** `-` is stdin. */
  readonly input: string;
  /** Default: stdout. */
  readonly output?: string;
  readonly deadLetters?: string;
  readonly checkpoint?: string;
}

/**
 * Opening a file for writing empties it: neither the input nor another output must be lost by that.
 * @throws {TriageError} `usage`, when two are the same file or a checkpoint lacks what it needs; `file`, when the input
 * cannot be read although a file is to be written.
 */
export function checkFiles({ input, output, deadLetters, checkpoint }: ClassifyFiles): void {
  if (checkpoint !== undefined && input === '-') {
    throw new TriageError('usage', '--checkpoint needs a file as input: stdin cannot be read again. Name the file.');
  }
  if (checkpoint !== undefined && output === undefined) {
    throw new TriageError('usage', '--checkpoint needs --output FILE: what is printed to stdout cannot be continued.');
  }
  const written = [
    { name: `--checkpoint ${checkpoint}`, id: idOf(checkpoint) },
    { name: `--dead-letters ${deadLetters}`, id: idOf(deadLetters) },
    output === undefined
      ? { name: 'the output (stdout)', id: idOf(1) }
      : { name: `--output ${output}`, id: idOf(output) },
  ];
  const read =
    input === '-' ? { name: 'the input (stdin)', id: idOf(0) } : { name: `the input ${input}`, id: idOf(input) };
  for (const [index, one] of written.entries()) {
    for (const other of [read, ...written.slice(index + 1)]) {
      if (one.id === undefined || one.id !== other.id) continue;
      throw new TriageError('usage', `${one.name} and ${other.name} are the same file; name another file to write to`);
    }
  }
  if (output !== undefined || deadLetters !== undefined) requireReadable(input);
}

/**
 * The same for all names of a file; of one that is not there yet, its path. Pipes, terminals and such, which nothing is
 * lost in, have none.
 */
function idOf(file: string | number | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const stats = typeof file === 'number' ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return typeof file === 'number' ? undefined : pathOfMissing(file);
  }
}

function pathOfMissing(file: string): string | undefined {
  try {
    return join(realpathSync(dirname(file)), basename(file));
  } catch {
    // No such folder, or not to be looked at: whoever opens the file says so.
    return undefined;
  }
}

/** Not by opening it: a named pipe can be opened only once. */
function requireReadable(file: string): void {
  if (file === '-') return;
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new TriageError('file', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (statSync(file).isDirectory()) throw new TriageError('file', `${file} is a folder; a file is needed`);
}
