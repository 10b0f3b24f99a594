import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-catalog-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A catalog with one app of two entries. */
const [OLD, NEW] = [join(folder, 'old'), join(folder, 'new')];
const MANIFEST = 'version: 1.0.0\ndocuments: { handbook: { title: Handbook, date: 2023-01-29 } }\n';
const entry = (name: string, row: number, pattern: string) => `
  - id: box.${name}
    title: The ${name} title
    source: { document: handbook, row: ${row} }
    patterns: ['${pattern}']
    description: It failed.
    resolution: { summary: Mend it., steps: [Mend it.], action: retry, owner: us, retryable: true }
    examples: { match: [a, b], noMatch: [c, d] }
`;
const APP = `app: { key: box, name: Box, aliases: [Box.com] }\nentries:${entry('gone', 9, 'file is gone')}${entry('slow', 10, 'too slow')}`;

beforeAll(() => {
  for (const target of [OLD, NEW]) mkdirSync(target);
  for (const target of [OLD, NEW]) writeFileSync(join(target, 'catalog.yaml'), MANIFEST);
  writeFileSync(join(OLD, 'box.yaml'), APP);
  writeFileSync(
    join(NEW, 'box.yaml'),
    APP.replace('aliases: [Box.com]', 'aliases: [Box.net]')
      .replace("['too slow']", "['too late']\n    inferred: [{ text: sluggish }]")
      .replace('summary: Mend it.', 'summary: Leave it.'),
  );
});

function ndjson(...lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

const RIGHT = { id: 'r', app: 'Box', message: 'the file is gone', accept: [9], kind: 'case,tail' };
const WRONG = { id: 'w', app: 'Box.com', message: 'too \u001bslow', accept: [9, null], kind: 'tail' };

describe('triage catalog test', () => {
  const test = (stdin: string, ...args: string[]) =>
    runCli(['catalog', 'test', '-', '--catalog', OLD, ...args], { stdin });

  it('ends with 0 when every answer is acceptable', async () => {
    const { code, stdout, stderr } = await test(ndjson(RIGHT));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 of 1 acceptable \(100\.0 %\)$/m);
    expect(stdout).toMatch(/^1 entries that no message gave:\n {2}box\.slow$/m);
    expect(stderr).toMatch(/^catalog 1\.0\.0 \([0-9a-f]{16}\)\n$/);
  });

  it('lists answers that are not acceptable and ends with 1', async () => {
    const { code, stdout } = await test(ndjson(RIGHT, WRONG));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 of 2 acceptable \(50\.0 %\)$/m);
    expect(stdout).toMatch(/^box +2 +1 +1 +50\.0 %$/m);
    expect(stdout).toMatch(/^tail +2 +1 +1 +50\.0 %\ncase +1 +1 +0 +100\.0 %$/m);
    expect(stdout).toMatch(/^w +Box\.com +box\.gone or none +box\.slow +normalized +too \ufffdslow$/m);
  });

  it('reports malformed lines with their numbers, goes on, and ends with 1', async () => {
    const { code, stdout, stderr } = await test(ndjson('{', RIGHT, '', { message: 'x' }));
    expect(code).toBe(1);
    expect(stdout).toContain('1 of 1 acceptable');
    expect(stderr).toMatch(/^-:1: not JSON: .*\n-:4: accept: .*\n2 malformed lines were left out$/m);
  });

  it('does not take an empty file for a good one', async () => {
    const { code, stderr } = await test('');
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was tested');
  });

  it('shows the 15 worst kinds, all of them with --all', async () => {
    const many = { ...RIGHT, kind: Array.from({ length: 18 }, (_, i) => `kind-${i}`).join(',') };
    const short = await test(ndjson(many));
    expect(short.stdout.match(/^kind-/gm)).toHaveLength(15);
    expect(short.stdout).toContain('and 3 more kinds');
    expect((await test(ndjson(many), '--all')).stdout.match(/^kind-/gm)).toHaveLength(18);
  });

  it('gives the same as JSON', async () => {
    const { code, stdout } = await test(ndjson(RIGHT, WRONG, '{'), '--format', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      catalog: { version: '1.0.0' },
      messages: 2,
      acceptable: 1,
      share: 0.5,
      errors: [{ id: 'w', expected: ['box.gone', 'none'], got: 'box.slow', message: WRONG.message }],
      never_given: [],
      malformed: [{ line: 3 }],
    });
  });

  it('ends with 5 when there is no such file', async () => {
    expect((await runCli(['catalog', 'test', join(folder, 'missing')])).code).toBe(5);
  });
});

describe('triage catalog diff', () => {
  it('ends with 0 and says so when nothing differs', async () => {
    expect(await runCli(['catalog', 'diff', OLD, OLD])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nno differences\n$/),
      stderr: '',
    });
  });

  it('says what differs and ends with 1', async () => {
    const { code, stdout } = await runCli(['catalog', 'diff', OLD, NEW]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'entries 0 added, 0 removed, 2 changed; apps 0 added, 0 removed, 1 changed; cues 0 added, 0 removed\n',
    );
    expect(stdout).toContain(
      '  ~ box.slow  patterns\n      + pattern exact: too late\n      + pattern inferred (needs app): sluggish\n      - pattern exact: too slow\n',
    );
    expect(stdout).toContain(
      '  ~ box.gone  resolution.summary\n      - resolution.summary: "Mend it."\n      + resolution.summary: "Leave it."\n',
    );
    expect(stdout).toContain('  ~ box\n      + alias "Box.net"\n      - alias "Box.com"\n');
  });

  it('replays connector events: which get another error type or resolution', async () => {
    const stdin = ndjson(
      { id: '1', app: 'box', message: 'too slow' },
      { id: '2', app: 'box', message: 'x', error: { message: 'too slow' } },
      { id: '3', app: 'box', message: 'file is gone' },
      { id: '4', app: 'box', message: 'too late', severity: 'warn' },
      { id: '5', app: 'box', message: 'too late', severity: 'info' },
      '{',
    );
    const { code, stdout, stderr } = await runCli(['catalog', 'diff', OLD, NEW, '--replay', '-'], { stdin });
    expect(code).toBe(1);
    expect(stdout).toContain('4 of 5 replayed events get another answer\n');
    expect(stdout).toContain('     2  box.slow -> unclassified\n          [1 box] too slow\n          [2 box] x\n');
    expect(stdout).toContain('     1  box.gone: another resolution\n          [3 box] file is gone\n');
    expect(stdout).toContain('     1  ignored -> box.slow\n          [4 box] too late\n');
    expect(stderr).toMatch(/^-:6: .*\n1 malformed lines were left out\n$/);
  });

  it('gives inferred answers as the service does: none to warnings, none at all with --no-inferred', async () => {
    const stdin = ndjson(
      { id: '1', app: 'box', message: 'sluggish' },
      { id: '2', app: 'box', message: 'sluggish', severity: 'warn' },
    );
    const args = ['catalog', 'diff', OLD, NEW, '--replay', '-'];
    const { stdout } = await runCli(args, { stdin });
    expect(stdout).toMatch(/1 of 2 replayed events get another answer\n +1 {2}unclassified -> box\.slow\n/);
    const without = await runCli([...args, '--no-inferred'], { stdin });
    expect(without.stdout).toContain('0 of 2 replayed events get another answer\n');
  });

  it('replays resolution events, and says where they hold less than what was classified', async () => {
    const events = ndjson(
      { id: '1', app: 'box', message: 'x', error: { message: 'too slow' } },
      { app: 'box', message: `too slow ${'x'.repeat(40_000)}` },
    );
    const { stdout: resolutions } = await runCli(['classify', '--catalog', OLD], { stdin: events });
    const { stdout, stderr } = await runCli(['catalog', 'diff', OLD, NEW, '--replay', '-', '--format', 'json'], {
      stdin: resolutions,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      same: false,
      entries: { changed: [{ id: 'box.gone' }, { id: 'box.slow', fields: ['patterns'] }] },
      replay: { events: 2, changed: 2, incomplete: 1, changes: [{ from: 'box.slow', to: 'unclassified', count: 2 }] },
    });
    expect(stderr).toContain('1 resolution events have a cut message');
  });

  it('ends with 4 when one of them cannot be loaded', async () => {
    const { code, stderr } = await runCli(['catalog', 'diff', OLD, join(folder, 'missing')]);
    expect(code).toBe(4);
    expect(stderr).toContain('missing');
  });
});

describe('triage catalog docs', () => {
  it('writes Markdown to stdout', async () => {
    const { code, stdout, stderr } = await runCli(['catalog', 'docs', '--catalog', OLD]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^# Known connector errors\n/);
    expect(stdout).toContain('<a id="box.gone"></a>\n\n### The gone title\n');
  });

  it('writes the HTML page of the bundled catalog into a file, the same each time', async () => {
    const files = [join(folder, 'a.html'), join(folder, 'b.html')];
    for (const file of files) {
      const { code, stdout } = await runCli(['catalog', 'docs', '--format', 'html', '--out', file]);
      expect([code, stdout]).toEqual([0, '']);
    }
    const [a, b] = files.map((file) => readFileSync(file, 'utf8'));
    expect(a).toBe(b);
    expect(a).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(a).toContain('id="microsoft-365.license-missing"');
  });

  it('ends with 5 when the file cannot be written', async () => {
    const { code, stderr } = await runCli(['catalog', 'docs', '--out', join(folder, 'no', 'page.md')]);
    expect(code).toBe(5);
    expect(stderr).toContain('its folder does not exist');
  });
});
