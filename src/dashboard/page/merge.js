/** What the page was told last, brought up to date by what changed. Pure. */

/** @import { Overview, Update } from '../schema/overview.ts' */
/** @import { Chart } from '../schema/error-types.ts' */

/**
 * @param {Overview} overview
 * @param {Update} update
 * @returns {Overview}
 */
export function merged(overview, update) {
  const { now, pipeline, totals, connectors, error_types, unclassified, tail } = update;
  return {
    ...overview,
    now,
    pipeline,
    totals,
    connectors: { counts: connectors.counts, rows: overview.connectors.rows },
    error_types: { seen: error_types.seen, spiking: error_types.spiking },
    unclassified,
    chart: withTail(overview.chart, tail),
  };
}

/**
 * The chart moved on so that it ends with the tail, and the tail's steps in place of its own. Types that it has no series
 * for count as other ones.
 * @param {Chart} chart
 * @param {Update['tail']} tail
 * @returns {Chart}
 */
export function withTail(chart, tail) {
  const steps = chart.other.length;
  const length = tail.other.length;
  const stepMs = chart.step_seconds * 1000;
  const begin = Math.round((Date.parse(tail.start) - Date.parse(chart.start)) / stepMs);
  const shift = Math.max(0, begin + length - steps);
  const at = begin - shift;
  /**
   * @param {readonly number[]} counts
   * @param {readonly number[]} last
   */
  const moved = (counts, last) => {
    const result = counts.slice(shift);
    while (result.length < steps) result.push(0);
    last.forEach((value, i) => {
      if (at + i >= 0) result[at + i] = value;
    });
    return result;
  };
  const nothing = tail.other.map(() => 0);
  const known = new Map(tail.series.map(({ error_type, counts }) => [error_type, counts]));
  const strangers = unknownTypes(chart, tail).map((type) => known.get(type) ?? nothing);
  const other = tail.other.map((value, i) => strangers.reduce((sum, counts) => sum + (counts[i] ?? 0), value));
  return {
    ...chart,
    start: new Date(Date.parse(chart.start) + shift * stepMs).toISOString(),
    series: chart.series.map((series) => ({
      ...series,
      counts: moved(series.counts, known.get(series.error_type) ?? nothing),
    })),
    other: moved(chart.other, other),
  };
}

/**
 * Types of the tail that the chart has no series for: time to ask for it again.
 * @param {Chart} chart
 * @param {Update['tail']} tail
 * @returns {string[]}
 */
export function unknownTypes(chart, tail) {
  const shown = new Set(chart.series.map(({ error_type }) => error_type));
  return tail.series.map(({ error_type }) => error_type).filter((type) => !shown.has(type));
}
