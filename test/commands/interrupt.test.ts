import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';

const MODULE = new URL('../../src/commands/interrupt.ts', import.meta.url).href;

type Child = ChildProcessByStdio<null, Readable, null>;

/** A program that watches for signals and has something to wait for; prints `ready`, then `stop` when told to stop. */
async function start(onStop: string): Promise<Child> {
  const code = `
    import { onInterrupt } from ${JSON.stringify(MODULE)};
    const busy = setInterval(() => {}, 1_000);
    onInterrupt(() => { console.log('stop'); ${onStop} });
    console.log('ready');`;
  const args = ['--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await printed(child, 'ready');
  return child;
}

async function printed({ stdout }: Child, line: string): Promise<void> {
  const [chunk] = await once(stdout, 'data');
  expect(String(chunk)).toBe(`${line}\n`);
}

describe('onInterrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('lets %s end the work, and says with the exit code that not all was done', async (signal, code) => {
    const child = await start('clearInterval(busy);');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
  });

  it('ends at once at the second signal, when the work does not come to an end', async () => {
    const child = await start('');
    child.kill('SIGINT');
    await printed(child, 'stop');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });
});
