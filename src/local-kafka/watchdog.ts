/**
 * A process of its own, between us and the broker. Its standard input is a pipe from the parent that carries signal
 * names; the operating system closes that pipe however the parent dies, and the guarded process is killed then.
 * Writes `pid <n>` and `exit <how>` to standard output. Run by guarded-process.ts only.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { GuardedCommand } from './guarded-process.ts';

const guarded: GuardedCommand = JSON.parse(process.argv[2] ?? '');
let current: ChildProcess | undefined;
let orphaned = false;

function run(step: number): void {
  const child = spawn(guarded.command, guarded.steps[step] ?? [], {
    // Its output goes where ours goes: standard error is the log file.
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    windowsHide: true,
  });
  current = child;
  const last = step + 1 >= guarded.steps.length;
  child.once('spawn', () => {
    if (last) process.stdout.write(`pid ${child.pid}\n`);
  });
  child.once('error', (error) => finish(error.message));
  child.once('exit', (code, signal) => {
    if (code === 0 && !last && !orphaned) run(step + 1);
    else finish(signal ?? `exit code ${code}`);
  });
}

function finish(how: string): void {
  if (orphaned && guarded.removeWhenOrphaned !== undefined) {
    rmSync(guarded.removeWhenOrphaned, { recursive: true, force: true, maxRetries: 5 });
  }
  process.stdout.write(`exit ${how}\n`, () => process.exit());
}

function abandon(): void {
  orphaned = true;
  current?.kill('SIGKILL');
}

process.stdout.on('error', () => undefined); // The parent is gone; `abandon` does what is left to do.
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'SIGTERM' || line === 'SIGKILL') current?.kill(line);
  })
  .on('close', abandon);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, abandon);
run(0);
