import { describe, expect, test } from 'vitest';
import { configWith } from '../../src/config.ts';
import { checkTopic, missingTopic, type Role } from '../../src/doctor/topic-checks.ts';
import type { PartitionFacts, TopicFacts } from '../../src/transport/kafka/inspection.ts';

const CONFIG = configWith({ kafka: { brokers: ['k1:9092'] }, topics: { output: 'out' } });
const SETTINGS = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'min.insync.replicas': '2',
  'max.message.bytes': '1048588',
};

function topic(
  settings: Partial<Record<keyof typeof SETTINGS, string>> = {},
  partitions: readonly Partial<PartitionFacts>[] = [{}, {}],
): TopicFacts {
  return {
    topic: 'out',
    partitions: partitions.map((each, partition) => ({ partition, leader: 1, replicas: 3, inSync: 3, ...each })),
    config: new Map(Object.entries({ ...SETTINGS, ...settings })),
  };
}

const check = (facts: TopicFacts, role: Role = 'output', brokers = 3) => checkTopic(facts, role, CONFIG, brokers);

describe('a topic', () => {
  test('that is as it should be is ok in one line', () => {
    expect(check(topic())).toEqual([{ what: 'topic out', status: 'ok', found: '2 partitions, 3 replicas each' }]);
  });

  test('that is missing: what follows, and the command that creates it with these names', () => {
    expect(missingTopic('out', 'output', CONFIG)).toMatchObject({
      status: 'problem',
      found: 'does not exist',
      consequence: expect.stringContaining('does not start'),
      mend:
        'Create it: triage topics create --brokers k1:9092 --input connector.events --output out ' +
        '--dead-letter-topic connector.events.dlq',
    });
  });

  test.each<[name: string, facts: TopicFacts, role: Role, status: string, found: RegExp, mend: RegExp]>([
    [
      'without a leader',
      topic({}, [{}, { leader: -1 }]),
      'output',
      'problem',
      /1 partition without a leader: 1/,
      /Start the brokers/,
    ],
    [
      'out of sync',
      topic({}, [{ inSync: 2 }, {}]),
      'output',
      'warning',
      /not in sync in 1 partition: 0/,
      /broker that is down/,
    ],
    [
      'of one replica',
      topic({ 'min.insync.replicas': '1' }, [{ replicas: 1, inSync: 1 }]),
      'output',
      'warning',
      /one replica/,
      /--replication 3/,
    ],
    [
      'that can never be written',
      topic({ 'min.insync.replicas': '4' }),
      'output',
      'problem',
      /is 4, with 3 replicas/,
      /--topic out .*min\.insync\.replicas=2/,
    ],
    [
      'that one lost broker stops',
      topic({ 'min.insync.replicas': '3' }),
      'output',
      'warning',
      /as many as there are/,
      /min\.insync\.replicas=2/,
    ],
    [
      'that one broker acknowledges',
      topic({ 'min.insync.replicas': '1' }),
      'output',
      'warning',
      /is 1, with 3 replicas/,
      /min\.insync\.replicas=2/,
    ],
    [
      'that is compacted',
      topic({ 'cleanup.policy': 'compact,delete' }),
      'input',
      'problem',
      /compact,delete/,
      /cleanup\.policy=delete/,
    ],
    [
      'that forgets soon',
      topic({ 'retention.ms': '3600000' }),
      'deadLetter',
      'warning',
      /after 60 minutes/,
      /retention\.ms=604800000/,
    ],
    [
      'too small for events',
      topic({ 'max.message.bytes': '9000' }),
      'output',
      'warning',
      /is 9000; 1000000 are needed/,
      /max\.message\.bytes=1000000/,
    ],
    [
      'too small for dead letters',
      topic(),
      'deadLetter',
      'warning',
      /is 1048588; 10551296 are needed/,
      /max\.message\.bytes=10551296/,
    ],
    [
      'larger than what is read',
      topic({ 'max.message.bytes': '20000000' }),
      'input',
      'warning',
      /above limits\.recordBytes 10485760/,
      /Raise limits/,
    ],
  ])('%s', (_name, facts, role, status, found, mend) => {
    const checks = check(facts, role).filter((each) => each.found.match(found));
    expect(checks).toMatchObject([{ what: 'topic out', status, mend: expect.stringMatching(mend) }]);
    expect(checks[0]?.consequence).toMatch(/\w/);
  });

  test.each<[settings: Partial<typeof SETTINGS>, role: Role]>([
    [{ 'min.insync.replicas': '1' }, 'output'],
    [{ 'min.insync.replicas': '4' }, 'output'],
    [{ 'cleanup.policy': 'compact' }, 'input'],
    [{ 'retention.ms': '3600000' }, 'output'],
    [{ 'max.message.bytes': '9000' }, 'output'],
    [{}, 'deadLetter'],
  ])('%j as %s: the command that mends it has what its tool needs', (settings, role) => {
    const [trouble] = check(topic(settings), role);
    expect(trouble?.mend).toMatch(
      /^Set it: kafka-configs\.sh --bootstrap-server k1:9092 --alter --topic out --add-config [a-z.]+=\w+$/,
    );
  });

  test('on a single broker has one replica, which is no news', () => {
    expect(check(topic({ 'min.insync.replicas': '1' }, [{ replicas: 1, inSync: 1 }]), 'output', 1)).toMatchObject([
      { status: 'ok' },
    ]);
  });

  test('that is never emptied is not taken for one that forgets soon', () => {
    expect(check(topic({ 'retention.ms': '-1' }))).toMatchObject([{ status: 'ok' }]);
  });

  test('whose settings this user may not read: that is said, and the rest is still looked at', () => {
    const facts = { ...topic({}, [{ leader: -1 }]), config: { unreadable: 'not authorized' } };
    expect(check(facts)).toMatchObject([
      { status: 'problem', found: expect.stringContaining('without a leader') },
      { status: 'unknown', found: expect.stringContaining('not authorized') },
    ]);
  });
});
