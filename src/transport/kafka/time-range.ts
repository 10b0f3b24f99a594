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
  const from = fromMs === undefined ? oldest : await offsets({ fromTimestamp: fromMs });
  const to = toMs === undefined ? end : await offsets({ fromTimestamp: toMs });
  return partitions
    .map((partition) => {
      const last = end.get(partition) ?? 0;
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
