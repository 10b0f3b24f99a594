import { beforeEach, expect, test, vi } from 'vitest';
import type { ConsumerSession, SessionEnd } from '../../../src/transport/kafka/consumer-session.ts';
import { KafkaSource } from '../../../src/transport/kafka/kafka-source.ts';
import { connectionTo } from '../records.ts';

type FakeSession = Pick<ConsumerSession, 'connected' | 'memberId' | 'run' | 'stop'>;

const script = vi.hoisted((): { sessions: FakeSession[] } => ({ sessions: [] }));

vi.mock('../../../src/transport/kafka/consumer-session.ts', () => ({
  ConsumerSession: function next() {
    return script.sessions.shift();
  },
}));

const REFUSED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

function session(connected: boolean, run: () => Promise<SessionEnd>): FakeSession {
  return { connected, memberId: undefined, run, stop: async () => undefined };
}

function sourceOf(...sessions: FakeSession[]): { done: Promise<void>; states: string[] } {
  script.sessions = sessions;
  const states: string[] = [];
  const onState = (state: string) => void states.push(state);
  const source = new KafkaSource({ connection: connectionTo(['k:1']), topic: 't', groupId: 'g', onState });
  return { done: source.run(async () => undefined), states };
}

const unreachable = () => session(false, () => Promise.reject(REFUSED));

beforeEach(() => {
  script.sessions = [];
});

test('a broker that was never reached is given up at once', async () => {
  const { done, states } = sourceOf(unreachable(), unreachable());
  await expect(done).rejects.toMatchObject({ kind: 'transport', message: expect.stringMatching(/refused/) });
  expect(script.sessions).toHaveLength(1);
  expect(states).toEqual([]);
});

test.each([
  ['crashes', async (): Promise<SessionEnd> => ({ how: 'crashed', error: REFUSED, fatal: undefined })],
  ['does not start', () => Promise.reject(REFUSED)],
])('a broker that goes away before the first assignment is waited for (the session %s)', async (_name, run) => {
  const { done, states } = sourceOf(
    session(true, run),
    unreachable(),
    unreachable(),
    session(true, async () => ({ how: 'stopped' })),
  );
  await expect(done).resolves.toBeUndefined();
  expect(script.sessions).toEqual([]);
  expect(states).toEqual(['waiting']);
});
