import { setTimeout } from 'node:timers/promises';
import { groupLag, type PartitionLag } from './admin.ts';
import { BACKOFF_DEFAULTS, backoffMs } from './backoff.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { isCoordinatorUnready, rootOf, toTransportError } from './failure.ts';
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
export async function setStartOffsets(connection: KafkaConnection, start: GroupStart): Promise<StartOffsets> {
  const giveUpAtMs = performance.now() + COORDINATOR_TIME_MS;
  for (let failures = 0; ; failures++) {
    try {
      return await setOnce(connection, start);
    } catch (error) {
      if (!(isCoordinatorUnready(error) || hasMembers(error)) || performance.now() > giveUpAtMs) throw error;
      await setTimeout(backoffMs(failures, BACKOFF_DEFAULTS));
    }
  }
}

/**
 * Milliseconds. The first question about a group on a new cluster makes the brokers create its topic; and another instance
 * that sets the start is a member meanwhile.
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
    const admin = client.kafka.admin();
    await admin.connect();
    const partitions = set.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
    await admin.setOffsets({ groupId, topic, partitions });
    return { set, kept, left: [] };
  } catch (error) {
    if (hasMembers(error) && kept.length > 0) return { set: [], kept, left: open };
    const doing = `set the start of group ${groupId} in topic ${topic}`;
    throw toTransportError(error, { brokers: client.brokers, doing, topic });
  } finally {
    client.cutConnections();
  }
}

/** kafkajs says it in words only. */
function hasMembers(error: unknown): boolean {
  return /must have no running instances/.test(rootOf(error).message ?? '');
}
