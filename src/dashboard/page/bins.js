/** Steps of a chart joined into bars that are wide enough to see, as errors per minute. Pure. */

/** @import { Chart } from '../schema/error-types.ts' */

/**
 * `recent`: errors per minute in the last 5 minutes, or since counting began; `total`: errors in the window.
 * @typedef {{ readonly type: string | null, readonly title: string | null, readonly rates: readonly number[], readonly recent: number, readonly total: number }} BinnedSeries
 */

/**
 * `times`: where each bar begins, in seconds since 1970. `type` null: all other types.
 * @typedef {{ readonly times: readonly number[], readonly binSeconds: number, readonly series: readonly BinnedSeries[] }} Bins
 */

const STEPS_PER_BIN = 3;
const MINUTE_MS = 60_000;
const RECENT_MS = 5 * MINUTE_MS;

/**
 * The window that ends now, with the steps that are over: what began a moment ago would look like a fall. Nothing has been
 * counted after the end of the chart, else there would be a newer one.
 * @param {Chart} chart
 * @param {number} nowMs
 * @returns {Bins}
 */
export function binned(chart, nowMs) {
  const stepMs = chart.step_seconds * 1000;
  const binMs = stepMs * STEPS_PER_BIN;
  const startMs = Date.parse(chart.start);
  const endMs = Math.floor(nowMs / stepMs) * stepMs;
  const windowMs = chart.other.length * stepMs;
  // Before it began to count there is nothing to divide by.
  const recentMs = Math.min(RECENT_MS, Math.max(stepMs, endMs - Date.parse(chart.known_from)));
  const first = Math.ceil(Math.max(startMs, endMs - windowMs) / binMs);
  const bins = Math.max(0, Math.ceil(endMs / binMs) - first);
  /**
   * @param {readonly number[]} counts
   * @param {number} fromMs
   * @param {number} toMs
   */
  const sum = (counts, fromMs, toMs) =>
    counts
      .slice(Math.max(0, Math.round((fromMs - startMs) / stepMs)), Math.max(0, Math.round((toMs - startMs) / stepMs)))
      .reduce((total, value) => total + value, 0);
  /**
   * @param {string | null} type
   * @param {string | null} title
   * @param {readonly number[]} counts
   */
  const seriesOf = (type, title, counts) => ({
    type,
    title,
    rates: Array.from({ length: bins }, (_, i) => {
      const fromMs = (first + i) * binMs;
      const toMs = Math.min(fromMs + binMs, endMs);
      return (sum(counts, fromMs, toMs) * MINUTE_MS) / (toMs - fromMs);
    }),
    recent: (sum(counts, endMs - recentMs, endMs) * MINUTE_MS) / recentMs,
    total: counts.reduce((total, value) => total + value, 0),
  });
  const known = chart.series.map(({ error_type, title, counts }) => seriesOf(error_type, title, counts));
  const other = seriesOf(null, null, chart.other);
  return {
    times: Array.from({ length: bins }, (_, i) => ((first + i) * binMs) / 1000),
    binSeconds: binMs / 1000,
    series: other.total > 0 ? [...known, other] : known,
  };
}

/**
 * Each series on top of those before it.
 * @param {Bins} bins
 * @returns {number[][]}
 */
export function stacked({ times, series }) {
  let below = times.map(() => 0);
  return series.map(({ rates }) => {
    below = below.map((value, i) => value + (rates[i] ?? 0));
    return below;
  });
}
