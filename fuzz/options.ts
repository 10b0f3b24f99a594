/** The command line of `npm run fuzz`. */
import { parseArgs } from 'node:util';
import { messageOf, TriageError } from '../src/errors.ts';
import { TARGETS } from './targets.ts';

export interface Options {
  readonly help: boolean;
  readonly targets: readonly string[];
  /** Inputs of all targets together. */
  readonly runs: number;
  /** For all targets together; undefined: as long as `runs` takes. */
  readonly minutes: number | undefined;
  /** Undefined: to be chosen. */
  readonly seed: number | undefined;
}

const DEFAULT_RUNS = 20_000;
const MAX_SEED = 0xffff_ffff;

/** @throws {TriageError} `usage`. */
export function parseOptions(args: readonly string[]): Options {
  const given = parsed(args);
  const minutes = given.minutes === undefined ? undefined : number('--minutes', given.minutes, 1, 10_080);
  // With a time to fill, the time decides.
  const defaultRuns = minutes === undefined ? DEFAULT_RUNS : Number.MAX_SAFE_INTEGER;
  return {
    help: given.help === true,
    targets: chosen(given.target ?? []),
    runs: given.runs === undefined ? defaultRuns : number('--runs', given.runs, 1, 1e9),
    minutes,
    seed: given.seed === undefined ? undefined : number('--seed', given.seed, 0, MAX_SEED),
  };
}

export function helpText(): string {
  const width = Math.max(...TARGETS.map(({ name }) => name.length));
  const targets = TARGETS.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}\n`).join('');
  return `usage: npm run fuzz -- [--runs N] [--target NAME]... [--seed N] [--minutes N]

Feeds spoiled inputs to everything that reads what others wrote, and checks that it keeps its promises, its time and its
memory. What fails is made small, kept in fuzz/regressions/, and tried first in every later run.

  --runs N       inputs of all targets together (default ${DEFAULT_RUNS})
  --target NAME  only this target; may be given several times
  --seed N       the same inputs again (default: a random one, which is printed)
  --minutes N    so long instead of so many, shared out to the targets

Exit code 0: nothing found; 1: findings; 2: wrong command line.

Targets:
${targets}`;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        runs: { type: 'string' },
        target: { type: 'string', multiple: true },
        seed: { type: 'string' },
        minutes: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new TriageError('usage', `${messageOf(error)}\nSee npm run fuzz -- --help.`, { cause: error });
  }
}

function chosen(names: readonly string[]): readonly string[] {
  const all = TARGETS.map(({ name }) => name);
  for (const name of names) {
    if (all.includes(name)) continue;
    throw new TriageError('usage', `--target: expected one of ${all.join(', ')}; found "${name}"`);
  }
  return names.length === 0 ? all : all.filter((name) => names.includes(name));
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new TriageError('usage', `${flag}: expected a whole number from ${min} to ${max}, found "${text}"`);
}
