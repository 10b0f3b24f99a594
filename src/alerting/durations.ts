/** Durations of the rules. All of them can be made shorter by one factor, so that a test sees in a minute what takes a day. */

export type DurationText = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** Writes a duration as Prometheus reads it. */
export type Shorten = (duration: DurationText) => string;

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
type Unit = keyof typeof UNIT_MS;

/** `factor`: 1 leaves durations as they are; 60 makes seconds of minutes. Nothing becomes shorter than 1 ms. */
export function shortenBy(factor: number): Shorten {
  return (duration) => {
    const ms = Math.max(1, Math.round((secondsIn(duration) * 1_000) / factor));
    const unit = (Object.keys(UNIT_MS) as Unit[]).find((each) => ms % UNIT_MS[each] === 0)!;
    return `${ms / UNIT_MS[unit]}${unit}`;
  };
}

/** Seconds in a duration of one unit, such as `5m` or `300ms`. */
export function secondsIn(duration: string): number {
  const unit = duration.replace(/^\d+/, '') as Unit;
  return (Number.parseInt(duration, 10) * UNIT_MS[unit]) / 1_000;
}
