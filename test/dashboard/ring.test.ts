import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { perMinute, Ring } from '../../src/dashboard/ring.ts';

describe('a ring of counts', () => {
  it('has the counts of its newest steps, whatever came before', () => {
    const add = fc.record({ afterMs: fc.integer({ min: 0, max: 400 }), count: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(add, { maxLength: 60 }), fc.integer({ min: 0, max: 1_500 }), (adds, laterMs) => {
        const ring = new Ring(100, 8);
        const all: { atMs: number; count: number }[] = [];
        let nowMs = 1_000_000;
        for (const { afterMs, count } of adds) {
          nowMs += afterMs;
          ring.add(nowMs, count);
          if (count % 3 === 0) ring.sum(nowMs, count + 1);
          all.push({ atMs: nowMs, count });
        }
        nowMs += laterMs;
        const last = Math.floor(nowMs / 100);
        const naive = Array.from({ length: 8 }, (_, i) =>
          all.filter(({ atMs }) => Math.floor(atMs / 100) === last - 7 + i).reduce((sum, { count }) => sum + count, 0),
        );
        expect(ring.list(nowMs)).toEqual(naive);
        for (const steps of [3, 1, 8, 3]) {
          expect(ring.sum(nowMs, steps)).toBe(naive.slice(8 - steps).reduce((sum, each) => sum + each, 0));
        }
        expect(ring.startOf(nowMs)).toBe((last - 7) * 100);
      }),
    );
  });

  it('counts what comes late into its own step', () => {
    const ring = new Ring(100, 4);
    ring.add(1_000_350, 1);
    ring.add(1_000_150, 2);
    expect(ring.sum(1_000_350, 3)).toBe(3);
    ring.add(1_000_250, 4);
    expect([ring.list(1_000_350), ring.sum(1_000_350, 3)]).toEqual([[0, 2, 4, 1], 7]);
  });

  it('goes on counting after the clock was set back by hours', () => {
    const ring = new Ring(100, 4);
    ring.add(5_000_000, 7);
    ring.add(1_000_000, 1);
    ring.add(1_000_100, 2);
    expect(ring.list(1_000_100)).toEqual([0, 0, 1, 2]);
  });
});

describe('a rate', () => {
  it('is taken over the part of the last step that has passed', () => {
    const ring = new Ring(60_000, 60);
    for (let minute = 0; minute < 5; minute++) ring.add(6_000_000 + minute * 60_000, 60);
    // 5 steps, of the last of which half has passed: 300 errors in 4.5 minutes.
    expect(perMinute(ring, 6_000_000 + 4.5 * 60_000, 5, 0)).toBe(66.67);
  });

  it('is taken over the time since counting began, where that is shorter', () => {
    const ring = new Ring(60_000, 60);
    ring.add(6_000_000, 30);
    expect(perMinute(ring, 6_030_000, 5, 6_000_000)).toBe(60);
  });
});
