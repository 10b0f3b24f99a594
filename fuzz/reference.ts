/** What this machine does in a given time, right now: budgets are multiples of that, not of seconds. */

/** Bytes of the text that the reference work is done on. */
const BYTES = 65_536;

const TEXT = JSON.stringify(
  Array.from({ length: 600 }, (_, i) => ({
    id: i,
    message: `request ${i} to https://api.acme.com/v1 failed: HTTP 502`,
  })),
)
  .slice(0, BYTES - 3)
  .replace(/,?[^}]*$/, ']');

/** The least of so many: each is over in a fraction of a millisecond, so that other threads seldom come between. */
const ROUNDS = 12;

/** Milliseconds of processor time that this thread has used. The clock moves in steps of up to some milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Milliseconds for reading and writing one byte of JSON. */
export function referenceMsPerByte(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const startMs = performance.now();
    const { length } = JSON.stringify(JSON.parse(TEXT));
    least = Math.min(least, (performance.now() - startMs) / length);
  }
  return least;
}
