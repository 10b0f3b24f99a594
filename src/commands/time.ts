/** A point in time as people write it on a command line. */
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Fewer digits are seconds since 1970, as `date +%s` gives; this is the year 2286. */
const SECONDS_BELOW = 10_000_000_000;

export const TIME_HELP =
  'ISO 8601 (without a zone: UTC), seconds or milliseconds since 1970, or how long ago: 90s, 15m, 2h, 7d';

/** For commander: milliseconds since 1970. @throws {InvalidArgumentError} */
export function timeArgument(nowMs: () => number): (text: string) => number {
  return (text) => {
    const ago = /^(\d{1,9})([smhd])$/.exec(text);
    if (ago !== null) return nowMs() - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0);
    if (/^\d{1,15}$/.test(text)) return Number(text) < SECONDS_BELOW ? Number(text) * 1_000 : Number(text);
    const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text);
    const ms =
      iso === null || !isDay(iso[1] ?? '') ? Number.NaN : Date.parse(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`);
    if (Number.isNaN(ms)) throw new InvalidArgumentError(`expected a time: ${TIME_HELP}.`);
    return ms;
  };
}

/** `Date.parse` takes the 30th of February for the 1st of March. */
function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
