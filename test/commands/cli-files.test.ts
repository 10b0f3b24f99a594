/** What `triage` does when files are mixed up, cannot be read or written, or their reader goes away. */
import { spawn, spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'triage-cli-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NDJSON = `${JSON.stringify({ id: '1', app: 'Slack', message: 'something new' })}\n`;
const INPUT = join(folder, 'input.ndjson');
writeFileSync(INPUT, NDJSON);

describe('triage, when stdout fails', () => {
  it.each([
    [['catalog', 'show', 'zendesk.not-admin']],
    [['explain', 'nothing like this']],
    [['config']],
    [['classify', INPUT, '--dead-letters', join(folder, 'closed.ndjson')]],
  ])('ends %j quietly when the reader has gone', async (args) => {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const code = new Promise((resolve) => child.once('close', resolve));
    const printed = await text(child.stderr);
    expect([await code, printed]).toEqual([0, '']);
  });

  it.skipIf(process.platform !== 'linux')('says so in a sentence on a full disk, with exit code 5', () => {
    for (const args of [['explain', 'nothing like this'], ['config']]) {
      const stdio: ['ignore', number, 'pipe'] = ['ignore', openSync('/dev/full', 'w'), 'pipe'];
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { stdio, encoding: 'utf8' });
      expect([status, stderr]).toEqual([5, expect.stringMatching(/^triage: cannot write the output: ENOSPC.*\n$/)]);
    }
  });
});

describe('triage classify --dead-letters', () => {
  it.each(['itself', 'symlink', 'hardlink'])('refuses its input as the dead letter file: %s', async (name) => {
    const file = join(folder, `same-${name}.ndjson`);
    const letters = name === 'itself' ? file : `${file}.${name}`;
    writeFileSync(file, NDJSON);
    if (name === 'symlink') symlinkSync(file, letters);
    if (name === 'hardlink') linkSync(file, letters);
    const { code, stdout, stderr } = await runCli(['classify', file, '--dead-letters', letters]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`--dead-letters ${letters} and the input ${file} are the same file`);
    expect(readFileSync(file, 'utf8')).toBe(NDJSON);
  });

  it('refuses the file that stdin or stdout is, but not what is no file', () => {
    const file = join(folder, 'redirected.ndjson');
    writeFileSync(file, NDJSON);
    const run = (stdin: string, stdout: string, letters: string) => {
      const stdio: [number, number, 'pipe'] = [openSync(stdin, 'r'), openSync(stdout, 'a'), 'pipe'];
      const args = [MAIN, 'classify', '--dead-letters', letters];
      const { status, stderr } = spawnSync(process.execPath, args, { stdio, encoding: 'utf8' });
      return [status, stderr];
    };
    const other = '/dev/null';
    const refusal = (names: string) => [2, expect.stringContaining(`${names} are the same file`)];
    expect(run(file, other, file)).toEqual(refusal(`--dead-letters ${file} and the input (stdin)`));
    expect(run(other, file, file)).toEqual(refusal(`--dead-letters ${file} and the output (stdout)`));
    expect(run(file, file, other)).toEqual(refusal('the output (stdout) and the input (stdin)'));
    expect(run(other, other, other)).toEqual([0, expect.stringContaining('0 records')]);
    expect(readFileSync(file, 'utf8')).toBe(NDJSON);
  });

  it('leaves the dead letter file alone when the input cannot be read', async () => {
    const letters = join(folder, 'kept.ndjson');
    writeFileSync(letters, 'kept');
    for (const input of [join(folder, 'missing'), folder]) {
      const { code, stderr } = await runCli(['classify', input, '--dead-letters', letters]);
      expect([code, stderr]).toEqual([5, expect.stringContaining(input)]);
      expect(readFileSync(letters, 'utf8')).toBe('kept');
    }
  });

  it('says of a line that is too long how long it is, and that it was cut', async () => {
    const letters = join(folder, 'long.ndjson');
    const line = Buffer.from(JSON.stringify({ message: 'x'.repeat(10_500_000) }));
    const { stderr } = await runCli(['classify', '--dead-letters', letters], { stdin: line });
    expect(stderr.split('\n')[0]).toBe(
      `-:1: record-too-large: the line has ${line.length} bytes; at most 10485760 can be classified; cut: only its first 10485761 bytes are in the dead letter file`,
    );
    expect(readFileSync(letters).length).toBe(10_485_762);
  });
});
