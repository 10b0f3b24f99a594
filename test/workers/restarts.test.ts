import { describe, expect, it } from 'vitest';
import { type EndedLife, Restarts } from '../../src/workers/restarts.ts';

const KILLED: EndedLife = { ranMs: 3_600_000, kind: undefined };
const CRASHED: EndedLife = { ranMs: 1_000, kind: 'internal' };
const KAFKA_AWAY: EndedLife = { ranMs: 1_000, kind: 'transport' };

function decisions(lives: readonly EndedLife[], anyWorked: boolean): (number | 'give up')[] {
  const restarts = new Restarts();
  return lives.map((life) => {
    const decision = restarts.decide(life, anyWorked);
    return decision.what === 'restart' ? decision.delayMs : decision.what;
  });
}

describe('Restarts', () => {
  it('starts a worker that ran for long again at once, however often', () => {
    expect(decisions([KILLED, KILLED, KILLED, KILLED, KILLED, KILLED], true)).toEqual(Array(6).fill(500));
  });

  it('waits longer after each life that was short, and gives up after five in a row', () => {
    expect(decisions([CRASHED, CRASHED, CRASHED, CRASHED, CRASHED], true)).toEqual([
      500,
      1_000,
      2_000,
      4_000,
      'give up',
    ]);
    expect(decisions([CRASHED, CRASHED, CRASHED, CRASHED, KILLED, CRASHED], true)).not.toContain('give up');
  });

  it.each(['usage', 'catalog', 'file', 'access'] as const)(
    'gives up at once when it cannot start because of %s',
    (kind) => {
      expect(decisions([{ ranMs: 100, kind }], false)).toEqual(['give up']);
      expect(decisions([{ ranMs: 100, kind }], true)).toEqual([500]);
    },
  );

  it('waits for Kafka as long as it takes once records were read, and not before', () => {
    const delays = decisions(Array<EndedLife>(12).fill(KAFKA_AWAY), true);
    expect(delays.at(-1)).toBe(30_000);
    expect(delays).not.toContain('give up');
    expect(decisions(Array<EndedLife>(5).fill(KAFKA_AWAY), false).at(-1)).toBe('give up');
  });
});
