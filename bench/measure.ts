/**
 * Times contenders fairly: the same work, in turn, several rounds in one process; the median counts. Measured is the
 * processor time of the process, so that what else runs on the machine counts little.
 */

export interface Contender {
  readonly name: string;
  /** Does the work once; the result is used so that it cannot be left out. */
  readonly run: () => number;
}

export interface Timing {
  readonly name: string;
  /** Median over the rounds, in nanoseconds of processor time per run. */
  readonly nsPerRun: number;
}

/** A round gives each contender about so many milliseconds. */
const ROUND_MS = 300;
const ROUNDS = 7;

export function measure(contenders: readonly Contender[]): Timing[] {
  const repeats = contenders.map((contender) => calibrate(contender));
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    contenders.forEach((contender, i) => {
      times[i]!.push(timeOf(contender, repeats[i]!) / repeats[i]!);
    });
  }
  return contenders.map(({ name }, i) => ({ name, nsPerRun: median(times[i]!) }));
}

/** How often the work fits into a round; warms it up, too. */
function calibrate(contender: Contender): number {
  let repeat = 1;
  for (;;) {
    const ns = timeOf(contender, repeat);
    if (ns > (ROUND_MS * 1e6) / 4) return Math.max(1, Math.round((repeat * ROUND_MS * 1e6) / ns));
    repeat *= 2;
  }
}

let sink = 0;

function timeOf({ run }: Contender, repeat: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < repeat; i++) sink += run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1_000;
}

/** What all runs gave, so that no engine can prove it unused. */
export function used(): number {
  return sink;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
