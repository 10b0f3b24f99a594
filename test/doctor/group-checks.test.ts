import { describe, expect, test } from 'vitest';
import { configWith } from '../../src/config.ts';
import { checkClock, checkGroup } from '../../src/doctor/group-checks.ts';
import type { GroupFacts, TopicFacts } from '../../src/transport/kafka/inspection.ts';

const { kafka: KAFKA } = configWith({ kafka: { brokers: ['k1:9092', 'k2:9092'], groupId: 'g' } });

function input(...ends: (readonly [low: number, high: number])[]): TopicFacts {
  const partitions = ends.map(([low, high], partition) => ({
    partition,
    leader: 1,
    replicas: 1,
    inSync: 1,
    low,
    high,
  }));
  return { topic: 'in', partitions, config: new Map() };
}

function group(more: Partial<Omit<GroupFacts, 'committed'>> & { committed?: [number, number][] } = {}): GroupFacts {
  return { state: 'Stable', members: 2, protocol: 'RoundRobinAssigner', ...more, committed: new Map(more.committed) };
}

describe('a group', () => {
  test('that reads: its state and what is left to read', () => {
    const checks = checkGroup(KAFKA, group({ committed: [[0, 90]] }), input([0, 100], [40, 50]));
    expect(checks).toEqual([{ what: 'group g', status: 'ok', found: 'stable, 2 members, 20 records to read' }]);
  });

  test('that is new starts as the settings say', () => {
    expect(checkGroup(KAFKA, group({ state: 'Dead', members: 0, protocol: '' }), input([0, 5]))).toMatchObject([
      { status: 'ok', found: expect.stringContaining('kafka.fromBeginning') },
    ]);
  });

  test('of another program is a problem', () => {
    expect(checkGroup(KAFKA, group({ protocol: 'range' }), input([0, 5]))).toMatchObject([
      {
        status: 'problem',
        found: '2 members with the assignment protocol range',
        mend: expect.stringContaining('--group'),
      },
    ]);
  });

  test('whose next records were deleted has lost them', () => {
    expect(checkGroup(KAFKA, group({ committed: [[0, 10]] }), input([25, 100]))).toMatchObject([
      {
        status: 'problem',
        found: expect.stringContaining('75 records to read; 15 records deleted before they were read'),
      },
    ]);
  });

  test('that stands behind the end of its topic is a problem', () => {
    expect(checkGroup(KAFKA, group({ committed: [[0, 10]] }), input([0, 3]))).toMatchObject([
      {
        status: 'problem',
        found: expect.stringContaining('behind the end in partition 0'),
        mend:
          'Stop its members, then reset its offsets: kafka-consumer-groups.sh --bootstrap-server k1:9092 --group g ' +
          '--topic in --reset-offsets --to-earliest --execute',
      },
    ]);
  });

  test('that cannot be described is unknown', () => {
    expect(checkGroup(KAFKA, { unreadable: 'why' }, input([0, 3]))).toEqual([
      { what: 'group g', status: 'unknown', found: 'why' },
    ]);
  });
});

describe('the clock', () => {
  test.each([
    [0, 'ok'],
    [2, 'warning'],
    [{ unreadable: 'why' }, 'unknown'],
  ] as const)('with %j partitions that hold records from the future', (after, status) => {
    expect(checkClock(after, 60_000)).toMatchObject({ what: 'clock', status });
  });
});
