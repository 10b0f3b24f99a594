/** What a worker's log says of times in which records may have been written that are written again later. */

import type { Disturbance } from './history.ts';

export interface WorkerEvent {
  /** The log line's `event`, such as `assignment` or `sink-waiting`. */
  readonly event: string;
  /** As the process says: this one may read it later. */
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The moments in which partitions came to the worker, and the times in which it could not write or commit, in the order of
 * the log. What is not over in the log was over when the process ended.
 */
export function disturbancesOf(events: readonly WorkerEvent[], endedAtMs: number): Disturbance[] {
  return events.flatMap(({ event, atMs }, index) => {
    if (event === 'assignment') return [{ fromMs: atMs, toMs: atMs }];
    if (event !== 'sink-waiting') return [];
    const over = events.slice(index).find((later) => later.event === 'sink-ok');
    return [{ fromMs: atMs, toMs: over?.atMs ?? endedAtMs }];
  });
}
