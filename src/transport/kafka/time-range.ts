import type { Cluster } from 'kafkajs';
import { leaderUnknown } from './failure.ts';

/** Milliseconds since 1970; absent means from the oldest record, up to the newest one. */
export interface TimeRange {
  /** From the first record on that has this time or a later one. */
  readonly fromMs?: number;
  /** Up to the first record that has this time or a later one, which is not included. */
  readonly toMs?: number;
}

/** `endOffset` is not included. */
export interface OffsetRange {
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

/** `endOffset` left out: as far as the time range goes; given, also when the partition does not reach so far now. */
export interface PartOfPartition {
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset?: number;
}

/** Without `parts`, all. A part of a partition that there is not gives none. */
export function partsOf(ranges: readonly OffsetRange[], parts?: readonly PartOfPartition[]): OffsetRange[] {
  if (parts === undefined) return [...ranges];
  return ranges.flatMap((range) =>
    parts
      .filter(({ partition }) => partition === range.partition)
      .map(({ partition, startOffset, endOffset = range.endOffset }) => ({
        partition,
        startOffset: Math.min(Math.max(range.startOffset, startOffset), endOffset),
        endOffset,
      })),
  );
}

/**
 * The offsets of the time range in each partition, as of now, by partition. Where nothing is as late as `fromMs`, or all of
 * it is as late as `toMs`, the range is empty. The topic must be one of the cluster's target topics.
 * @throws kafkajs' errors, also when a partition has no leader now.
 */
export async function rangesOf(
  cluster: Cluster,
  topic: string,
  { fromMs, toMs }: TimeRange,
  partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
): Promise<OffsetRange[]> {
  const offsets = async (at: { fromBeginning: boolean } | { fromTimestamp: number }) => {
    const wanted = partitions.map((partition) => ({ partition }));
    const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: wanted, ...at }]);
    const found = new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    // kafkajs leaves out partitions whose leader it does not know: nothing of them must not be taken for nothing in them.
    const missing = partitions.find((partition) => !found.has(partition));
    if (missing !== undefined) throw leaderUnknown(topic, missing);
    return found;
  };
  const oldest = await offsets({ fromBeginning: true });
  const end = await offsets({ fromBeginning: false });
  // Times before 1970 mean something else to a broker: -1 is the end, -2 the beginning.
  const at = (ms: number) => offsets({ fromTimestamp: Math.max(0, ms) });
  const from = fromMs === undefined ? oldest : await at(fromMs);
  const to = toMs === undefined ? end : await at(toMs);
  return partitions
    .map((partition) => {
      const last = end.get(partition);
      // Else the partition would be taken for an empty one.
      if (last === undefined || last < 0) throw leaderUnknown(topic, partition);
      const endOffset = found(to, partition, last);
      return { partition, startOffset: Math.min(found(from, partition, last), endOffset), endOffset };
    })
    .sort((a, b) => a.partition - b.partition);
}

/** A broker answers with -1 where no record is as late. */
function found(offsets: ReadonlyMap<number, number>, partition: number, otherwise: number): number {
  const offset = offsets.get(partition) ?? -1;
  return offset < 0 ? otherwise : offset;
}
