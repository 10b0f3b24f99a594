import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Part, placeKey } from '../../src/catalog/catalog.ts';
import { CatalogError, loadCatalog, parseCatalog } from '../../src/catalog/load.ts';

const MANIFEST = {
  path: 'catalog.yaml',
  text: 'version: 1.0.0\ndocuments: { handbook: { title: Handbook, date: 2023-01-29 } }\n',
};

const ENTRY = `
  - id: box.a
    title: A
    source: { document: handbook, row: 1 }
    patterns: ['some failure']
    description: It failed.
    resolution: { summary: Mend it., steps: [Mend it.], action: retry, owner: us, retryable: true }
    examples: { match: [some failure, SOME FAILURE], noMatch: [failure, some] }
`;

function appFile(entries: string, app = '{ key: box, name: Box, aliases: [Box.com] }', path = 'box.yaml') {
  return { path, text: `app: ${app}\nentries:${entries}` };
}

/** The problems of one app file (and others), as `file:line:column: message`. */
function problemsOf(...files: { path: string; text: string }[]): string[] {
  try {
    parseCatalog([MANIFEST, ...files]);
  } catch (error) {
    if (error instanceof CatalogError)
      return error.problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`);
    throw error;
  }
  return [];
}

describe('parseCatalog', () => {
  it('loads a correct catalog, frozen, with the place of each entry', () => {
    const catalog = parseCatalog([MANIFEST, appFile(ENTRY)]);
    expect(catalog.entries.map(({ id, app, location }) => ({ id, app, location }))).toEqual([
      { id: 'box.a', app: 'box', location: 'box.yaml:3:9' },
    ]);
    expect(Object.isFrozen(catalog.entries[0]!.resolution.steps)).toBe(true);
  });

  it('gives the same digest whatever the order of the files, and another one for another pattern', () => {
    const other = appFile(ENTRY.replaceAll('box', 'okta'), '{ key: okta, name: Okta }', 'okta.yaml');
    const digest = parseCatalog([MANIFEST, appFile(ENTRY), other]).digest;
    expect(parseCatalog([other, appFile(ENTRY), MANIFEST]).digest).toBe(digest);
    expect(parseCatalog([MANIFEST, other, appFile(ENTRY.replace('some failure', 'any failure'))]).digest).not.toBe(
      digest,
    );
  });

  it('keeps where each pattern, example and alias stands, which is no part of the digest', () => {
    const entry = ENTRY.replace(
      '    description',
      '    inferred: [{ text: it broke }, { http: 404 }]\n    description',
    );
    const catalog = parseCatalog([MANIFEST, appFile(entry)]);
    const { patterns } = catalog.entries[0]!;
    const placeOf = (part: Part, index: number) => catalog.places[placeKey('box.a', part, index)];
    expect(placeOf('patterns', 0)).toBe('box.yaml:6:16');
    expect(placeOf('patterns', 1)).toBe('box.yaml:7:16');
    expect(placeOf('patterns', patterns.length - 1)).toBe('box.yaml:7:36');
    expect(placeOf('match', 1)).toBe('box.yaml:10:39');
    expect(placeOf('noMatch', 0)).toBe('box.yaml:10:64');
    expect(catalog.places[placeKey('box', 'aliases')]).toBe('box.yaml:1:39');
    const moved = parseCatalog([MANIFEST, appFile(`\n  # moved${entry}`)]);
    expect(moved.digest).toBe(catalog.digest);
    expect(moved.entries[0]!.location).toBe('box.yaml:4:9');
  });

  it.each<[name: string, files: { path: string; text: string }[], expected: string[]]>([
    ['broken YAML', [{ path: 'box.yaml', text: 'app: {\n  key: box\nentries: []' }], ['box.yaml:3:']],
    ['an unknown key', [appFile(ENTRY.replace('title: A', 'titel: A'))], ['titel', 'entries.0.title: ']],
    [
      'a wrong action',
      [appFile(ENTRY.replace('action: retry', 'action: pray'))],
      ['box.yaml:8:65: entries.0.resolution.action', 'found "pray"'],
    ],
    [
      'an id of another app',
      [appFile(ENTRY.replace('id: box.a', 'id: okta.a'))],
      ['box.yaml:3:9: the id okta.a must begin with the app\'s key, "box."'],
    ],
    ['a twice used id', [appFile(ENTRY + ENTRY)], ['box.yaml:11:9: the id box.a is already used at box.yaml:3:9']],
    [
      'an unknown document',
      [appFile(ENTRY.replace('handbook', 'novel'))],
      ['box.yaml:5:25: the document novel is not listed in catalog.yaml'],
    ],
    [
      'an unknown placeholder',
      [appFile(ENTRY.replace("'some failure'", "'some {uuid} failure'"))],
      ['box.yaml:6:16: pattern: unknown placeholder {uuid}; expected one of {...}, {text}'],
    ],
    [
      'a pattern without words',
      [appFile(ENTRY.replace("'some failure'", "': - {'"))],
      ['box.yaml:6:16: pattern: no letter or digit'],
    ],
    [
      'a placeholder at the end',
      [appFile(ENTRY.replace("'some failure'", "'some {text}'"))],
      ['box.yaml:6:16: pattern: a placeholder must have words before and after it'],
    ],
    [
      'a pattern of a million characters',
      [appFile(ENTRY.replace("'some failure'", `'${'x '.repeat(500_000)}'`))],
      ['box.yaml:6:16: entries.0.patterns.0'],
    ],
    ['too few examples', [appFile(ENTRY.replace('noMatch: [failure, some]', 'noMatch: [some]'))], ['box.yaml:9:']],
    [
      'an id with odd characters',
      [appFile(ENTRY.replace('id: box.a', 'id: "box.É ✓"'))],
      ['box.yaml:3:9: entries.0.id: expected'],
    ],
    [
      'two files for one app',
      [appFile(ENTRY), appFile('\n  []', '{ key: box, name: Box2 }', 'box2.yaml')],
      ['box2.yaml:1:13: the app box is already in box.yaml'],
    ],
    [
      'a name of two apps',
      [
        appFile(ENTRY),
        appFile(ENTRY.replaceAll('box', 'okta'), '{ key: okta, name: Okta, aliases: [box.COM] }', 'okta.yaml'),
      ],
      ['box.yaml', 'okta.yaml'],
    ],
    [
      'two apps with one name',
      [appFile(ENTRY), appFile(ENTRY.replaceAll('box', 'okta'), '{ key: okta, name: BOX }', 'okta.yaml')],
      ['okta.yaml:1:25: the name "BOX" belongs to box (box.yaml) too'],
    ],
    ['an empty file', [{ path: 'box.yaml', text: '' }], ['box.yaml:1:1: ']],
    [
      'values nested too deep',
      [{ path: 'box.yaml', text: '['.repeat(20_000) }],
      ['not valid YAML: values are nested too deep'],
    ],
    [
      'a value within itself',
      [{ path: 'box.yaml', text: 'app: &a { key: *a }\nentries: []' }],
      ['box.yaml:1:', 'app.key: ', 'found an object of objects without end'],
    ],
    [
      'aliases that explode',
      [{ path: 'box.yaml', text: explodingAliases() }],
      ['box.yaml:1:1: YAML aliases cannot be resolved'],
    ],
  ])('says where and what for %s', (_, files, expected) => {
    const problems = problemsOf(...files);
    expect(problems.length).toBeGreaterThan(0);
    for (const part of expected) expect(problems.join('\n')).toContain(part);
  });

  it('reports the problems of all files at once', () => {
    const problems = problemsOf(appFile(ENTRY.replace('action: retry', 'action: pray')), {
      path: 'okta.yaml',
      text: '[]',
    });
    expect(new Set(problems.map((problem) => problem.split(':')[0]))).toEqual(new Set(['box.yaml', 'okta.yaml']));
  });

  it('misses the manifest', () => {
    expect(() => parseCatalog([appFile(ENTRY)])).toThrow(/catalog\.yaml:1:1: missing/);
  });
});

describe('loadCatalog', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'triage-load-'));
    for (const { path, text } of [MANIFEST, appFile(ENTRY)]) writeFileSync(join(folder, path), text);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('leaves out names that begin with a dot, and follows links to files', () => {
    symlinkSync('ann@host.4711:1674990000', join(folder, '.#box.yaml'));
    writeFileSync(join(folder, '._box.yaml'), 'no: {catalog');
    mkdirSync(join(folder, '..data'));
    const okta = appFile(ENTRY.replaceAll('box', 'okta'), '{ key: okta, name: Okta }');
    writeFileSync(join(folder, '..data', 'okta.yaml'), okta.text);
    symlinkSync(join('..data', 'okta.yaml'), join(folder, 'okta.yaml'));
    expect(loadCatalog(folder).entries.map(({ id }) => id)).toEqual(['box.a', 'okta.a']);
  });

  it('names everything that is no file to be read, beside what is wrong in the others', () => {
    mkdirSync(join(folder, 'dir.yaml'));
    symlinkSync('nowhere.yaml', join(folder, 'link.yaml'));
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
    writeFileSync(join(folder, 'text.yml'), '[]');
    const problems = [
      ['dir.yaml', 'unreadable-file', /^the file cannot be read: it is a folder$/],
      ['link.yaml', 'unreadable-file', /^the file cannot be read: ENOENT/],
      ['pipe.yaml', 'unreadable-file', /^the file cannot be read: it is not a regular file$/],
      ['text.yml', 'invalid-field', /expected object/],
    ] as const;
    expect(() => loadCatalog(folder)).toThrow(
      expect.objectContaining({
        name: 'CatalogError',
        problems: problems.map(([name, code, message]) =>
          expect.objectContaining({ file: join(folder, name), code, message: expect.stringMatching(message) }),
        ),
      }),
    );
  });

  it('does not call a manifest missing that cannot be read', () => {
    rmSync(join(folder, 'catalog.yaml'));
    mkdirSync(join(folder, 'catalog.yaml'));
    expect(() => loadCatalog(folder)).toThrow(/catalog\.yaml:1:1: the file cannot be read: it is a folder$/);
  });

  it('names a folder that is not there', () => {
    expect(() => loadCatalog('/no/such/folder')).toThrow(/the catalog folder \/no\/such\/folder cannot be read/);
  });
});

/** "Billion laughs": each level holds ten references to the one before. */
function explodingAliases(): string {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`);
  return ['l0: &l0 [x]', ...levels, 'app: *l9', 'entries: []'].join('\n');
}
