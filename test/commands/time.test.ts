import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { timeArgument } from '../../src/commands/time.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const parse = timeArgument(() => NOW_MS);

describe('a time on the command line', () => {
  it.each([
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02 03:04', Date.UTC(2026, 0, 2, 3, 4)],
    ['2026-01-02T03:04:05.678+02:00', Date.UTC(2026, 0, 2, 1, 4, 5, 678)],
    ['2026-01-02', Date.UTC(2026, 0, 2)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2026-01-31T23:30-02:00', Date.UTC(2026, 1, 1, 1, 30)],
    ['1767323045', 1_767_323_045_000],
    ['1767323045123', 1_767_323_045_123],
    ['90s', NOW_MS - 90_000],
    ['15m', NOW_MS - 900_000],
    ['2h', NOW_MS - 7_200_000],
    ['7d', NOW_MS - 604_800_000],
  ])('%s', (text, ms) => {
    expect(parse(text)).toBe(ms);
  });

  it.each([
    '',
    'yesterday',
    '2026-13-01',
    '2026-02-29',
    '2024-02-30T12:00',
    '2026-04-31T23:59:59+02:00',
    '2026-01-00',
    '2026-01-02T25:00',
    '2h30m',
    '-5',
    '2026-01-02T03:04:05 CET',
    '1e9',
  ])('"%s" is none', (text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
  });
});
