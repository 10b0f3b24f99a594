/** Runs the targets in a process of their own, and finds out which input it was when that process hangs or dies. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from './finding.ts';
import type { Input } from './input.ts';
import { type Place, readProgress } from './progress.ts';
import { keepRegression, readRegressions } from './regressions.ts';
import type { TargetResult } from './run-target.ts';
import { SLICE, sliceOf } from './slices.ts';
import { targetCalled } from './targets.ts';
import type { Task, WorkerInput } from './worker.ts';

/** One input that takes longer hangs. Long: a loaded machine may let it wait, and minimising counts as one input. */
const HANGS_AFTER_MS = 180_000;
const LOOK_EVERY_MS = 1_000;
/** What all of a target's inputs together may have in use at once. */
const MAX_HEAP_MIB = 1_024;
/** What a dying process says comes last. */
const MAX_SAID_CHARS = 4_000;

/** `tell` hears of each target as it ends. */
export async function supervise(tasks: readonly Task[], tell: (result: TargetResult) => void): Promise<TargetResult[]> {
  const results: TargetResult[] = [];
  const done = (result: TargetResult) => {
    results.push(result);
    tell(result);
  };
  const folder = mkdtempSync(join(tmpdir(), 'triage-fuzz-'));
  try {
    while (results.length < tasks.length) {
      const progress = join(folder, `progress-${results.length}`);
      writeFileSync(progress, '');
      const end = await untilEnd(tasks.slice(results.length), progress, done);
      const task = tasks[results.length];
      const early: Finding = { kind: 'threw', what: 'the process ended early' };
      if (task !== undefined) done(stopped(task, readProgress(progress), end ?? early));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return results;
}

/** Gives what ended the process before its time. */
function untilEnd(
  tasks: readonly Task[],
  progress: string,
  done: (result: TargetResult) => void,
): Promise<Finding | undefined> {
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
    execArgv: [`--max-old-space-size=${MAX_HEAP_MIB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // JSON has no infinity.
    serialization: 'advanced',
  });
  let said = '';
  worker.stderr!.setEncoding('utf8');
  worker.stderr!.on('data', (part) => {
    said = (said + String(part)).slice(-MAX_SAID_CHARS);
  });
  let hangs = false;
  let seen = { steps: -1, atMs: 0 };
  const watch = setInterval(() => {
    const { steps } = readProgress(progress);
    const nowMs = performance.now();
    if (steps !== seen.steps) seen = { steps, atMs: nowMs };
    else if (steps > 0 && nowMs - seen.atMs > HANGS_AFTER_MS) {
      hangs = true;
      worker.kill('SIGKILL');
    }
  }, LOOK_EVERY_MS);
  worker.on('message', (result: TargetResult) => done(result));
  worker.send({ tasks, progress } satisfies WorkerInput);
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('close', (code, signal) => {
      clearInterval(watch);
      if (hangs) resolve({ kind: 'hangs', what: `one input ran for more than ${HANGS_AFTER_MS / 1_000} s` });
      else if (code === 0) resolve(undefined);
      else if (/heap out of memory|Array buffer allocation failed/.test(said)) {
        resolve({ kind: 'too-much-memory', what: `more than ${MAX_HEAP_MIB} MiB of heap` });
      } else resolve({ kind: 'threw', what: `outside of any call (${signal ?? `exit code ${code}`}): ${said.trim()}` });
    });
  });
}

/** The input is made again, since the process cannot be asked for it any more. */
function stopped({ target: name, seed }: Task, { slice, index }: Place, finding: Finding): TargetResult {
  const input = inputAt(name, seed, slice, index);
  const file = input === undefined ? `--target ${name} --seed ${seed}` : keepRegression(name, input, finding);
  return {
    target: name,
    kept: readRegressions(name).length,
    inputs: Math.max(0, slice) * SLICE + Math.max(0, index),
    seconds: 0,
    largest: 0,
    slowest: { ms: 0, units: 0, share: 0 },
    findings: [{ ...finding, file }],
  };
}

function inputAt(name: string, seed: number, slice: number, index: number): Input | undefined {
  if (index < 0) return undefined;
  if (slice < 0) return readRegressions(name)[index]?.input;
  const target = targetCalled(name);
  return sliceOf(target, target.inputs(), seed, slice)[index];
}
