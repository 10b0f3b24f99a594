import { describe, expect, it } from 'vitest';
import { failures, markdownReport, table } from '../../chaos/report.ts';
import type { ScenarioResult } from '../../chaos/run.ts';

const VERDICT = {
  faults: 2,
  recordsIn: 12_345,
  recordsOut: 9_000,
  lost: 0,
  duplicates: 17,
  longestPauseMs: 6_540,
  recoveryMs: 900,
  failures: [],
  slow: [],
};
const GOOD: ScenarioResult = {
  scenario: 'worker-kill',
  title: 'kill -9 of a worker',
  delivery: 'at-least-once',
  seconds: 20.4,
  verdict: VERDICT,
  trouble: undefined,
  logs: new Map(),
};
const LOSS = { ...VERDICT, lost: 3, recoveryMs: Number.POSITIVE_INFINITY, failures: ['3 input records are lost'] };
const LOSSY: ScenarioResult = { ...GOOD, scenario: 'disk-full', title: 'the disk is full', verdict: LOSS };
const SLOW: ScenarioResult = { ...GOOD, verdict: { ...VERDICT, slow: ['output flowed again 20000 ms after'] } };
const UNDECIDED: ScenarioResult = { ...GOOD, scenario: 'dns', verdict: undefined, trouble: 'no cluster\nits log' };

const CONTEXT = {
  seed: 7,
  command: 'npm run chaos -- --seed 7',
  finishedAt: '2026-01-01T00:00:00Z',
  machine: 'm',
  scenariosInAll: 2,
};

describe('the report', () => {
  it('shows each scenario with its figures in columns', () => {
    expect(table([GOOD, LOSSY, UNDECIDED])).toBe(
      [
        'scenario     delivery       faults  records in  lost  duplicates  longest pause  recovery  took  verdict',
        'worker-kill  at-least-once       2      12,345     0          17          6.5 s     0.9 s  20 s  passed',
        'disk-full    at-least-once       2      12,345     3          17          6.5 s     never  20 s  FAILED',
        'dns          at-least-once       -           -     -           -              -         -  20 s  FAILED',
        '',
      ].join('\n'),
    );
  });

  it('says of each failure what it was, and nothing of what passed', () => {
    expect(failures([GOOD])).toBe('');
    expect(failures([SLOW])).toBe('worker-kill (at-least-once):\n  - output flowed again 20000 ms after\n');
    expect(failures([GOOD, LOSSY, UNDECIDED])).toBe(
      'disk-full (at-least-once):\n  - 3 input records are lost\n\ndns (at-least-once):\n  - no cluster\n    its log\n',
    );
  });

  it('makes a document with the seed, the way to repeat it, the table and the failures', () => {
    const good = markdownReport([GOOD], CONTEXT);
    expect(good).toContain('All passed. A part only: 1 of 2 scenarios. Seed 7,');
    expect(good).toContain('`npm run chaos -- --seed 7`');
    expect(good).toContain('| worker-kill | at-least-once | 2 | 12,345 | 0 | 17 | 6.5 s | 0.9 s | 20 s | passed |');
    expect(good).not.toContain('## Failures');
    const bad = markdownReport([GOOD, LOSSY], CONTEXT);
    expect(bad).toContain('1 of 2 results failed. Seed 7,');
    expect(bad).toContain('3 input records are lost');
    expect(bad).toContain('- **disk-full**: the disk is full.');
  });
});
