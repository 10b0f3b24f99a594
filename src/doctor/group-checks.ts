/** The consumer group: what it has read, what it will miss, and the clocks. */
import type { Config } from '../config.ts';
import type { GroupFacts, TopicFacts, Unreadable } from '../transport/kafka/inspection.ts';
import { resetCommand } from './admin-commands.ts';
import { type Check, counted, ok, problem, unknown, warning } from './check.ts';

/** kafkajs' assignment protocol, the one that triage joins with. */
const PROTOCOL = 'RoundRobinAssigner';

/** `input` as far as it is there. */
export function checkGroup(
  { groupId, brokers }: Config['kafka'],
  group: GroupFacts | Unreadable,
  input: TopicFacts | undefined,
): Check[] {
  const what = `group ${groupId}`;
  if ('unreadable' in group) return [unknown(what, group.unreadable)];
  if (group.members > 0 && group.protocol !== '' && group.protocol !== PROTOCOL) {
    return [
      problem(what, {
        found: `${counted(group.members, 'member')} with the assignment protocol ${group.protocol}`,
        consequence: 'triage cannot join: the group belongs to another program.',
        mend: 'Give triage a group of its own with --group.',
      }),
    ];
  }
  if (input === undefined) return [ok(what, describe(group))];
  if (group.committed.size === 0) return [ok(what, 'has read nothing yet: it starts as kafka.fromBeginning says')];
  const positions = input.partitions.map((partition) => positionOf(partition, group));
  const lost = sum(positions.map(({ lost }) => lost));
  const beyond = positions.filter(({ beyond }) => beyond);
  const lag = sum(positions.map(({ lag }) => lag));
  const found = `${describe(group)}, ${counted(lag, 'record')} to read`;
  if (beyond.length > 0) {
    return [
      problem(what, {
        found: `${found}; it stands behind the end in partition ${beyond.map(({ partition }) => partition).join(', ')}`,
        consequence: 'The topic was made anew: reading begins as kafka.fromBeginning says, and records may be missed.',
        mend: `Stop its members, then reset its offsets: ${resetCommand({ brokers, topic: input.topic }, groupId)}`,
      }),
    ];
  }
  if (lost > 0) {
    return [
      problem(what, {
        found: `${found}; ${counted(lost, 'record')} deleted before they were read`,
        consequence: 'They are lost: retention is faster than reading.',
        mend: 'Raise retention.ms of the input topic, or run more instances.',
      }),
    ];
  }
  return [ok(what, found)];
}

function describe({ state, members }: GroupFacts): string {
  return state === 'Dead' ? 'does not exist yet' : `${state.toLowerCase()}, ${counted(members, 'member')}`;
}

function positionOf({ partition, low = 0, high }: TopicFacts['partitions'][number], { committed }: GroupFacts) {
  const at = committed.get(partition);
  const end = high ?? at ?? low;
  return {
    partition,
    lost: at === undefined ? 0 : Math.max(0, low - at),
    beyond: at !== undefined && high !== undefined && at > high,
    lag: Math.max(0, end - Math.max(at ?? low, low)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Brokers tell nobody their time; what can be seen is a record from the future. `aheadMs`: how far at least. */
export function checkClock(after: number | Unreadable, aheadMs: number): Check {
  if (typeof after !== 'number') return unknown('clock', after.unreadable);
  const seconds = aheadMs / 1_000;
  if (after === 0) return ok('clock', `no input record is more than ${seconds} s ahead of this machine`);
  return warning('clock', {
    found: `${counted(after, 'input partition')} with records from more than ${seconds} s in the future`,
    consequence: 'Latencies come out negative, and times in the events are wrong.',
    mend: 'Compare the clocks of this machine and of the producers (timedatectl, chronyc tracking).',
  });
}
