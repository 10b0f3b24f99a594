import { describe, expect, it } from 'vitest';
import { eventIdOf, type History, type InputRecord, type OutputRecord } from '../../chaos/history.ts';
import { verify } from '../../chaos/verify.ts';

const TOPIC = 'in';

function input(offset: number, more: Partial<InputRecord> = {}): InputRecord {
  const base = { id: `r${offset}`, partition: 0, offset, key: 'connector-1', expected: 'resolved' } as const;
  return { ...base, appendedAtMs: 1_000 + offset * 10, ...more };
}

/** What the service writes for a record, `delayMs` after it came. */
function outputOf(record: InputRecord, offset: number, more: Partial<OutputRecord> = {}): OutputRecord {
  const eventId = eventIdOf(TOPIC, record);
  return {
    topic: record.expected === 'dead-lettered' ? 'deadLetter' : 'output',
    incarnation: 0,
    partition: 0,
    offset,
    key: record.key,
    appendedAtMs: record.appendedAtMs + 5,
    eventId,
    id: record.id,
    outcome: record.expected,
    content: `content of ${eventId}`,
    ...more,
  };
}

/** Five records, all written and then committed one by one; `more` breaks something. */
function history(more: Partial<History> = {}): History {
  const records = [
    input(0),
    input(1, { expected: 'ignored' }),
    input(2, { expected: 'unclassified' }),
    input(3, { expected: 'dead-lettered' }),
    input(4),
  ];
  const written = records.filter(({ expected }) => expected !== 'ignored');
  return {
    inputTopic: TOPIC,
    delivery: 'at-least-once',
    acknowledged: new Set(records.map(({ id }) => id)),
    input: records,
    output: written.map((record) => outputOf(record, record.offset)),
    commits: records.map(({ offset, appendedAtMs }) => ({ partition: 0, offset: offset + 1, atMs: appendedAtMs + 6 })),
    inputEnds: new Map([[0, 5]]),
    marks: [],
    incidents: [],
    ...more,
  };
}

const good = history();

function output(change: (records: OutputRecord[]) => OutputRecord[]): Partial<History> {
  return { output: change([...good.output]) };
}

describe('the verdict on a history', () => {
  it('passes one in which everything came out once, in order, before its commit', () => {
    expect(verify(good)).toEqual({
      recordsIn: 5,
      recordsOut: 4,
      lost: 0,
      duplicates: 0,
      longestPauseMs: 5,
      recoveryMs: undefined,
      failures: [],
    });
  });

  it('passes equal duplicates at least once, and counts them', () => {
    const repeated = output((records) => [...records, { ...records[0]!, offset: 9 }]);
    expect(verify(history(repeated))).toMatchObject({ duplicates: 1, failures: [] });
  });

  const repeated = output((records) => [...records, { ...records[0]!, offset: 9 }]);
  const broken: [string, Partial<History>, string][] = [
    ['a lost record', output((records) => records.slice(1)), '1 input records are lost: neither in the output'],
    ['a lost dead letter', output((records) => records.filter(({ topic }) => topic === 'output')), '1 input records'],
    ['a duplicate, exactly once', { ...repeated, delivery: 'exactly-once' }, '1 input records came out more than once'],
    [
      'more duplicates than a scenario allows',
      { ...repeated, maxDuplicates: 0 },
      '1 duplicates; one uncommitted batch',
    ],
    [
      'a duplicate that says something else',
      output((records) => [...records, { ...records[0]!, offset: 9, content: 'x' }]),
      '1 duplicates differ from the first record: in:0:0',
    ],
    [
      'output for an ignored record',
      output((records) => [...records, outputOf(good.input[1]!, 9, { outcome: 'resolved' })]),
      'in:0:1 is resolved, expected ignored',
    ],
    [
      'output for no input',
      output((records) => [...records, outputOf(input(77), 9)]),
      '1 output records belong to no input record: in:0:77',
    ],
    [
      'another outcome',
      output(([first, ...rest]) => [{ ...first!, outcome: 'unclassified' }, ...rest]),
      'say something',
    ],
    ["another record's id", output(([first, ...rest]) => [{ ...first!, id: 'r4' }, ...rest]), 'has id r4, expected r0'],
    [
      'another key',
      output(([first, ...rest]) => [{ ...first!, key: 'c' }, ...rest]),
      'has key c, expected connector-1',
    ],
    [
      'a connector out of order',
      output(([first, ...rest]) => [{ ...first!, offset: 9 }, ...rest]),
      '1 records of one connector are out of order: 0:0 after 0:4',
    ],
    [
      'a commit before the record is written',
      { commits: good.commits.map((commit) => ({ ...commit, atMs: 1_002 })) },
      '4 commits went past records that were not written: 0:0 by the commit of 1',
    ],
    [
      'a commit that goes back',
      { commits: [...good.commits, { partition: 0, offset: 3, atMs: 2_000 }, good.commits[4]!] },
      '1 commits went back: partition 0 from 5 to 3',
    ],
    ['an uncommitted end', { commits: good.commits.slice(0, 4) }, 'not everything is committed: partition 0 at 4 of 5'],
    ['no commit at all', { commits: [] }, 'partition 0 at 0 of 5'],
    ['an acknowledged record that the input lacks', { acknowledged: new Set(['r99']) }, 'are not in the input topic'],
    ['what was seen while it ran', { incidents: ['worker 1 ended by itself'] }, 'worker 1 ended by itself'],
  ];

  it.each(broken)('fails for %s', (_what, more, sentence) => {
    const { failures } = verify(history(more));
    expect(failures.join('\n')).toContain(sentence);
  });

  it('takes a transaction for one moment, but not for nothing', () => {
    const early = good.commits.map((commit) => ({ ...commit, atMs: 1_002 }));
    expect(verify(history({ delivery: 'exactly-once', commits: early })).failures).toEqual([]);
    const lossy = output((records) => records.slice(1));
    const { failures } = verify(history({ delivery: 'exactly-once', commits: early, ...lossy }));
    expect(failures.join('\n')).toContain('1 commits went past records that were not written: 0:0');
  });

  it('tells a first record from its repetition by the life of the topic, then by offset', () => {
    const later = output((records) => [{ ...records[0]!, incarnation: 1, offset: 0 }, ...records]);
    expect(verify(history(later))).toMatchObject({ duplicates: 1, failures: [] });
  });

  it('measures the longest time in which input waited and nothing new came', () => {
    // 0 comes out at once; 2 and 3 wait for 4, which is late; a repetition of 0 in between is no progress.
    const slow = output((records) => [
      ...records.map((record) => (record.offset === 0 ? record : { ...record, appendedAtMs: 1_500 + record.offset })),
      { ...records[0]!, offset: 9, appendedAtMs: 1_200 },
    ]);
    const committedLate = { commits: [{ partition: 0, offset: 5, atMs: 1_600 }] };
    expect(verify(history({ ...slow, ...committedLate }))).toMatchObject({ longestPauseMs: 482, failures: [] });
  });

  it('fails for a recovery that took too long, measured on input from after the mark', () => {
    const mark = { what: 'the return of broker 1', atMs: 1_035, limitMs: 4 };
    expect(verify(history({ marks: [mark] }))).toMatchObject({
      recoveryMs: 5,
      failures: ['output flowed again 5 ms after the return of broker 1; the limit is 4 ms'],
    });
    expect(verify(history({ marks: [{ ...mark, limitMs: 5 }] })).failures).toEqual([]);
  });

  it('fails for a recovery that never came', () => {
    const mark = { what: 'the return of broker 1', atMs: 1_035, limitMs: 9 };
    const { failures } = verify(history({ ...output((records) => records.slice(0, -1)), marks: [mark] }));
    expect(failures.at(-1)).toContain('Infinity ms after the return of broker 1');
  });
});
