import type { SourceBatch } from '../port.ts';

export type DueSlice =
  /** What is still to be done, and from which offset. */
  | { readonly kind: 'due'; readonly slice: SourceBatch }
  /** Everything below `committed` is done, by us before a crash or by another owner; behind it no record is left. */
  | { readonly kind: 'done'; readonly committed: number }
  /** Reading is ahead of what the group has committed: somebody has moved the offset back. */
  | { readonly kind: 'ahead'; readonly committed: number };

/** Compares a slice with the committed offset (`null`: the group has none, and begins where the slice does). */
export function dueSlice(slice: SourceBatch, committed: number | null): DueSlice {
  if (committed === null || committed === slice.startOffset) return { kind: 'due', slice };
  if (committed < slice.startOffset) return { kind: 'ahead', committed };
  const records = slice.records.filter(({ offset }) => offset >= committed);
  if (records.length === 0) return { kind: 'done', committed: Math.min(committed, slice.nextOffset) };
  return { kind: 'due', slice: { ...slice, startOffset: committed, records } };
}
