/** One broken catalog for each finding code; all are made of one catalog in which nothing is wrong. */
import { describe, expect, it } from 'vitest';
import { checkCatalog, findingsOf } from '../../src/catalog/check.ts';
import { FINDINGS, type Finding, type FindingCode } from '../../src/catalog/findings.ts';
import { CatalogError, type CatalogFile, MAX_FILE_BYTES, parseCatalog } from '../../src/catalog/load.ts';
import { compile } from '../../src/matcher/matcher.ts';

const MANIFEST = `version: 1.0.0
documents:
  handbook: { title: Handbook, date: 2023-01-29 }
quoted:
  - { before: runbook, within: 3 }
`;

const BOX = `app:
  key: box
  name: Box
  aliases: [Box.com]
entries:
  - id: box.gone
    title: Box is gone
    source: { document: handbook, row: 1 }
    patterns:
      - 'BOX_GONE: folder vanished'
    description: The folder is not there.
    resolution:
      summary: Make the folder again.
      steps: [Look for the folder in the trash., Connect to Box again.]
      action: reconnect
      owner: customer
      retryable: false
    examples:
      match:
        - 'BOX_GONE: folder vanished'
        - 'e1 box_gone folder vanished'
      noMatch:
        - 'folder vanished'
        - 'BOX_GONE'
`;

const OKTA = BOX.replaceAll('box', 'okta').replaceAll('BOX', 'OKTA').replaceAll('Box', 'Okta');

/** A second entry of Box with these patterns; its examples match the text `own`. */
function secondEntry(patterns: string, own = 'TIDE_LOW: no water in the harbour', generic = ''): string {
  return `  - id: box.tide
    title: Tide is low
    ${generic}
    patterns:
${patterns}
      - '${own}'
    description: The water is away.
    resolution: { summary: Wait for water., steps: [Wait.], action: retry, owner: us, retryable: true }
    examples: { match: ['${own}', 'x ${own}'], noMatch: [water, harbour] }
`;
}

const STEPS = '[Look for the folder in the trash., Connect to Box again.]';

const PATTERN = "      - 'BOX_GONE: folder vanished'\n";

interface Files {
  readonly manifest?: string;
  readonly box?: string;
  readonly more?: readonly CatalogFile[];
}

function filesOf({ manifest = MANIFEST, box = BOX, more = [] }: Files): CatalogFile[] {
  return [{ path: 'c/catalog.yaml', text: manifest }, { path: 'c/box.yaml', text: box }, ...more];
}

function check(files: readonly CatalogFile[]): Finding[] {
  try {
    return checkCatalog(compile(parseCatalog(files)));
  } catch (error) {
    if (error instanceof CatalogError) return findingsOf(error.problems);
    throw error;
  }
}

/** Replaces text that must be there. */
function box(from: string, to: string): Files {
  expect(BOX).toContain(from);
  return { box: BOX.replace(from, to) };
}

interface Case {
  readonly files: () => Files | CatalogFile[];
  readonly location: string;
  /** Parts of the message. */
  readonly says: readonly string[];
  /** Findings that come of it. */
  readonly also?: readonly string[];
}

const CASES: Readonly<Record<FindingCode, Case>> = {
  'manifest-missing': { files: () => filesOf({}).slice(1), location: 'c/catalog.yaml:1:1', says: ['missing'] },
  'unreadable-file': {
    files: () => ({ more: [{ path: 'c/dir.yaml', text: '', unreadable: 'it is a folder' }] }),
    location: 'c/dir.yaml:1:1',
    says: ['the file cannot be read: it is a folder'],
  },
  'file-too-large': {
    files: () => ({ more: [{ path: 'c/big.yaml', text: `# ${'x'.repeat(MAX_FILE_BYTES)}` }] }),
    location: 'c/big.yaml:1:1',
    says: [String(MAX_FILE_BYTES)],
  },
  'invalid-yaml': {
    files: () => box('patterns:', 'patterns: ]'),
    location: 'c/box.yaml:9:15',
    says: ['not valid YAML'],
  },
  'invalid-field': {
    files: () => box('action: reconnect', 'action: pray'),
    location: 'c/box.yaml:15:15',
    says: ['entries.0.resolution.action', 'found "pray"'],
  },
  'duplicate-app': {
    files: () => ({ more: [{ path: 'c/box2.yaml', text: BOX.replaceAll('box.gone', 'box.two') }] }),
    location: 'c/box2.yaml:2:8',
    says: ['the app box is already in c/box.yaml'],
  },
  'shared-app-name': {
    files: () => ({ more: [{ path: 'c/okta.yaml', text: OKTA.replace('[Okta.com]', '[BOX]') }] }),
    location: 'c/okta.yaml:4:13',
    says: ['"BOX" belongs to box'],
  },
  'unknown-app': {
    files: () => box('id: box.gone', 'id: bux.gone'),
    location: 'c/box.yaml:6:9',
    says: ['the id bux.gone must begin with the app\'s key, "box."'],
  },
  'foreign-id': {
    files: () => ({ ...box('id: box.gone', 'id: okta.lost'), more: [{ path: 'c/okta.yaml', text: OKTA }] }),
    location: 'c/box.yaml:6:9',
    says: ['the id okta.lost'],
  },
  'duplicate-id': {
    files: () => ({ box: BOX + secondEntry('').replace('box.tide', 'box.gone') }),
    location: 'c/box.yaml:25:9',
    says: ['the id box.gone is already used at c/box.yaml:6:9'],
  },
  'unknown-document': {
    files: () => box('document: handbook', 'document: novel'),
    location: 'c/box.yaml:8:25',
    says: ['the document novel is not listed'],
  },
  'invalid-pattern': {
    files: () => box("'BOX_GONE: folder vanished'\n    desc", "'BOX_GONE {uuid} folder'\n    desc"),
    location: 'c/box.yaml:10:9',
    says: ['unknown placeholder {uuid}'],
  },
  'invalid-cue': {
    files: () => ({ manifest: MANIFEST.replace('runbook', "'{text} x'") }),
    location: 'c/catalog.yaml:5:5',
    says: ['pattern:'],
  },
  'example-unmatched': {
    files: () => box("'e1 box_gone folder vanished'", "'e1 box_gone folder left'"),
    location: 'c/box.yaml:21:11',
    says: ['box.gone: the example "e1 box_gone folder left" matches nothing'],
  },
  'example-of-other-entry': {
    files: () => ({
      box:
        BOX.replace("'e1 box_gone folder vanished'", "'TIDE_LOW: no water in the harbour; BOX_GONE: folder vanished'") +
        secondEntry(''),
    }),
    location: 'c/box.yaml:21:11',
    says: ['gives box.tide by "TIDE_LOW: no water in the harbour": it has more literal text'],
  },
  'example-quoted': {
    files: () => box("'e1 box_gone", "'runbook box_gone"),
    location: 'c/box.yaml:21:11',
    says: ['the cue "runbook" before the text'],
  },
  'near-miss-matched': {
    files: () => box("- 'folder vanished'", "- 'Box_Gone, folder vanished'"),
    location: 'c/box.yaml:23:11',
    says: ['the near miss "Box_Gone, folder vanished" matches "BOX_GONE: folder vanished"'],
  },
  'repeated-example': {
    files: () => box("- 'BOX_GONE'\n", "- 'folder vanished'\n"),
    location: 'c/box.yaml:24:11',
    says: ['noMatch has the example "folder vanished" twice'],
  },
  'equal-pattern': {
    files: () => ({ box: BOX + secondEntry("      - { text: 'box_gone folder vanished', confidence: partial }") }),
    location: 'c/box.yaml:29:9',
    says: ['box.tide: the pattern "box_gone folder vanished" has the same words as one of box.gone at c/box.yaml:10:9'],
  },
  'repeated-pattern': {
    files: () => box(PATTERN, PATTERN + PATTERN),
    location: 'c/box.yaml:11:9',
    says: ['has the same words as the one at c/box.yaml:10:9'],
  },
  'unmatched-pattern': {
    files: () => box(PATTERN, `${PATTERN}      - { text: 'tide: quite low', adjacent: true }\n`),
    location: 'c/box.yaml:11:9',
    says: ['the pattern "tide: quite low" does not match the message "tide: quite low"'],
  },
  'shadowed-pattern': {
    files: () => ({
      box:
        BOX.replace('    source:', '    generic: true\n    source:').replace(
          PATTERN,
          `${PATTERN}      - 'BOX_GONE {text} no water here'\n`,
        ) + secondEntry("      - 'no water here'"),
    }),
    location: 'c/box.yaml:12:9',
    says: [
      'the message "BOX_GONE no water here" gives box.tide by "no water here"',
      'which names the condition, not only its kind',
    ],
  },
  'shadowed-entry': {
    files: () => ({
      box:
        BOX.replace('    source:', '    generic: true\n    source:').replace("- 'e1 box_gone folder vanished'", '- x') +
        secondEntry("      - 'folder vanished'"),
    }),
    location: 'c/box.yaml:6:9',
    also: ['c/box.yaml:21:11 example-of-other-entry', 'c/box.yaml:22:11 example-unmatched'],
    says: [
      'box.gone: it is never given, since box.tide wins',
      'the message "BOX_GONE: folder vanished" gives box.tide',
    ],
  },
  'undecided-overlap': {
    files: () => ({ box: BOX + secondEntry("      - 'folder vanished AWAY_NOW'") }),
    location: 'c/box.yaml:29:9',
    says: ['the message "BOX_GONE: folder vanished away_now" gives box.gone'],
  },
  'short-pattern': {
    files: () => box(PATTERN, `${PATTERN}      - E17\n`),
    location: 'c/box.yaml:11:9',
    says: ['the pattern "E17" is a single word of 3 characters'],
  },
  'general-pattern': {
    files: () => box(PATTERN, `${PATTERN}      - 'request failed'\n`),
    location: 'c/box.yaml:11:9',
    says: ['the pattern "request failed" has only words that any log has (request, failed)'],
  },
  'empty-app': {
    files: () => ({ more: [{ path: 'c/okta.yaml', text: 'app: { key: okta, name: Okta }\nentries: []\n' }] }),
    location: 'c/okta.yaml:1:13',
    says: ['the app okta has no entries'],
  },
  'dead-alias': {
    files: () => box('[Box.com]', '[Box.com, "BOX connector"]'),
    location: 'c/box.yaml:4:22',
    says: ['the alias "BOX connector" is the same name as "box"'],
  },
  'unwritten-text': {
    files: () => box('summary: Make the folder again.', 'summary: "TODO: ask Ann"'),
    location: 'c/box.yaml:13:7',
    says: ['"TODO: ask Ann" says nothing'],
  },
  'thin-resolution': {
    files: () => box(`Make the folder again.\n      steps: ${STEPS}`, 'Connect to it.\n      steps: [connect to it!]'),
    location: 'c/box.yaml:13:7',
    says: ['the only step repeats the summary "Connect to it."'],
  },
  'action-not-in-steps': {
    files: () => box('Connect to Box again.', 'Put the files into it.'),
    location: 'c/box.yaml:13:7',
    says: ['the action is reconnect, and neither summary nor steps say so'],
  },
  'contradicting-retry': {
    files: () => box('retryable: false', 'retryable: true'),
    location: 'c/box.yaml:13:7',
    says: ['with the action reconnect somebody has to act first'],
  },
};

describe('checkCatalog', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(check(filesOf({ more: [{ path: 'c/okta.yaml', text: OKTA }] }))).toEqual([]);
    expect(check(filesOf({ box: BOX + secondEntry('') }))).toEqual([]);
  });

  it('is held here by one broken catalog for each code', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(FINDINGS).sort());
  });

  it.each(Object.entries(CASES) as [FindingCode, Case][])(
    'finds %s, where it is',
    (code, { files, location, says, also = [] }) => {
      const made = files();
      const found = check(Array.isArray(made) ? made : filesOf(made));
      expect(found.map((each) => `${each.location} ${each.code}`)).toEqual([`${location} ${code}`, ...also]);
      for (const part of says) expect(found[0]!.message).toContain(part);
      expect(found[0]).toMatchObject({
        severity: FINDINGS[code].severity,
        mend: expect.stringMatching(/^[a-z].*[^.]$/),
      });
    },
  );
});
