import { describe, expect, it } from 'vitest';
import {
  type CommitRecord,
  eventIdOf,
  type History,
  type InputRecord,
  type OutputRecord,
  type Writer,
} from '../../chaos/history.ts';
import { verify } from '../../chaos/verify.ts';

const TOPIC = 'in';
const WRITER: Writer = { producer: '7/0', inTransaction: false };

function input(offset: number, more: Partial<InputRecord> = {}): InputRecord {
  const base = { id: `r${offset}`, partition: 0, offset, key: 'connector-1', expected: 'resolved' } as const;
  return { ...base, value: `value ${offset}`, appendedAtMs: 1_000 + offset * 10, ...more };
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
    original: record.expected === 'dead-lettered' ? record.value : null,
    writer: WRITER,
    content: `content of ${eventId}`,
    ...more,
  };
}

function commit(offset: number, atMs: number, writer = WRITER): CommitRecord {
  return { partition: 0, offset, atMs, writer };
}

/** The same, written and committed in transactions of one producer. */
function transactional(
  { output, commits, ...rest }: History,
  writer = { producer: '7/0', inTransaction: true },
): History {
  const written = output.map((record) => ({ ...record, writer }));
  return { ...rest, delivery: 'exactly-once', output: written, commits: commits.map((each) => ({ ...each, writer })) };
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
    commits: records.map(({ offset, appendedAtMs }) => commit(offset + 1, appendedAtMs + 6)),
    inputEnds: new Map([[0, 5]]),
    marks: [{ what: 'the fault', atMs: 1_000, limitMs: 100 }],
    disturbances: [],
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
      faults: 1,
      recordsIn: 5,
      recordsOut: 4,
      lost: 0,
      duplicates: 0,
      longestPauseMs: 5,
      recoveryMs: 5,
      failures: [],
      slow: [],
    });
  });

  /** The first record, written at 1,005 ms, is written again at 1,200 ms. */
  const repeated = output((records) => [...records, { ...records[0]!, offset: 9, appendedAtMs: 1_200 }]);
  const assignmentAt = (atMs: number) => ({ disturbances: [{ fromMs: atMs, toMs: atMs }] });

  it('passes equal duplicates at least once when a partition was assigned in between, and counts them', () => {
    expect(verify(history({ ...repeated, ...assignmentAt(1_100) }))).toMatchObject({ duplicates: 1, failures: [] });
  });

  it('passes duplicates that were written while there was a fault', () => {
    for (const [fromMs, toMs] of [
      [900, 1_005],
      [1_050, 1_060],
      [1_200, 1_300],
      [900, 1_300],
    ] as const) {
      expect(verify(history({ ...repeated, disturbances: [{ fromMs, toMs }] })).failures).toEqual([]);
    }
  });

  it.each([1_004, 1_201])('fails for a duplicate when the only assignment was at %i ms', (atMs) => {
    expect(verify(history({ ...repeated, ...assignmentAt(atMs) })).failures).toEqual([
      '1 duplicates have no cause: no fault and no assignment since the record before: in:0:0',
    ]);
  });

  it('wants a cause for every repetition', () => {
    const thrice = output((records) => [
      ...records,
      ...[1_200, 1_300].map((appendedAtMs, index) => ({ ...records[0]!, offset: 9 + index, appendedAtMs })),
    ]);
    expect(verify(history({ ...thrice, ...assignmentAt(1_100) })).failures.join()).toContain('have no cause');
    expect(verify(history({ ...thrice, ...assignmentAt(1_200) })).failures).toEqual([]);
  });

  const broken: [string, Partial<History>, string][] = [
    ['a lost record', output((records) => records.slice(1)), '1 input records are lost: neither in the output'],
    ['a lost dead letter', output((records) => records.filter(({ topic }) => topic === 'output')), '1 input records'],
    ['a duplicate, exactly once', { ...repeated, delivery: 'exactly-once' }, '1 input records came out more than once'],
    [
      'more duplicates than a scenario allows',
      { ...repeated, ...assignmentAt(1_100), maxDuplicates: 0 },
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
      'a dead letter without the headers of its input',
      output((records) => records.map((record) => (record.topic === 'output' ? record : { ...record, id: null }))),
      'in:0:3 has id null, expected r3',
    ],
    [
      'a dead letter with a part of the value',
      output((records) =>
        records.map((record) => (record.topic === 'output' ? record : { ...record, original: 'val' })),
      ),
      'in:0:3 carries val, expected value 3',
    ],
    [
      'a connector in two partitions',
      output(([first, ...rest]) => [{ ...first!, partition: 1 }, ...rest]),
      '1 connectors are in more than one partition of a topic, so that nothing keeps their order: connector-1 in output 0 and 1',
    ],
    ['a scenario without a fault', { marks: [] }, 'no fault was injected and recovered from'],
    [
      'a load without dead letters',
      { input: good.input.filter(({ expected }) => expected !== 'dead-lettered') },
      '1 kinds of records were never written, so that nothing is known of them: dead-lettered',
    ],
    [
      'a partition without input',
      { inputEnds: new Map([...good.inputEnds, [1, 0]]) },
      '1 input partitions are empty, so that nothing is known of them: 1',
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
      { commits: [...good.commits, commit(3, 2_000), good.commits[4]!] },
      '1 commits went back: partition 0 from 5 (1970-01-01T00:00:01.046Z) to 3 (1970-01-01T00:00:02.000Z)',
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
    const early = history({ commits: good.commits.map((each) => ({ ...each, atMs: 1_002 })) });
    expect(verify(transactional(early)).failures).toEqual([]);
    const lossy = history({ ...output((records) => records.slice(1)), commits: early.commits });
    const { failures } = verify(transactional(lossy));
    expect(failures.join('\n')).toContain('1 commits went past records that were not written: 0:0');
  });

  it.each([
    ['another producer', { producer: '8/0', inTransaction: true }],
    ['a producer fenced since', { producer: '7/1', inTransaction: true }],
    ['none', WRITER],
  ])('fails exactly once when records are written in the transaction of %s', (_what, writer) => {
    const { commits, ...rest } = transactional(good);
    const others = transactional(good, writer);
    const { failures } = verify({ ...rest, commits: others.commits });
    expect(failures).toEqual([
      '4 records were not written in the transaction that commits them: 0:0 with the commit of 1, 0:2 with the commit of 3, ' +
        '0:3 with the commit of 4, ...',
    ]);
    expect(verify({ ...rest, commits, output: others.output }).failures).toEqual(failures);
  });

  it('tells a first record from its repetition by the life of the topic, then by offset', () => {
    const later = output((records) => [{ ...records[0]!, incarnation: 1, offset: 0, appendedAtMs: 1_200 }, ...records]);
    expect(verify(history({ ...later, ...assignmentAt(1_100) }))).toMatchObject({ duplicates: 1, failures: [] });
  });

  it('measures the longest time in which input waited and nothing new came', () => {
    // 0 comes out at once; 2 and 3 wait for 4, which is late; a repetition of 0 in between is no progress.
    const slow = output((records) => [
      ...records.map((record) => (record.offset === 0 ? record : { ...record, appendedAtMs: 1_500 + record.offset })),
      { ...records[0]!, offset: 9, appendedAtMs: 1_200 },
    ]);
    const committedLate = { commits: [commit(5, 1_600)], ...assignmentAt(1_100) };
    expect(verify(history({ ...slow, ...committedLate }))).toMatchObject({ longestPauseMs: 482, failures: [] });
  });

  it('tells a recovery that took too long, measured on input from after the mark', () => {
    const mark = { what: 'the return of broker 1', atMs: 1_035, limitMs: 4 };
    expect(verify(history({ marks: [mark] }))).toMatchObject({
      recoveryMs: 5,
      failures: [],
      slow: ['output flowed again 5 ms after the return of broker 1; the limit is 4 ms'],
    });
    expect(verify(history({ marks: [{ ...mark, limitMs: 5 }] })).slow).toEqual([]);
  });

  it('fails for a recovery that nothing shows, in a partition without input after the mark', () => {
    const mark = { what: 'the return of broker 1', atMs: 1_041, limitMs: 9 };
    expect(verify(history({ marks: [mark] })).failures).toEqual([
      '1 input partitions took no record after the return of broker 1, so that no recovery was seen: 0',
    ]);
  });

  it('fails for a recovery that never came', () => {
    const mark = { what: 'the return of broker 1', atMs: 1_035, limitMs: 9 };
    const { failures, slow } = verify(history({ ...output((records) => records.slice(0, -1)), marks: [mark] }));
    expect(failures.join()).toContain('1 input records are lost');
    expect(slow.join()).toContain('Infinity ms after the return of broker 1');
  });
});
