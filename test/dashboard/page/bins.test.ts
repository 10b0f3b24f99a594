import { describe, expect, it } from 'vitest';
import { binned, stacked } from '../../../src/dashboard/page/bins.js';
import type { Chart } from '../../../src/dashboard/schema/error-types.ts';

const START_MS = Date.parse('2026-11-24T11:00:00.000Z');
const STEP_MS = 10_000;

/** One hour of 10 s, with `counts` at the end of it. */
function chartOf(...counts: number[]): Chart {
  const fill = (last: readonly number[]) => [...new Array<number>(360 - last.length).fill(0), ...last];
  return {
    window: '1h',
    start: new Date(START_MS).toISOString(),
    known_from: new Date(START_MS).toISOString(),
    step_seconds: 10,
    series: [{ error_type: 'a.b', title: 'A', counts: fill(counts) }],
    other: fill([]),
    spikes: [],
  };
}

const END_MS = START_MS + 360 * STEP_MS;

describe('bars of a chart', () => {
  it('are rates per minute of half minutes', () => {
    const { times, binSeconds, series } = binned(chartOf(1, 2, 3, 0, 0, 6), END_MS);
    expect([times.length, binSeconds, times[0]! * 1000]).toEqual([120, 30, START_MS]);
    expect(series[0]!.rates.slice(-3)).toEqual([0, 12, 12]);
    expect(series[0]).toMatchObject({ total: 12, recent: 12 / 5 });
  });

  it('say the rate of late since counting began, not of minutes in which nothing was counted', () => {
    const known_from = new Date(END_MS - 30_000).toISOString();
    expect(binned({ ...chartOf(2, 2, 2), known_from }, END_MS).series[0]!.recent).toBe(12);
  });

  it('leave out the step that is not over, so that the last bar is no fall', () => {
    const nowMs = END_MS - STEP_MS + 3_000;
    expect(binned(chartOf(5, 5, 1), nowMs).series[0]!.rates.at(-1)).toBe(30);
  });

  it('move on while nothing comes', () => {
    const { times, series } = binned(chartOf(3, 3, 3), END_MS + 60_000);
    expect(times.at(-1)! * 1000).toBe(END_MS + 30_000);
    expect(series[0]!.rates.slice(-3)).toEqual([18, 0, 0]);
    expect(times.length).toBe(120);
  });

  it('are none long after the end of the chart', () => {
    const { times, series } = binned(chartOf(3), END_MS + 86_400_000);
    expect(times.length).toBe(120);
    expect(series[0]!.rates.every((rate) => rate === 0)).toBe(true);
  });

  it('name other types only where there are some', () => {
    const chart = chartOf(1);
    expect(binned(chart, END_MS).series.map(({ type }) => type)).toEqual(['a.b']);
    const other = chart.other.with(-1, 4);
    expect(binned({ ...chart, other }, END_MS).series.map(({ type }) => type)).toEqual(['a.b', null]);
  });

  it('stand on top of each other', () => {
    const chart = chartOf(3, 3, 3);
    const bins = binned({ ...chart, other: chart.series[0]!.counts }, END_MS);
    expect(stacked(bins).map((sums) => sums.at(-1))).toEqual([18, 36]);
  });
});
