/** Finding and running other programs (java, mvn) in a given environment. */

import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from './local-kafka.ts';

const WINDOWS = process.platform === 'win32';
const OUTPUT_CHARACTERS_MAX = 64_000;

/** Full path of a program on `env.PATH`, `undefined` if there is none. */
export function findOnPath(name: string, env: Environment): string | undefined {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  const names = WINDOWS ? [`${name}.exe`, `${name}.cmd`, `${name}.bat`] : [name];
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface CommandResult {
  /** Exit code; `null` when a signal ended it (also our own at the time limit). */
  readonly code: number | null;
  /** Standard output and standard error as they came, the last 64,000 characters. */
  readonly output: string;
}

/**
 * Runs a program to its end, with SIGKILL after `limitMs`.
 * @throws {Error} when it cannot be started (the error of `spawn`).
 */
export function runCommand(
  path: string,
  args: readonly string[],
  options: { readonly env: Environment; readonly cwd?: string; readonly limitMs: number },
): Promise<CommandResult> {
  // Node refuses to start .cmd files without a shell; callers pass no argument that a shell would take apart.
  const shell = WINDOWS && !path.endsWith('.exe');
  return new Promise((resolve, reject) => {
    const child = spawn(shell ? `"${path}"` : path, args, {
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell,
      windowsHide: true,
      timeout: options.limitMs,
      killSignal: 'SIGKILL',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
