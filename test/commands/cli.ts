/** Runs `triage` as a user does: a child process, its exit code and what it prints. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  /** Resolves when the process has ended. */
  readonly ended: Promise<CliResult>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once stdout and stderr together match; rejects when the process ends without. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
}

export function startCli(
  args: readonly string[],
  options: { stdin?: string | Buffer; env?: Record<string, string> } = {},
): Cli {
  const { TRIAGE_CONFIG: _, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...env, ...options.env } });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const onOutput = () => {
    for (const watch of watchers) watch();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onOutput();
  });
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const watch = () => {
        const found = (stdout + stderr).match(pattern);
        if (!found) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      ended.then(() => reject(new Error(`ended without printing ${pattern}:\n${stdout}\n${stderr}`)), reject);
      watch();
    });
  return { ended, kill: (signal) => void child.kill(signal), printed };
}

export function runCli(args: readonly string[], options: Parameters<typeof startCli>[1] = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}
