/** The topics: whether they exist, are safe and are large enough. */
import type { Config } from '../config.ts';
import type { TopicFacts } from '../transport/kafka/inspection.ts';
import { alterCommand, type Place } from './admin-commands.ts';
import { type Check, counted, ok, problem, unknown, warning } from './check.ts';

const DAY_MS = 86_400_000;
/** Room that a dead letter needs beside the record itself: its headers. */
const DEAD_LETTER_HEADROOM_BYTES = 65_536;
/** The largest resolution event; longer messages are cut before. */
const EVENT_BYTES = 1_000_000;

export type Role = 'input' | 'output' | 'deadLetter';

export function missingTopic(topic: string, role: Role, config: Config): Check {
  const consequence = {
    input: 'triage run does not start: there is nothing to read.',
    output: 'triage run does not start: there is nowhere to write resolution events to.',
    deadLetter: 'triage run does not start: there is nowhere to put records that cannot be processed.',
  }[role];
  return problem(`topic ${topic}`, {
    found: 'does not exist',
    consequence,
    mend: `Create it: ${createCommand(config)}`,
  });
}

function createCommand({ kafka, topics }: Config): string {
  const flags = { input: '--input', output: '--output', deadLetter: '--dead-letter-topic' } as const;
  const named = (Object.keys(flags) as Role[]).map((role) => `${flags[role]} ${topics[role]}`);
  return `triage topics create --brokers ${kafka.brokers.join(',')} ${named.join(' ')}`;
}

/** `brokers`: how many the cluster has. */
export function checkTopic(facts: TopicFacts, role: Role, config: Config, brokers: number): Check[] {
  const what = `topic ${facts.topic}`;
  const place = { brokers: config.kafka.brokers, topic: facts.topic };
  const { partitions } = facts;
  const replicas = Math.min(...partitions.map((each) => each.replicas));
  const found = `${counted(partitions.length, 'partition')}, ${counted(replicas, 'replica')} each`;
  const checks = [...checkLeaders(what, facts), ...checkReplicas(what, { replicas, brokers })];
  if ('unreadable' in facts.config) {
    checks.push(
      unknown(what, `its retention, size and min.insync.replicas cannot be read: ${facts.config.unreadable}`),
    );
  } else {
    const settings = facts.config;
    checks.push(...checkMinInSync(place, settings, replicas), ...checkRetention(place, settings, role));
    checks.push(...checkSize(place, settings, role, config));
  }
  return checks.some(({ status }) => status === 'problem' || status === 'warning')
    ? checks
    : [ok(what, found), ...checks];
}

type Settings = ReadonlyMap<string, string>;

function checkLeaders(what: string, { partitions }: TopicFacts): Check[] {
  const without = partitions.filter(({ leader }) => leader < 0);
  if (without.length > 0) {
    return [
      problem(what, {
        found: `${counted(without.length, 'partition')} without a leader: ${numbers(without)}`,
        consequence: 'Nothing can be read from or written to them; triage waits.',
        mend: 'Start the brokers that hold their replicas.',
      }),
    ];
  }
  const behind = partitions.filter(({ inSync, replicas }) => inSync < replicas);
  if (behind.length === 0) return [];
  return [
    warning(what, {
      found: `replicas are not in sync in ${counted(behind.length, 'partition')}: ${numbers(behind)}`,
      consequence: 'Fewer brokers may be lost than planned.',
      mend: 'Look for a broker that is down or behind.',
    }),
  ];
}

function checkReplicas(what: string, { replicas, brokers }: { replicas: number; brokers: number }): Check[] {
  if (replicas > 1 || brokers === 1) return [];
  return [
    warning(what, {
      found: 'one replica of each partition',
      consequence: 'When its broker is lost, its records are.',
      mend: 'Make it anew with --replication 3, or add replicas with kafka-reassign-partitions.sh.',
    }),
  ];
}

function checkMinInSync(place: Place, settings: Settings, replicas: number): Check[] {
  const minimum = numberOf(settings, 'min.insync.replicas');
  if (minimum === undefined) return [];
  const what = `topic ${place.topic}`;
  const mend = `Set it: ${alterCommand(place, `min.insync.replicas=${Math.max(1, replicas - 1)}`)}`;
  if (minimum > replicas) {
    const found = `min.insync.replicas is ${minimum}, with ${counted(replicas, 'replica')}`;
    return [problem(what, { found, consequence: 'No write is ever acknowledged; triage waits for ever.', mend })];
  }
  if (replicas === 1) return [];
  if (minimum === replicas) {
    const found = `min.insync.replicas is ${minimum}, as many as there are replicas`;
    return [warning(what, { found, consequence: 'While one broker is away, nothing can be written.', mend })];
  }
  if (minimum > 1) return [];
  const found = `min.insync.replicas is 1, with ${counted(replicas, 'replica')}`;
  return [warning(what, { found, consequence: 'What one broker alone acknowledged is lost with it.', mend })];
}

function checkRetention(place: Place, settings: Settings, role: Role): Check[] {
  const what = `topic ${place.topic}`;
  const checks: Check[] = [];
  const policy = settings.get('cleanup.policy') ?? 'delete';
  if (policy.includes('compact')) {
    checks.push(
      problem(what, {
        found: `cleanup.policy is ${policy}`,
        consequence: 'Keys are connectors, not records: of one connector only the newest record stays.',
        mend: `Set it: ${alterCommand(place, 'cleanup.policy=delete')}`,
      }),
    );
  }
  const retentionMs = numberOf(settings, 'retention.ms');
  if (retentionMs !== undefined && retentionMs >= 0 && retentionMs < DAY_MS) {
    const lost = {
      input: 'Records that triage has not read within that time, as over a longer failure, are lost.',
      output: 'Consumers that are away for longer miss resolution events.',
      deadLetter: 'Dead letters are gone before somebody looks at them.',
    }[role];
    checks.push(
      warning(what, {
        found: `records are deleted after ${Math.round(retentionMs / 60_000)} minutes (retention.ms)`,
        consequence: lost,
        mend: `Set it: ${alterCommand(place, `retention.ms=${7 * DAY_MS}`)}`,
      }),
    );
  }
  return checks;
}

function checkSize(place: Place, settings: Settings, role: Role, { limits }: Config): Check[] {
  const what = `topic ${place.topic}`;
  const bytes = numberOf(settings, 'max.message.bytes');
  if (bytes === undefined) return [];
  if (role === 'input') {
    if (bytes <= limits.recordBytes) return [];
    return [
      warning(what, {
        found: `max.message.bytes is ${bytes}, above limits.recordBytes ${limits.recordBytes}`,
        consequence: 'Larger records are dead-lettered without being read.',
        mend: 'Raise limits.recordBytes if such records are wanted.',
      }),
    ];
  }
  const needed = { output: EVENT_BYTES, deadLetter: limits.recordBytes + DEAD_LETTER_HEADROOM_BYTES }[role];
  if (bytes >= needed) return [];
  const consequence = {
    output: 'Resolution events of very long messages are cut further, or wait.',
    deadLetter: 'Larger dead letters lose their value: the original record is not kept whole.',
  }[role];
  return [
    warning(what, {
      found: `max.message.bytes is ${bytes}; ${needed} are needed for the largest record`,
      consequence,
      mend: `Set it: ${alterCommand(place, `max.message.bytes=${needed}`)}`,
    }),
  ];
}

function numberOf(settings: Settings, name: string): number | undefined {
  const text = settings.get(name);
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
}

function numbers(partitions: readonly { readonly partition: number }[]): string {
  return partitions.map(({ partition }) => partition).join(', ');
}
