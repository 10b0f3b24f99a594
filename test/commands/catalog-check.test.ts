/** `triage catalog check`: formats and exit codes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FINDINGS, finding } from '../../src/catalog/findings.ts';
import { renderFindings } from '../../src/commands/catalog-check-formats.ts';
import { runCli } from './cli.ts';

const BOX = `app: { key: box, name: Box }
entries:
  - id: box.gone
    title: Box is gone
    patterns: ['BOX_GONE: folder vanished']
    description: The folder is not there.
    resolution: { summary: Make it., steps: [Make the folder again.], action: change-setting, owner: us, retryable: false }
    examples: { match: ['BOX_GONE: folder vanished', 'e1 box_gone folder vanished'], noMatch: [folder, vanished] }
`;

function catalogFolder(box: string, manifest = 'version: 1.0.0\ndocuments: {}\n'): string {
  const folder = mkdtempSync(join(tmpdir(), 'triage-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'catalog.yaml'), manifest);
  writeFileSync(join(folder, 'box.yaml'), box);
  return folder;
}

const check = (folder: string, ...args: string[]) => runCli(['catalog', 'check', '--catalog', folder, ...args]);

const ERRORS = BOX.replace('e1 box_gone', 'e1 box_lost');
const WARNINGS = BOX.replace("vanished']\n", "vanished', E17]\n");

describe('triage catalog check', () => {
  it('says in the summary what it looked at', async () => {
    expect(await check(catalogFolder(BOX))).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^catalog 1\.0\.0 \([0-9a-f]{16}\): 1 entries, 4 examples, 0 findings\n$/),
    });
  });

  it('ends with exit code 1 on errors, on warnings only with --strict', async () => {
    const [errors, warnings, strict] = await Promise.all([
      check(catalogFolder(ERRORS)),
      check(catalogFolder(WARNINGS)),
      check(catalogFolder(WARNINGS), '--strict'),
    ]);
    expect([errors.code, warnings.code, strict.code]).toEqual([1, 0, 1]);
    expect(errors.stderr).toContain('1 finding (1 error, 0 warnings)');
    expect(errors.stdout).toMatch(
      /box\.yaml:8:54: error example-unmatched: box\.gone: the example .*\n {4}mend: add a/,
    );
    expect(warnings.stdout).toMatch(/box\.yaml:5:45: warning short-pattern: /);
  });

  it('reports what keeps a catalog from being loaded in the chosen format', async () => {
    const folder = catalogFolder(BOX, 'version: one\ndocuments: {}\n');
    const { code, stdout, stderr } = await check(folder, '--format', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: join(folder, 'catalog.yaml'),
        line: 1,
        column: 10,
        code: 'invalid-field',
        severity: 'error',
        message: 'version: expected a version such as "1.0.0"; found "one"',
        mend: FINDINGS['invalid-field'].mend,
      },
    ]);
    expect(stderr).toContain('cannot be loaded, 1 finding (1 error, 0 warnings)');
  });

  it('ends with exit code 4 when there is no folder to check', async () => {
    expect((await check('/no/such/folder')).code).toBe(4);
  });
});

describe('renderFindings', () => {
  const two = [
    finding('short-pattern', 'my catalog/box.yaml:5:9', 'box.a: 100% "x",\nsecond: line\u202e'),
    finding('duplicate-id', '/etc/box.yaml:7:1', 'twice'),
  ];

  it('escapes what would end a GitHub workflow command or one of its properties', () => {
    const [first, second, rest] = renderFindings(
      [finding('short-pattern', 'a,b:c%/box.yaml:5:9', 'box.a: 100% "x",\nsecond: line'), two[1]!],
      'github',
    ).split('\n');
    expect(first).toMatch(
      /^::warning file=a%2Cb%3Ac%25\/box\.yaml,line=5,col=9,title=short-pattern::box\.a: 100%25 "x",%0Asecond: line; to mend/,
    );
    expect(second).toMatch(/^::error file=\/etc\/box\.yaml,line=7,col=1,title=duplicate-id::twice; /);
    expect(rest).toBe('');
  });

  it('keeps a finding on its line in text, and steers no terminal', () => {
    expect(renderFindings([two[0]!], 'text')).toBe(
      `my catalog/box.yaml:5:9: warning short-pattern: box.a: 100% "x", second: line\ufffd\n    mend: ${two[0]!.mend}\n`,
    );
  });

  it('gives SARIF 2.1.0 with one rule for each code', () => {
    const sarif = JSON.parse(renderFindings(two, 'sarif'));
    expect(sarif.version).toBe('2.1.0');
    const [run] = sarif.runs;
    const { rules } = run.tool.driver;
    expect(rules.map(({ id }: { id: string }) => id)).toEqual(Object.keys(FINDINGS));
    for (const { ruleId, ruleIndex } of run.results) expect(rules[ruleIndex].id).toBe(ruleId);
    expect(run.results[0]).toMatchObject({
      ruleId: 'short-pattern',
      level: 'warning',
      message: { text: expect.stringContaining('second: line') },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'my%20catalog/box.yaml' },
            region: { startLine: 5, startColumn: 9 },
          },
        },
      ],
    });
    expect(run.results[1].locations[0].physicalLocation.artifactLocation.uri).toBe('file:///etc/box.yaml');
  });

  it('gives valid JSON and SARIF without findings, and nothing else', () => {
    expect(JSON.parse(renderFindings([], 'json'))).toEqual([]);
    expect(JSON.parse(renderFindings([], 'sarif')).runs[0].results).toEqual([]);
    expect(renderFindings([], 'text') + renderFindings([], 'github')).toBe('');
  });
});
