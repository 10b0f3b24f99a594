import { describe, expect, it } from 'vitest';
import { type DurationText, secondsIn, shortenBy } from '../../src/alerting/durations.ts';

describe('shortenBy', () => {
  const ROWS: [factor: number, duration: DurationText, shortened: string][] = [
    [1, '6h', '6h'],
    [1, '90s', '90s'],
    [1, '24h', '1d'],
    [1, '60m', '1h'],
    [60, '1h', '1m'],
    [60, '5m', '5s'],
    [150, '6h', '144s'],
    [150, '1m', '400ms'],
    [7, '1m', '8571ms'],
    [1_000, '1s', '1ms'],
    [1_000, '14d', '1209600ms'],
  ];

  it.each(ROWS)('divided by %d, %s is %s', (factor, duration, shortened) => {
    expect(shortenBy(factor)(duration)).toBe(shortened);
  });

  it('makes nothing shorter than a millisecond', () => {
    expect(shortenBy(1_000_000)('1s')).toBe('1ms');
  });

  it.each([
    ['5m', 300],
    ['300ms', 0.3],
    ['2d', 172_800],
  ])('%s are %d seconds', (duration, seconds) => {
    expect(secondsIn(duration)).toBe(seconds);
  });
});
