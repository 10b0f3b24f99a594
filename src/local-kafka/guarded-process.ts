/** A child process that cannot outlive this one, not even when this one is killed by SIGKILL (see watchdog.ts). */

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from './local-kafka.ts';

/** What watchdog.ts is told, as JSON in its only argument. */
export interface GuardedCommand {
  readonly command: string;
  /** Argument lists; each is run after the one before has ended with exit code 0. The last one is the guarded process. */
  readonly steps: readonly (readonly string[])[];
  /** Removed when the parent has died without ending the process itself. */
  readonly removeWhenOrphaned?: string;
}

export interface GuardedProcess {
  /** Process id of the last step, `undefined` before it runs and after it has ended. */
  readonly pid: number | undefined;
  /** How it ended (`exit code 1`, `SIGKILL`), `undefined` while it runs. */
  readonly exit: string | undefined;
  /** Resolves at the end of the process, never rejects. */
  readonly ended: Promise<void>;
  /** Does nothing after the end. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts it in a process group of its own: Ctrl-C in a terminal reaches this process only, which then ends the child. */
export function startGuarded(guarded: GuardedCommand, options: { env: Environment; logFile: string }): GuardedProcess {
  const watchdog = fileURLToPath(new URL(`./watchdog${extname(import.meta.url)}`, import.meta.url));
  // NODE_OPTIONS could hold --inspect or a loader, which the watchdog must not take over.
  const { NODE_OPTIONS: _, ...env } = options.env;
  const log = openSync(options.logFile, 'a');
  const child = spawn(process.execPath, [watchdog, JSON.stringify(guarded)], {
    env,
    stdio: ['pipe', 'pipe', log],
    detached: true,
    windowsHide: true,
  });
  closeSync(log);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('spawn gave no pipes'); // Only if `stdio` above were changed.

  let pid: number | undefined;
  let exit: string | undefined;
  createInterface({ input: stdout }).on('line', (line) => {
    const [word, ...rest] = line.split(' ');
    if (word === 'pid') pid = Number(rest[0]);
    if (word === 'exit') exit = rest.join(' ');
  });
  // EPIPE: the watchdog has ended between our look and our write; `close` below tells that.
  stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      exit ??= `its watchdog could not be started: ${error.message}`;
      resolve();
    });
    child.once('close', () => {
      // Somebody killed the watchdog: the process it guarded is alone now.
      if (exit === undefined && pid !== undefined) killQuietly(pid);
      exit ??= 'its watchdog was killed';
      pid = undefined;
      resolve();
    });
  });
  return {
    get pid() {
      return pid;
    },
    get exit() {
      return exit;
    },
    ended,
    signal: (name) => {
      if (exit === undefined && stdin.writable) stdin.write(`${name}\n`);
    },
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
