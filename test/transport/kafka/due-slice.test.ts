import { describe, expect, test } from 'vitest';
import { dueSlice } from '../../../src/transport/kafka/due-slice.ts';
import type { SourceBatch } from '../../../src/transport/port.ts';

/** Positions 3 to 10, with records at the given offsets. */
function sliceOf(...offsets: number[]): SourceBatch {
  const records = offsets.map((offset) => ({
    topic: 'in',
    partition: 0,
    offset,
    timestampMs: -1,
    key: null,
    value: null,
    headers: {},
  }));
  return { topic: 'in', partition: 0, startOffset: 3, nextOffset: 10, endOffset: 10, records };
}

describe('what is due of a slice', () => {
  test.each([
    ['the group stands where it begins', 3],
    ['the group has no position', null],
  ])('all of it, when %s', (_when, committed) => {
    const slice = sliceOf(4, 6, 7);
    expect(dueSlice(slice, committed)).toEqual({ kind: 'due', slice });
  });

  test('the records from the committed offset on, when the group stands within it', () => {
    const due = dueSlice(sliceOf(4, 6, 7), 6);
    expect(due).toEqual({ kind: 'due', slice: { ...sliceOf(6, 7), startOffset: 6 } });
  });

  test.each([
    ['at its end', 10, 10],
    ['behind it', 25, 10],
    ['behind its last record', 8, 8],
  ])('nothing, when the group stands %s', (_where, committed, doneBelow) => {
    expect(dueSlice(sliceOf(4, 6, 7), committed)).toEqual({ kind: 'done', committed: doneBelow });
  });

  test('nothing, when the group stands before it: the records in between would be passed over', () => {
    expect(dueSlice(sliceOf(4, 6, 7), 2)).toEqual({ kind: 'ahead', committed: 2 });
  });
});
