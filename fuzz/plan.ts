/** Who gets how much of the runs and of the time. */
import type { Options } from './options.ts';
import { targetCalled } from './targets.ts';
import type { Task } from './worker.ts';

/** By weight, at least one input each; rounding goes to the last target, so that the sum is what was asked for. */
export function planOf({ targets, runs, minutes }: Options, seed: number): Task[] {
  const weights = targets.map((name) => targetCalled(name).weight);
  const sum = weights.reduce((total, each) => total + each, 0);
  const maxMs = minutes === undefined ? Number.POSITIVE_INFINITY : (minutes * 60_000) / targets.length;
  let left = runs;
  return targets.map((target, i) => {
    const share = Math.max(1, Math.floor((runs * weights[i]!) / sum));
    const own = i === targets.length - 1 ? Math.max(1, left) : share;
    left -= share;
    return { target, seed, runs: own, maxMs };
  });
}
