import { describe, expect, test } from 'vitest';
import { backoffMs, retryWhile } from '../../../src/transport/kafka/backoff.ts';

const QUICK = { firstMs: 1, maxMs: 1 };
const HOUR_MS = 3_600_000;

/** Fails with these, one after another, then gives 'done'. */
function attempts(...errors: readonly string[]) {
  const left = [...errors];
  const count = { made: 0 };
  const attempt = async () => {
    count.made += 1;
    const error = left.shift();
    if (error !== undefined) throw new Error(error);
    return 'done';
  };
  return { attempt, count };
}

const mayPass = (error: unknown) => (error as Error).message === 'passes';

describe('retryWhile', () => {
  test('tries again as long as the failure may pass', async () => {
    const { attempt, count } = attempts('passes', 'passes');
    expect(await retryWhile(attempt, { mayPass, forMs: HOUR_MS, backoff: QUICK })).toBe('done');
    expect(count.made).toBe(3);
  });

  test('ends with the first failure that does not pass', async () => {
    const { attempt, count } = attempts('passes', 'stays');
    await expect(retryWhile(attempt, { mayPass, forMs: HOUR_MS, backoff: QUICK })).rejects.toThrow('stays');
    expect(count.made).toBe(2);
  });

  test('tries once when there is no time, and gives the failure', async () => {
    const { attempt, count } = attempts('passes');
    await expect(retryWhile(attempt, { mayPass, forMs: -1, backoff: QUICK })).rejects.toThrow('passes');
    expect(count.made).toBe(1);
  });

  test('an abort ends the wait, and nothing is tried after it', async () => {
    const { attempt, count } = attempts('passes');
    const abort = new AbortController();
    const backoff = { firstMs: HOUR_MS, maxMs: HOUR_MS };
    const waiting = retryWhile(attempt, { mayPass, forMs: HOUR_MS, backoff, signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toThrow('passes');
    expect(count.made).toBe(1);
  });
});

test('the wait doubles up to the cap, and takes half of that at least', () => {
  const limits = { firstMs: 100, maxMs: 2_000 };
  const waits = [0, 1, 4, 5, 9_999].map((attempt) => backoffMs(attempt, limits, () => 0));
  expect(waits).toEqual([50, 100, 800, 1_000, 1_000]);
  expect(backoffMs(0, limits, () => 1)).toBe(100);
});
