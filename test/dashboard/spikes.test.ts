import { describe, expect, it } from 'vitest';
import { RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import { isSpike, SPIKE_FLOOR, spikesIn } from '../../src/dashboard/spikes.ts';

/** 288 steps with so many errors each, but for some of them. */
function day(usual: (step: number) => number, others: Readonly<Record<number, number>> = {}): number[] {
  return Array.from({ length: 288 }, (_, i) => others[i] ?? usual(i));
}

describe('spikes', () => {
  it('are far more errors than usual', () => {
    const counts = day(() => 20, { 200: 100, 201: 140, 202: 90 });
    expect(spikesIn(counts, 0)).toEqual([{ from: 200, to: 203, peak: 140, usual: 20 }]);
  });

  it('may go on until now', () => {
    const counts = day(() => 20, { 287: 100 });
    expect(spikesIn(counts, 0)).toEqual([{ from: 287, to: 288, peak: 100, usual: 20 }]);
  });

  it('are none below the floor, which is that of the alert', () => {
    expect(
      spikesIn(
        day(() => 0, { 200: SPIKE_FLOOR - 1 }),
        0,
      ),
    ).toEqual([]);
    expect(
      spikesIn(
        day(() => 0, { 200: SPIKE_FLOOR }),
        0,
      ),
    ).toHaveLength(1);
    expect(SPIKE_FLOOR).toBe(RULE_DEFAULTS.spikeFloor);
  });

  it('are none where the rate goes up and down anyway', () => {
    // Mean 50, deviation 50: the bar is 200.
    const counts = day((i) => (i % 2) * 100, { 200: 190 });
    expect(spikesIn(counts, 0)).toEqual([]);
  });

  it('are none up to 3 times the mean, however steady it was', () => {
    expect(
      spikesIn(
        day(() => 20, { 200: 60 }),
        0,
      ),
    ).toEqual([]);
    expect(
      spikesIn(
        day(() => 20, { 200: 61 }),
        0,
      ),
    ).toHaveLength(1);
  });

  it('do not raise their own bar', () => {
    // A quarter of an hour of it is not yet what is usual.
    const counts = day(() => 20, { 200: 100, 201: 100, 202: 100, 203: 100 });
    expect(spikesIn(counts, 0)[0]).toMatchObject({ from: 200, to: 204 });
  });

  it('are not guessed at before half an hour is known', () => {
    const counts = day(() => 0, { 208: 1_000, 209: 1_000 });
    expect(spikesIn(counts, 200)).toEqual([{ from: 209, to: 210, peak: 1_000, usual: 0 }]);
    expect(isSpike(1_000, counts, 208, 200)).toBe(false);
    expect(isSpike(1_000, counts, 209, 200)).toBe(true);
  });
});
