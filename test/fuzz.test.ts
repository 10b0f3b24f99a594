/** The short run of the fuzzer, as a user starts it. The seed is fixed, so that what fails here fails everywhere. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TARGETS } from '../fuzz/targets.ts';

const RUNS = 20_000;
/** A few seconds of work; other tests run beside it. */
const TIMEOUT_MS = 300_000;

it(`finds nothing in ${RUNS} inputs, of every target`, { timeout: TIMEOUT_MS }, async () => {
  const { code, output } = await fuzz(['--runs', String(RUNS), '--seed', '1']);
  expect(output).toContain('seed 1, 0 findings');
  for (const { name } of TARGETS) expect(output).toMatch(new RegExp(`^${name} .* [1-9]`, 'm'));
  expect(output).toMatch(new RegExp(`^all +\\d+ +${RUNS} `, 'm'));
  expect(code).toBe(0);
});

function fuzz(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const main = fileURLToPath(new URL('../fuzz/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (part) => {
    output += String(part);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
