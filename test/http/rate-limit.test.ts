import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BURST_SECONDS } from '../../src/http/limits.ts';
import { clientOf, RateLimit } from '../../src/http/rate-limit.ts';

test('nobody gets more than the burst and the rate, whatever the times', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 300 }), (pauses) => {
      let nowMs = 0;
      let taken = 0;
      const rate = new RateLimit({ requestsPerSecond: 3, clients: 10 }, () => nowMs);
      for (const pause of pauses) {
        nowMs += pause;
        if (rate.take('a')) taken++;
        expect(taken).toBeLessThanOrEqual(3 * BURST_SECONDS + (3 * nowMs) / 1000);
      }
    }),
  );
});

test('what a client saves up has an end', () => {
  let nowMs = 0;
  const rate = new RateLimit({ requestsPerSecond: 3, clients: 10 }, () => nowMs);
  rate.take('a');
  nowMs += 3_600_000;
  let taken = 0;
  while (rate.take('a')) taken++;
  expect(taken).toBe(3 * BURST_SECONDS);
});

test('clients do not take from each other, and the one heard of longest ago is forgotten', () => {
  const rate = new RateLimit({ requestsPerSecond: 1, clients: 2 }, () => 0);
  const takeAll = (client: string) => {
    let count = 0;
    while (rate.take(client)) count++;
    return count;
  };
  expect([takeAll('a'), takeAll('b')]).toEqual([BURST_SECONDS, BURST_SECONDS]);
  expect(rate.take('a')).toBe(false);
  expect(takeAll('c')).toBe(BURST_SECONDS);
  expect(rate.take('a')).toBe(false);
  expect(rate.take('b')).toBe(true);
});

test('a clock that is set back gives nothing and takes nothing', () => {
  let nowMs = 10_000;
  const rate = new RateLimit({ requestsPerSecond: 1, clients: 2 }, () => nowMs);
  rate.charge('a', BURST_SECONDS);
  nowMs = 0;
  expect(rate.take('a')).toBe(false);
  nowMs += 1_000;
  expect(rate.take('a')).toBe(true);
});

test('what is charged has to come back, also when nothing was left, but never more than a burst', () => {
  let nowMs = 0;
  const rate = new RateLimit({ requestsPerSecond: 10, clients: 2 }, () => nowMs);
  let guesses = 0;
  for (; nowMs < 100_000; nowMs += 100) {
    if (!rate.take('a')) continue;
    rate.charge('a', 9);
    guesses++;
  }
  // One a second, and what was saved up.
  expect(guesses).toBeLessThanOrEqual(100 + BURST_SECONDS);
  for (let i = 0; i < 100; i++) rate.charge('a', 9);
  nowMs += BURST_SECONDS * 1_000 + 100;
  expect(rate.take('a')).toBe(true);
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});
