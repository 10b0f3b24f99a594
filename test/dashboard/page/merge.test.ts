import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartOf, tailOf } from '../../../src/dashboard/chart.ts';
import { unknownTypes, withTail } from '../../../src/dashboard/page/merge.js';
import { addTo, BREAKING, eventOf, LASTING, newBoard, RETRYABLE, START_MS } from '../events.ts';

describe('a chart that is told its last steps', () => {
  it('is as if it was asked for again, whatever came when', () => {
    const arrivals = fc.array(
      fc.record({ afterMs: fc.integer({ min: 100, max: 15_000 }), type: fc.constantFrom(BREAKING, LASTING, null) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(arrivals, (list) => {
        const board = newBoard();
        for (const error_type of [BREAKING, LASTING, null])
          addTo(board, { atMs: START_MS, events: [eventOf({ error_type })] });
        let atMs = START_MS;
        let chart = chartOf(board, '1h', atMs);
        for (const { afterMs, type } of list) {
          atMs += afterMs;
          addTo(board, { atMs, events: [eventOf({ error_type: type })] });
          chart = withTail(chart, tailOf(board, 3, atMs));
        }
        const fresh = chartOf(board, '1h', atMs);
        const byType = (series: typeof fresh.series) =>
          Object.fromEntries(series.map((each) => [each.error_type, each.counts]));
        expect(chart.start).toBe(fresh.start);
        expect(byType(chart.series)).toEqual(byType(fresh.series));
      }),
      { numRuns: 50 },
    );
  });

  it('counts a type that it has no series for among the others, and names it', () => {
    const board = newBoard();
    addTo(board, { atMs: START_MS, events: [eventOf({ error_type: BREAKING })] });
    const chart = chartOf(board, '1h', START_MS);
    addTo(board, { atMs: START_MS + 1_000, events: [eventOf({ error_type: RETRYABLE })] });
    const tail = tailOf(board, 3, START_MS + 1_000);
    expect(unknownTypes(chart, tail)).toEqual([RETRYABLE]);
    expect(withTail(chart, tail).other.at(-1)).toBe(1);
  });
});
