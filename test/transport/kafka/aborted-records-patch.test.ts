import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { type FetchedPartition, hideAborted } from '../../../src/transport/kafka/aborted-records-patch.ts';

interface Batch {
  readonly messages: { readonly offset: string }[];
  lastOffset(): string;
}
const KafkaJsBatch = createRequire(import.meta.url)('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  partition: object,
) => Batch;

type Line = [producer: 'A' | 'B' | 'C' | 'none', what: 'record' | 'abort' | 'commit'];

/** A part of a log, from `from` on, as a broker gives it: `aborted` in the order of the aborts. */
function fetched(
  lines: readonly Line[],
  aborted: [producer: string, firstOffset: number][],
  from = 0,
): FetchedPartition {
  return {
    abortedTransactions: aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) })),
    messages: lines.slice(from).map(([producerId, what], index) => ({
      offset: String(from + index),
      key: what === 'record' ? Buffer.from('k') : Buffer.from([0, 0, 0, what === 'commit' ? 1 : 0]),
      batchContext: { producerId, inTransaction: producerId !== 'none' },
      isControlRecord: what !== 'record',
    })),
  };
}

function handedOut(partition: FetchedPartition, from = 0): number[] {
  return new KafkaJsBatch('t', String(from), { ...partition, partition: 0, highWatermark: '99' }).messages.map(
    ({ offset }) => Number(offset),
  );
}

/** A begins before B and ends after it: the broker lists B first. C commits in between; one record has no transaction. */
const OVERLAPPING: Line[] = [
  ['A', 'record'],
  ['C', 'record'],
  ['B', 'record'],
  ['none', 'record'],
  ['B', 'abort'],
  ['A', 'record'],
  ['C', 'commit'],
  ['A', 'abort'],
  ['A', 'record'],
  ['A', 'commit'],
];
const COMMITTED = [1, 3, 8];

describe('records of aborted transactions', () => {
  it('are not handed out where transactions overlap, in whatever order they are listed', () => {
    for (const aborted of [
      [
        ['B', 2],
        ['A', 0],
      ],
      [
        ['A', 0],
        ['B', 2],
      ],
    ] as [string, number][][]) {
      const partition = fetched(OVERLAPPING, aborted);
      hideAborted(partition);
      expect(handedOut(partition)).toEqual(COMMITTED);
    }
  });

  it('are not handed out when the fetch begins within several transactions', () => {
    const partition = fetched(
      OVERLAPPING,
      [
        ['B', 2],
        ['A', 0],
      ],
      2,
    );
    hideAborted(partition);
    expect(handedOut(partition, 2)).toEqual(COMMITTED.filter((offset) => offset >= 2));
  });

  it('still count where reading goes on', () => {
    const lines = OVERLAPPING.slice(0, 3);
    const partition = fetched(lines, [['B', 2]]);
    hideAborted(partition);
    expect(new KafkaJsBatch('t', '0', { ...partition, highWatermark: '9' }).lastOffset()).toBe('2');
  });

  it('leave everything as it is where nothing was aborted', () => {
    const partition = fetched(OVERLAPPING, []);
    hideAborted(partition);
    expect(handedOut(partition)).toEqual([0, 1, 2, 3, 5, 8]);
  });

  it('are handed out by kafkajs alone: when it no longer does, the patch can go', () => {
    const partition = fetched(OVERLAPPING, [
      ['B', 2],
      ['A', 0],
    ]);
    expect(handedOut(partition)).toEqual([0, 1, 3, 8]);
  });
});
