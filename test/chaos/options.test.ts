import { describe, expect, it } from 'vitest';
import { helpText, parseOptions } from '../../chaos/options.ts';
import { SCENARIOS } from '../../chaos/scenarios/all.ts';

const names = (args: string[]) => parseOptions(args).plan.map(({ scenario }) => scenario.name);
const deliveries = (args: string[]) => [...new Set(parseOptions(args).plan.flatMap((planned) => planned.deliveries))];

describe('the options of npm run chaos', () => {
  it('runs everything for both guarantees unless told otherwise', () => {
    expect(parseOptions([])).toMatchObject({ effort: 'full', seed: undefined, help: false });
    for (const planned of parseOptions([]).plan) expect(planned.deliveries).toEqual(['at-least-once', 'exactly-once']);
    expect(names([])).toEqual(SCENARIOS.map(({ name }) => name));
  });

  it('leaves out of --quick what takes long', () => {
    expect(names(['--quick'])).not.toContain('worker-kill-defaults');
    expect(() => parseOptions(['--quick', '--scenario', 'worker-kill-defaults'])).toThrow('takes too long for --quick');
  });

  it('runs each fault for at least one guarantee with --quick, and for those that are asked for', () => {
    for (const planned of parseOptions(['--quick']).plan) expect(planned.deliveries.length).toBeGreaterThan(0);
    expect(deliveries(['--quick'])).toEqual(['at-least-once', 'exactly-once']);
    expect(deliveries(['--quick', '--delivery', 'at-least-once'])).toEqual(['at-least-once']);
  });

  it('takes scenarios, a seed and a guarantee', () => {
    const args = ['--scenario', 'disk-full', '--scenario', 'worker-kill', '--seed', '0', '--delivery', 'exactly-once'];
    expect(parseOptions(args).seed).toBe(0);
    expect(deliveries(args)).toEqual(['exactly-once']);
    expect(names(args)).toEqual(['disk-full', 'worker-kill']);
  });

  it.each([
    [['--scenario', 'nope'], /--scenario: expected one of worker-kill, .*; found "nope"/],
    [['--delivery', 'toString'], /--delivery: expected at-least-once, exactly-once, both; found "toString"/],
    [['--seed', '-1'], /--seed/],
    [['--seed', '4294967296'], /--seed: expected a whole number from 0 to 4294967295, found "4294967296"/],
    [['--fast'], /--fast.*npm run chaos -- --help/s],
    [['worker-kill'], /worker-kill/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('explains every scenario', () => {
    for (const { name } of SCENARIOS) expect(helpText()).toMatch(new RegExp(`^  ${name} .*`, 'm'));
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    for (const { title } of SCENARIOS) expect(helpText()).toContain(title);
  });
});
