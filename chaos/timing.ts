/** How long a history kept its input waiting. */

import { eventIdOf, type History, type OutputByInput, type RecoveryMark } from './history.ts';

/** The longest pause of any input partition: others that go on are no comfort to its connectors. */
export function longestPauseMs({ input, inputTopic }: History, byInput: OutputByInput): number {
  const due = input.filter(({ expected }) => expected !== 'ignored');
  const partitions = [...Map.groupBy(due, ({ partition }) => partition).values()];
  return Math.max(
    0,
    ...partitions.map((records) =>
      pauseOf(
        records.map(({ appendedAtMs }) => appendedAtMs),
        records.flatMap((record) => byInput.get(eventIdOf(inputTopic, record))?.[0]?.appendedAtMs ?? []),
      ),
    ),
  );
}

/** Longest time between two outputs, or from an arrival that finds nothing waiting to the next output. */
function pauseOf(arrivalsMs: readonly number[], outputsMs: readonly number[]): number {
  const changes = [
    ...arrivalsMs.map((atMs) => ({ atMs, waiting: 1 })),
    ...outputsMs.map((atMs) => ({ atMs, waiting: -1 })),
  ].sort((a, b) => a.atMs - b.atMs || b.waiting - a.waiting);
  let waiting = 0;
  let sinceMs = 0;
  let longestMs = 0;
  for (const change of changes) {
    if (change.waiting === -1) longestMs = Math.max(longestMs, change.atMs - sinceMs);
    if (change.waiting === -1 || waiting === 0) sinceMs = change.atMs;
    waiting += change.waiting;
  }
  return longestMs;
}

export interface Recovery {
  readonly mark: RecoveryMark;
  /** Infinite when output never came. */
  readonly tookMs: number;
  /** Partitions that took no record after the mark that must leave something: they show nothing. */
  readonly unproven: readonly string[];
}

/**
 * The longest that the first record of a partition after the mark waited for its output: it is read again, and has caught
 * up. A partition that takes no input yet is still away: its time begins with its first record.
 */
export function recoveryFrom(
  mark: RecoveryMark,
  { input, inputTopic, inputEnds }: History,
  byInput: OutputByInput,
): Recovery {
  const after = Map.groupBy(
    input.filter(({ expected, appendedAtMs }) => expected !== 'ignored' && appendedAtMs >= mark.atMs),
    ({ partition }) => partition,
  );
  const waits = [...after.values()].map((records) => {
    const record = records.reduce((first, each) => (each.offset < first.offset ? each : first));
    const written = byInput.get(eventIdOf(inputTopic, record))?.[0];
    return written === undefined ? Number.POSITIVE_INFINITY : written.appendedAtMs - record.appendedAtMs;
  });
  const unproven = [...inputEnds.keys()].filter((partition) => !after.has(partition)).map(String);
  return { mark, tookMs: Math.max(0, ...waits), unproven };
}
