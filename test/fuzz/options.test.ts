import { describe, expect, it } from 'vitest';
import { helpText, parseOptions } from '../../fuzz/options.ts';
import { planOf } from '../../fuzz/plan.ts';
import { TARGETS } from '../../fuzz/targets.ts';

const runsOf = (args: string[]) => planOf(parseOptions(args), 1).map(({ runs }) => runs);

describe('the options of npm run fuzz', () => {
  it('shares out as many inputs as were asked for, to every target', () => {
    for (const runs of [20_000, 999_983]) {
      const shares = runsOf(['--runs', String(runs)]);
      expect(shares).toHaveLength(TARGETS.length);
      expect(Math.min(...shares)).toBeGreaterThan(0);
      expect(shares.reduce((sum, each) => sum + each, 0)).toBe(runs);
    }
  });

  it('gives one target all of them', () => {
    expect(planOf(parseOptions(['--target', 'avro', '--runs', '77', '--seed', '0']), 0)).toEqual([
      { target: 'avro', seed: 0, runs: 77, maxMs: Number.POSITIVE_INFINITY },
    ]);
  });

  it('shares out the time, when that is given', () => {
    const tasks = planOf(parseOptions(['--minutes', '7']), 1);
    expect(tasks[0]!.maxMs).toBe((7 * 60_000) / TARGETS.length);
    expect(tasks[0]!.runs).toBeGreaterThan(1e9);
  });

  it.each([
    [['--target', 'nope'], /--target: expected one of native-json, .*; found "nope"/],
    [['--runs', '0'], /--runs: expected a whole number from 1 to 1000000000, found "0"/],
    [['--seed', '4294967296'], /--seed/],
    [['--minutes', '1.5'], /--minutes/],
    [['--fast'], /--fast.*npm run fuzz -- --help/s],
    [['avro'], /avro/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('explains every target', () => {
    for (const { name } of TARGETS) expect(helpText()).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
  });
});
