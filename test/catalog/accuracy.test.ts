import { describe, expect, it } from 'vitest';
import { Accuracy, percent } from '../../src/catalog/accuracy.ts';
import { type Label, parseLabel } from '../../src/catalog/label.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { catalogOf } from '../matcher/catalogs.ts';

const plain = catalogOf(
  { id: 'box.gone', patterns: ['file is gone'] },
  { id: 'box.cut', patterns: [{ text: 'cut off', confidence: 'partial' }] },
  { id: 'okta.busy', patterns: ['too busy', { text: 'code 503', confidence: 'inferred' }] },
);
const rows: Record<string, number> = { 'box.gone': 9, 'okta.busy': 4 };
const catalog = {
  ...plain,
  entries: plain.entries.map((entry) => ({
    ...entry,
    source: rows[entry.id] === undefined ? undefined : { document: 'handbook', row: rows[entry.id]! },
  })),
};

function label(fields: Partial<Label> & Pick<Label, 'message' | 'accept'>): Label {
  return { id: '1', app: 'box', kind: '', note: '', ...fields };
}

function reportOf(labels: readonly Label[], mayInfer = true) {
  const accuracy = new Accuracy(compile(catalog), { mayInfer });
  for (const each of labels) accuracy.add(each);
  return accuracy.report();
}

const GONE = 'the file is gone';

describe('an answer', () => {
  it.each<[what: string, fields: Parameters<typeof label>[0], acceptable: boolean]>([
    ['with the row of its entry', { message: GONE, accept: [9] }, true],
    ['with the id of its entry', { message: GONE, accept: ['box.gone'] }, true],
    ['that is one of several', { message: GONE, accept: [null, 1, 9] }, true],
    ['that is none where none is right', { message: 'hello', accept: [null] }, true],
    ['of another row', { message: GONE, accept: [4] }, false],
    ['where none is right', { message: GONE, accept: [null] }, false],
    ['that is none where one is right', { message: 'hello', accept: [9] }, false],
    ['without a row where none is right', { message: 'cut off', accept: [null] }, false],
    ['without a row, by its id', { message: 'cut off', accept: ['box.cut'] }, true],
  ])('%s is judged by what is acceptable', (_, fields, acceptable) => {
    expect(reportOf([label(fields)])).toMatchObject({ messages: 1, acceptable: acceptable ? 1 : 0 });
  });

  it('that is inferred counts as none where nothing may be inferred', () => {
    const labels = [label({ app: 'okta', message: 'code 503', accept: [4] })];
    expect(reportOf(labels).acceptable).toBe(1);
    expect(reportOf(labels, false)).toMatchObject({
      acceptable: 0,
      errors: [{ got: null, confidence: 'none' }],
      neverGiven: ['box.gone', 'box.cut', 'okta.busy'],
    });
  });
});

describe('the report', () => {
  const labels = [
    label({ message: 'file is gone', accept: [9], kind: 'case, tail' }),
    label({ message: 'FILE IS GONE', accept: [null], kind: 'case' }),
    label({ message: 'cut off', accept: [null], kind: 'tail,tail' }),
    label({ app: 'Dropbox', message: 'x', accept: [null] }),
    label({ app: '', message: 'x', accept: [null] }),
  ];

  it('counts per app: by key, by the name that the label has, or as none', () => {
    expect(reportOf(labels).apps).toEqual([
      { name: '(no app)', given: 1, right: 1, wrong: 0 },
      { name: 'Dropbox', given: 1, right: 1, wrong: 0 },
      { name: 'box', given: 3, right: 1, wrong: 2 },
    ]);
  });

  it('counts per confidence, each of them, given or not', () => {
    expect(reportOf(labels).confidences.map(({ name, right, wrong }) => [name, right, wrong])).toEqual([
      ['exact', 1, 0],
      ['normalized', 0, 1],
      ['partial', 0, 1],
      ['inferred', 0, 0],
      ['none', 2, 0],
    ]);
  });

  it('counts each kind of a message once, the worst kinds first', () => {
    expect(reportOf(labels).kinds.map(({ name, right, wrong }) => [name, right, wrong])).toEqual([
      ['case', 1, 1],
      ['tail', 1, 1],
      ['(no kind)', 2, 0],
    ]);
  });

  it('names entries that no message gave, and what the catalog lacks', () => {
    const report = reportOf([label({ message: 'x', accept: [7, 'box.typo', 'box.cut', null].slice(0, 3) })]);
    expect(report.errors[0]!.expected).toEqual([
      'row 7 (not in the catalog)',
      'box.typo (not in the catalog)',
      'box.cut',
    ]);
    expect(new Set(report.neverGiven)).toEqual(new Set(['box.gone', 'box.cut', 'okta.busy']));
  });

  it('says 100 % only when all are right', () => {
    expect([percent(3, 3), percent(99_999, 100_000), percent(1, 3), percent(0, 0)]).toEqual([
      '100.0 %',
      '99.9 %',
      '33.3 %',
      '-',
    ]);
  });
});

describe('a label', () => {
  it('needs a message and the acceptable answers, no more', () => {
    expect(parseLabel(Buffer.from('{"message":"x","accept":[null]}'))).toMatchObject({
      kind: 'label',
      label: { id: '', kind: '' },
    });
  });

  it.each([
    ['{"message":', 'not JSON'],
    ['[]', 'expected object'],
    ['{"accept":[1]}', 'message: '],
    ['{"message":"x"}', 'accept: '],
    ['{"message":"x","accept":[]}', 'accept: '],
    ['{"message":"x","accept":[0]}', 'accept.0'],
    ['{"message":"x","accept":[null],"verdict":"maybe"}', 'verdict: '],
  ])('%s is malformed, and why is said', (line, problem) => {
    const parsed = parseLabel(Buffer.from(line));
    expect(parsed).toMatchObject({ kind: 'malformed', problem: expect.stringContaining(problem) });
  });

  it('that is not UTF-8 is malformed', () => {
    const line = Buffer.concat([Buffer.from('{"accept":[1],"message":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(parseLabel(line).kind).toBe('malformed');
  });
});
