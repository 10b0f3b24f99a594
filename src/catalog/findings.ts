/** Everything that `triage catalog check` can say: one table, which the formats, the documents and the tests read. */
import { compareText } from '../matcher/precedence.ts';

export const SEVERITIES = ['error', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface Rule {
  readonly severity: Severity;
  /** What is wrong, in one line. */
  readonly title: string;
  /** What to do about it, unless the finding itself knows better. */
  readonly mend: string;
}

/** The catalog cannot be loaded. */
export const LOAD_RULES = {
  'manifest-missing': {
    severity: 'error',
    title: 'The file with the version and the documents is missing',
    mend: 'add a catalog.yaml with `version` and `documents`',
  },
  'unreadable-file': {
    severity: 'error',
    title: 'A name that ends in .yaml is no file that can be read',
    mend: 'put a regular file there that the program may read, or take the name out of the folder',
  },
  'file-too-large': {
    severity: 'error',
    title: 'A catalog file is too large to be read',
    mend: 'split it: one file for each app',
  },
  'invalid-yaml': {
    severity: 'error',
    title: 'A file is not valid YAML',
    mend: 'correct the YAML; quote texts that hold ": ", "#" or begin with a brace or quote',
  },
  'invalid-field': {
    severity: 'error',
    title: 'A field is missing, unknown or has a wrong value',
    mend: 'write the field as schemas/catalog-app.schema.json and catalog-manifest.schema.json have it',
  },
  'duplicate-app': {
    severity: 'error',
    title: 'Two files are for the same app',
    mend: "put the app's entries into one file",
  },
  'shared-app-name': {
    severity: 'error',
    title: 'A name stands for two apps',
    mend: 'leave the name to one of them',
  },
  'unknown-app': {
    severity: 'error',
    title: 'An id begins with the key of an app that the catalog does not have',
    mend: "begin the id with the key of the file's app, or add a file for the other app",
  },
  'foreign-id': {
    severity: 'error',
    title: 'An id begins with the key of another app',
    mend: "move the entry to that app's file, or begin its id with the key of this one",
  },
  'duplicate-id': {
    severity: 'error',
    title: 'Two entries have the same id',
    mend: 'give the newer entry an id of its own',
  },
  'unknown-document': {
    severity: 'error',
    title: 'A source names a document that the manifest does not list',
    mend: 'correct the name, or list the document in catalog.yaml under `documents`',
  },
  'invalid-pattern': {
    severity: 'error',
    title: 'A pattern cannot be compiled',
    mend: 'write it in the pattern language (README, "Pattern language")',
  },
  'invalid-cue': {
    severity: 'error',
    title: 'A cue under `quoted` cannot be compiled',
    mend: 'write plain words without placeholders',
  },
} as const satisfies Record<string, Rule>;

/** The catalog can be loaded, and does not do what it says or holds a trap. */
export const CHECK_RULES = {
  'example-unmatched': {
    severity: 'error',
    title: 'A matching example matches nothing',
    mend: 'add a pattern for it, or correct the example',
  },
  'example-of-other-entry': {
    severity: 'error',
    title: 'A matching example gives another entry',
    mend: 'add a longer pattern to this entry, or mark the other entry `generic`',
  },
  'example-quoted': {
    severity: 'error',
    title: 'A matching example is taken for a text that is only quoted',
    mend: 'make the cue in catalog.yaml narrower (`within`, `verbatim`), or correct the example',
  },
  'near-miss-matched': {
    severity: 'error',
    title: 'A near miss gives the entry that it must not give',
    mend: 'make the pattern longer, or move the message to `match` if it should give the entry',
  },
  'repeated-example': {
    severity: 'warning',
    title: 'An example stands twice in one list, so that it tests nothing more',
    mend: 'write another message as logs have it, or leave it out',
  },
  'equal-pattern': {
    severity: 'error',
    title: 'Two entries of one app have the same text',
    mend: 'make one of the texts longer; if the text cannot tell them apart, mark it `partial` in both',
  },
  'repeated-pattern': {
    severity: 'warning',
    title: 'An entry has the same text twice',
    mend: 'leave one of them out: case, punctuation and packages before class names do not count',
  },
  'unmatched-pattern': {
    severity: 'warning',
    title: 'A pattern does not match its own text',
    mend: 'write the text as logs have it; with `adjacent`, only white space may stand between its words',
  },
  'shadowed-pattern': {
    severity: 'warning',
    title: 'Every message that a pattern matches is given to another entry of the app',
    mend: 'leave the pattern out, make it longer, or mark the other entry `generic`',
  },
  'shadowed-entry': {
    severity: 'error',
    title: 'Every message that an entry matches is given to other entries of the app',
    mend: 'give the entry a pattern that is longer than theirs, or remove it',
  },
  'undecided-overlap': {
    severity: 'warning',
    title: 'Two entries overlap in one message, and only the order of their ids decides',
    mend: 'make the text of the one that should win longer',
  },
  'short-pattern': {
    severity: 'warning',
    title: 'A pattern is so short that it stands in messages that mean something else',
    mend: 'add words that stand before or after it in the message',
  },
  'general-pattern': {
    severity: 'warning',
    title: 'A pattern consists of words that many other messages have',
    mend: 'add words that only this error has',
  },
  'empty-app': {
    severity: 'warning',
    title: 'An app has no entries',
    mend: 'add an entry, or remove the file: then the entries for all apps hold all the same',
  },
  'dead-alias': {
    severity: 'warning',
    title: 'An alias says what another name of the app says already',
    mend: 'remove it: case, spaces, punctuation and a closing "connector" do not count',
  },
  'unwritten-text': {
    severity: 'warning',
    title: 'A text is still to be written',
    mend: 'write it: it is what the reader of a resolution gets',
  },
  'thin-resolution': {
    severity: 'warning',
    title: 'The steps of a resolution say no more than its summary',
    mend: 'write the steps in order: where to go, what to change, how to see that it helped',
  },
  'action-not-in-steps': {
    severity: 'warning',
    title: 'Summary and steps of a resolution do not mention its action',
    mend: 'add the step, or choose the action that the steps describe',
  },
  'contradicting-retry': {
    severity: 'warning',
    title: 'The action of a resolution and `retryable` contradict each other',
    mend: 'set `retryable` to whether the same call may succeed without anybody doing anything',
  },
} as const satisfies Record<string, Rule>;

export const FINDINGS = { ...LOAD_RULES, ...CHECK_RULES };

export type LoadCode = keyof typeof LOAD_RULES;
export type CheckCode = keyof typeof CHECK_RULES;
export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** `file:line:column`. */
  readonly location: string;
  /** What is wrong, with the id of the entry first where there is one. */
  readonly message: string;
  readonly mend: string;
}

export function finding(code: FindingCode, location: string, message: string, mend?: string): Finding {
  return { code, severity: FINDINGS[code].severity, location, message, mend: mend ?? FINDINGS[code].mend };
}

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function positionOf({ location }: Pick<Finding, 'location'>): Position {
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/s.exec(location) ?? [];
  return file === undefined
    ? { file: location, line: 1, column: 1 }
    : { file, line: Number(line), column: Number(column) };
}

/** By file, line, column and code. */
export function inFileOrder(findings: readonly Finding[]): Finding[] {
  const placed = findings.map((each) => ({ each, at: positionOf(each) }));
  placed.sort(
    (a, b) =>
      compareText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      compareText(a.each.code, b.each.code),
  );
  return placed.map(({ each }) => each);
}

/** A text from the catalog as a message shows it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text);
}
