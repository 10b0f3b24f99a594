/** One process under test: `triage run`, as a user starts it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { disturbancesOf, type WorkerEvent } from './disturbances.ts';
import type { Disturbance } from './history.ts';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PRELOAD = fileURLToPath(new URL('./worker-preload.ts', import.meta.url));
const LINES_KEPT = 5_000;

/** None of them outlives this process, not even one that is suspended and would not notice. */
const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface WorkerOptions {
  /** Client id, by which the proxies know its connections. */
  readonly name: string;
  /** Settings as `triage run` takes them from the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** While this file exists, the process' look-ups of names fail. */
  readonly dnsFailureFile: string;
  readonly onUnexpectedEnd: (worker: Worker, how: string) => void;
}

export class Worker {
  readonly name: string;
  readonly events: WorkerEvent[] = [];
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<string>;
  /** Not asked to end: any end is unexpected. Killed: any other. Told to stop: whoever told it judges. */
  #asked: 'nothing' | 'kill' | 'stop' = 'nothing';
  #running = true;
  #endedAtMs = Number.NaN;

  constructor({ name, settings, dnsFailureFile, onUnexpectedEnd }: WorkerOptions) {
    this.name = name;
    const inherited = Object.entries(process.env).filter(([key]) => !/^(TRIAGE_|NODE_OPTIONS$)/.test(key));
    this.#child = spawn(process.execPath, ['--import', PRELOAD, MAIN, 'run'], {
      env: {
        ...Object.fromEntries(inherited),
        ...settings,
        TRIAGE_KAFKA_CLIENT_ID: name,
        TRIAGE_HTTP_PORT: '0',
        TRIAGE_LOG_FORMAT: 'json',
        CHAOS_DNS_FAILURE_FILE: dnsFailureFile,
      },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    createInterface({ input: this.#child.stderr! }).on('line', (line) => this.#onLine(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    alive.add(this.#child);
    void this.#ended.then((how) => {
      alive.delete(this.#child);
      this.#running = false;
      this.#endedAtMs = Date.now();
      if (this.#asked === 'nothing' || (this.#asked === 'kill' && how !== 'SIGKILL')) onUnexpectedEnd(this, how);
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** The last log lines, oldest first; by default as many as are kept. */
  logTail(lines = LINES_KEPT): string {
    return this.#lines.slice(-lines).join('\n');
  }

  /** Whether it is a member of its group and reads at least one partition. */
  get assigned(): boolean {
    const last = this.events.findLast(({ event }) => event === 'assignment');
    return Array.isArray(last?.fields.partitions) && last.fields.partitions.length > 0;
  }

  /** When its records may be written again, and why: once it has ended. */
  get disturbances(): Disturbance[] {
    return disturbancesOf(this.events, this.#endedAtMs);
  }

  /** Resolves once it has logged `event` at or after `sinceMs`. */
  logged(event: string, sinceMs: number, limitMs = 60_000): Promise<void> {
    return until(`${this.name} logs "${event}"`, limitMs, () =>
      this.events.some((each) => each.event === event && each.atMs >= sinceMs),
    );
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#asked = 'kill';
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM; SIGKILL after `limitMs`. Says how it ended and how long that took. */
  async stop(limitMs = 40_000): Promise<{ readonly how: string; readonly tookMs: number }> {
    this.#asked = 'stop';
    const startMs = performance.now();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), limitMs);
    const how = await this.#ended;
    clearTimeout(timer);
    return { how, tookMs: Math.round(performance.now() - startMs) };
  }

  /** Resident memory in bytes; undefined where /proc does not tell. */
  async memory(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  }

  #onLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    const fields = parseObject(line);
    if (typeof fields?.event !== 'string') return;
    this.events.push({ event: fields.event, atMs: Date.parse(String(fields.time)), fields });
  }
}

/** Undefined for a line that is no JSON object, such as a stack trace of Node. */
function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
