/** `triage classify --checkpoint`: work that is interrupted goes on, whatever the moment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'triage-classify-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** Paths of one piece of work, and its command line. */
function newWork(content: string) {
  const name = join(folder, String(count++));
  const paths = {
    input: `${name}.ndjson`,
    output: `${name}.out.ndjson`,
    letters: `${name}.letters`,
    checkpoint: `${name}.checkpoint`,
  };
  writeFileSync(paths.input, content);
  const { input, output, letters, checkpoint } = paths;
  return {
    ...paths,
    args: ['classify', input, '--output', output, '--dead-letters', letters, '--checkpoint', checkpoint],
  };
}

const lineFor = (id: number) => JSON.stringify({ id: String(id), app: 'Slack', message: `something new ${id}` });

interface Written {
  readonly event_id: string;
  readonly id: string;
  readonly source: { readonly offset: number };
}

function outputOf(path: string): Written[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);
const lineOf = (checkpoint: string) => (existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, 'utf8')).line : 0);

const LINES = 20_000;
const MALFORMED_EVERY = 97;
const KILLS = 6;
/** Records of one batch: what may be in hand when the process dies. */
const BATCH_MAX = 500;

describe('triage classify --checkpoint', () => {
  it('loses no line when it is killed at any moment, again and again; twice is only what was in hand', async () => {
    const isMalformed = (index: number) => index % MALFORMED_EVERY === 0;
    const lines = Array.from({ length: LINES }, (_, index) => (isMalformed(index) ? `{bad ${index}` : lineFor(index)));
    const work = newWork(`${lines.join('\n')}\n`);
    const inHand = new Set<number>();
    const bytesMax = 2_000 * LINES;
    for (let kill = 0; kill < KILLS; kill++) {
      const killAtBytes = sizeOf(work.output) + Math.random() * (bytesMax / KILLS / 4);
      const child = spawn(process.execPath, [MAIN, ...work.args], { stdio: 'ignore' });
      const ended = once(child, 'close');
      while (child.exitCode === null && sizeOf(work.output) <= killAtBytes) await delay(1);
      child.kill('SIGKILL');
      await ended;
      const done = lineOf(work.checkpoint);
      // What a crash may leave: half a line, for which a kill rarely hits the moment.
      appendFileSync(work.output, '{"event_id":"hal');
      appendFileSync(work.letters, '{ba');
      for (let line = done; line < done + BATCH_MAX; line++) inHand.add(line);
    }
    const { code, stderr } = await runCli(work.args);
    expect(code).toBe(0);
    expect(stderr).toContain(`${work.output}: half a line at its end, left by an interruption, was cut off (16 bytes)`);
    expect(stderr).toContain(`${work.letters}: half a line`);

    const written = outputOf(work.output);
    const wanted = lines.flatMap((_, index) => (isMalformed(index) ? [] : [index]));
    expect([...new Set(written.map(({ source }) => source.offset))].toSorted((a, b) => a - b)).toEqual(wanted);
    const seen = new Map<number, Written>();
    for (const event of written) {
      const { offset } = event.source;
      expect([event.event_id, event.id]).toEqual([`${work.input.split('/').at(-1)}:0:${offset}`, String(offset)]);
      if (seen.has(offset) && !inHand.has(offset)) expect.unreachable(`line ${offset} is twice, but was committed`);
      seen.set(offset, event);
    }
    const letters = readFileSync(work.letters, 'utf8').trimEnd().split('\n');
    expect(new Set(letters)).toEqual(new Set(lines.filter((_, index) => isMalformed(index))));
    expect(lineOf(work.checkpoint)).toBe(LINES);
  });

  it('does nothing more when all is done, and goes on with what was added', async () => {
    const work = newWork(`${lineFor(0)}\n${lineFor(1)}\n`);
    expect((await runCli(work.args)).stderr).toBe(
      '2 records: 0 resolved, 2 unclassified, 0 ignored, 0 dead-lettered\n',
    );
    const again = await runCli(work.args);
    expect(again.stderr).toBe(
      `${work.input}: going on at line 3, as ${work.checkpoint} says\n0 records: 0 resolved, 0 unclassified, 0 ignored, 0 dead-lettered\n`,
    );
    appendFileSync(work.input, `${lineFor(2)}\n`);
    expect((await runCli(work.args)).code).toBe(0);
    expect(outputOf(work.output).map(({ id }) => id)).toEqual(['0', '1', '2']);
  });

  it('reads a replaced file from its first line, and says what that means', async () => {
    const work = newWork(`${lineFor(0)}\n`);
    await runCli(work.args);
    writeFileSync(work.input, `${lineFor(7)}\n`);
    const { code, stderr } = await runCli(work.args);
    expect(code).toBe(0);
    expect(stderr).toContain(`${work.input}: was replaced since ${work.checkpoint} was written`);
    expect(stderr).toContain('its event ids repeat those of the file before');
    expect(outputOf(work.output).map(({ id }) => id)).toEqual(['0', '7']);
  });

  it.each([
    ['stdin', ['-', '--output', 'o', '--checkpoint', 'c'], 2, '--checkpoint needs a file as input'],
    ['no output file', ['INPUT', '--checkpoint', 'c'], 2, '--checkpoint needs --output FILE'],
    ['a table', ['INPUT', '--output', 'o', '--checkpoint', 'c', '--format', 'table'], 2, 'needs --format json'],
    ['its input', ['INPUT', '--output', 'o', '--checkpoint', 'INPUT'], 2, 'are the same file'],
    ['its output, not there yet', ['INPUT', '--output', 'o', '--checkpoint', './o'], 2, 'are the same file'],
    ['its output and input', ['INPUT', '--output', 'INPUT', '--checkpoint', 'c'], 2, 'are the same file'],
    ['a file that is none', ['INPUT', '--output', 'o', '--checkpoint', 'OTHER'], 5, 'is no checkpoint of version 1'],
    ['one of another file', ['OTHER', '--output', 'o', '--checkpoint', 'CHECKPOINT'], 2, 'belongs to'],
  ])('refuses %s, in a sentence', async (_name, args, exitCode, sentence) => {
    const work = newWork(`${lineFor(0)}\n`);
    await runCli(work.args);
    const other = newWork(`${lineFor(1)}\n`);
    const paths: Record<string, string> = { INPUT: work.input, OTHER: other.input, CHECKPOINT: work.checkpoint };
    const isPath = (arg: string) => /^(\.\/)?[oc]$/.test(arg);
    const full = args.map((arg) => paths[arg] ?? (isPath(arg) ? `${folder}/${arg}` : arg));
    const { code, stdout, stderr } = await runCli(['classify', ...full]);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
    expect(readFileSync(work.input, 'utf8')).toBe(`${lineFor(0)}\n`);
    expect(readFileSync(other.input, 'utf8')).toBe(`${lineFor(1)}\n`);
  });
});
