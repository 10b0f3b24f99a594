/** In the parent: one worker process, from its start to its end. */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, TriageError } from '../errors.ts';
import type { FromWorker, ToWorker, WorkerError, WorkerReport } from './protocol.ts';

/** A worker is no program of its own: what it needs comes from the first message. */
const ENTRY = fileURLToPath(new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url));

/** Options of this process that a worker must not have: it starts no other one, and two debuggers cannot share a port. */
const OWN_OPTIONS = /^--(allow-child-process|inspect)/;

export interface WorkerEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said itself. */
  readonly error: WorkerError | undefined;
}

export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Resolves at the end of the process, after its last message; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Lost when the process has ended. */
  tell(message: ToWorker): void;
  kill(): void;
}

/** @throws {TriageError} `usage` when this process may start no other one. */
export function requireChildProcesses(): void {
  if (process.permission === undefined || process.permission.has('child')) return;
  const message =
    'workers: more than one needs the right to start processes, which Node’s permission model withholds: add --allow-child-process, or leave workers at 1';
  throw new TriageError('usage', message);
}

export function startWorkerProcess(onReport: (report: WorkerReport) => void): WorkerProcess {
  const execArgv = process.execArgv.filter((option) => !OWN_OPTIONS.test(option));
  // Structured clones: undefined and infinite values arrive as they are.
  const child = fork(ENTRY, [], { execArgv, serialization: 'advanced' });
  let error: WorkerError | undefined;
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'report') onReport(message.report);
    else error = message.error;
  });
  const isGone = new Promise<Pick<WorkerEnd, 'code' | 'signal'>>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (failure) => {
      // Also when a message finds no reader any more: then the end of the process is told as well.
      if (child.pid !== undefined) return;
      error = { kind: 'internal', message: `the process cannot be started: ${messageOf(failure)}` };
      resolve({ code: null, signal: null });
    });
  });
  // Only when the channel is closed has everything that the worker said been read.
  const isSilent = new Promise<void>((resolve) => {
    if (child.connected) child.once('disconnect', resolve);
    else resolve();
  });
  return {
    pid: child.pid,
    ended: Promise.all([isGone, isSilent]).then(([end]) => ({ ...end, error })),
    tell: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
