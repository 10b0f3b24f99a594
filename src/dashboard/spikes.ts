/**
 * Spikes: far more errors of a type than usual. The rule of the alert TriageErrorSpike, on steps of 5 minutes: more than 3
 * times the mean, more than the mean and 3 standard deviations of the 6 hours that end 15 minutes before (so that a spike
 * does not raise its own bar), at least 30 errors, and at least half an hour to compare with.
 */

export const SPIKE_FLOOR = 30;
const FACTOR = 3;
const DEVIATIONS = 3;
/** In steps of 5 minutes. */
const USUAL_STEPS = 72;
const OFFSET_STEPS = 3;
const MIN_USUAL_STEPS = 6;

/** In steps: `to` is exclusive. */
export interface Spike {
  readonly from: number;
  readonly to: number;
  /** Errors in its highest step. */
  readonly peak: number;
  /** Mean of a step when it began. */
  readonly usual: number;
}

/**
 * `counts`: errors by step, oldest first, at least `index` of them; what happened before step `knownFrom` is not known.
 * Returns what is usual at step `index`, or undefined when too little is known.
 */
function usualAt(
  counts: readonly number[],
  index: number,
  knownFrom: number,
): { mean: number; bar: number } | undefined {
  const to = index - OFFSET_STEPS;
  const from = Math.max(knownFrom, to - USUAL_STEPS, 0);
  const steps = to - from;
  if (steps < MIN_USUAL_STEPS) return undefined;
  let sum = 0;
  let squares = 0;
  for (let i = from; i < to; i++) {
    sum += counts[i]!;
    squares += counts[i]! ** 2;
  }
  const mean = sum / steps;
  const deviation = Math.sqrt(Math.max(0, squares / steps - mean ** 2));
  return { mean, bar: Math.max(SPIKE_FLOOR - 1, FACTOR * mean, mean + DEVIATIONS * deviation) };
}

/** Whether `count` errors in 5 minutes, at step `index`, are a spike. */
export function isSpike(count: number, counts: readonly number[], index: number, knownFrom: number): boolean {
  // The floor first: it spares the rest for nearly every type.
  if (count < SPIKE_FLOOR) return false;
  const usual = usualAt(counts, index, knownFrom);
  return usual !== undefined && count > usual.bar;
}

/** All spikes; steps that follow one another are one. */
export function spikesIn(counts: readonly number[], knownFrom: number): Spike[] {
  const spikes: Spike[] = [];
  let open: { from: number; peak: number; usual: number } | undefined;
  counts.forEach((count, i) => {
    const usual = count < SPIKE_FLOOR ? undefined : usualAt(counts, i, knownFrom);
    if (usual !== undefined && count > usual.bar) {
      if (open === undefined) open = { from: i, peak: count, usual: usual.mean };
      else open.peak = Math.max(open.peak, count);
    } else if (open !== undefined) {
      spikes.push({ ...open, to: i });
      open = undefined;
    }
  });
  if (open !== undefined) spikes.push({ ...(open as Omit<Spike, 'to'>), to: counts.length });
  return spikes;
}
