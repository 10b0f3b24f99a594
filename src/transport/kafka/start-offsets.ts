import type { Cluster } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import { groupLag, type PartitionLag } from './admin.ts';
import { retryWhile } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isCoordinatorUnready, isUnknownMember, toTransportError } from './failure.ts';
import { clusterOf } from './low-level.ts';
import { rangesOf } from './time-range.ts';

/** What was done about each partition. */
export interface StartOffsets {
  readonly set: readonly { readonly partition: number; readonly offset: number }[];
  /** The group has a position there, which stays. */
  readonly kept: readonly Pick<PartitionLag, 'partition' | 'committedOffset'>[];
  /** Added to the topic while members of the group read it: they begin there as they were told to. */
  readonly left: readonly number[];
}

/**
 * Commits, for partitions in which the group has no position yet, the first record of `fromMs` (milliseconds since 1970) or
 * later; the end where there is none. Where the group has members and positions, nothing is set.
 * @throws {TriageError} `transport`, also when the group has members and no positions for longer than another instance
 * takes to set them.
 */
export function setStartOffsets(connection: KafkaConnection, start: GroupStart): Promise<StartOffsets> {
  return retryWhile(() => setOnce(connection, start), {
    mayPass: (error) => isCoordinatorUnready(error) || isUnknownMember(error),
    forMs: COORDINATOR_TIME_MS,
  });
}

/**
 * Milliseconds. The first question about a group on a new cluster makes the brokers create its topic; and a group that
 * another instance has just joined gets positions soon.
 */
const COORDINATOR_TIME_MS = 15_000;

interface GroupStart {
  readonly groupId: string;
  readonly topic: string;
  readonly fromMs: number;
}

async function setOnce(connection: KafkaConnection, { groupId, topic, fromMs }: GroupStart): Promise<StartOffsets> {
  const positions = await groupLag(connection, groupId, [topic]);
  const kept = positions.filter(({ committedOffset }) => committedOffset !== null);
  const open = positions.filter(({ committedOffset }) => committedOffset === null).map(({ partition }) => partition);
  if (open.length === 0) return { set: [], kept, left: [] };
  const client = createKafkaClient(connection);
  try {
    const cluster = clusterOf(client);
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    const ranges = await rangesOf(cluster, topic, { fromMs }, open);
    const set = ranges.map(({ partition, startOffset }) => ({ partition, offset: startOffset }));
    await commit(cluster, groupId, topic, set);
    return { set, kept, left: [] };
  } catch (error) {
    const doing = `set the start of group ${groupId} in topic ${topic}`;
    if (isUnknownMember(error)) {
      if (kept.length > 0) return { set: [], kept, left: open };
      const why = 'the group has members that have committed nothing yet';
      const mend = 'Stop them, or name another group with --group';
      throw new TriageError('transport', `Cannot ${doing}: ${why}. ${mend}.`, { cause: error, retriable: true });
    }
    throw toTransportError(error, { brokers: client.brokers, doing, topic });
  } finally {
    client.cutConnections();
  }
}

/** As from outside the group, which the brokers refuse while it has members. Not kafkajs' way, which joins for it. */
async function commit(
  cluster: Cluster,
  groupId: string,
  topic: string,
  offsets: readonly { readonly partition: number; readonly offset: number }[],
): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
  const partitions = offsets.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
  await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics: [{ topic, partitions }] });
}

interface Coordinator {
  offsetCommit(commit: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}
