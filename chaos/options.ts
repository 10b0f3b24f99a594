/** The command line of `npm run chaos`. */

import { parseArgs } from 'node:util';
import { messageOf, TriageError } from '../src/errors.ts';
import type { Delivery } from './history.ts';
import type { Planned } from './run.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { AT_LEAST_ONCE, BOTH, type Effort, EXACTLY_ONCE, type Scenario } from './scenarios/scenario.ts';

export interface Options {
  readonly help: boolean;
  readonly effort: Effort;
  readonly plan: readonly Planned[];
  /** Undefined: to be chosen. */
  readonly seed: number | undefined;
}

const DELIVERIES: Readonly<Record<string, readonly Delivery[]>> = {
  'at-least-once': AT_LEAST_ONCE,
  'exactly-once': EXACTLY_ONCE,
  both: BOTH,
};

/** @throws {TriageError} `usage`. */
export function parseOptions(args: readonly string[]): Options {
  const given = parsed(args);
  const effort: Effort = given.quick === true ? 'quick' : 'full';
  return {
    help: given.help === true,
    effort,
    plan: chosenScenarios(given.scenario ?? [], effort).map((scenario) => {
      const all = effort === 'quick' ? scenario.quickDeliveries : BOTH;
      return { scenario, deliveries: given.delivery === undefined ? all : chosenDeliveries(given.delivery) };
    }),
    seed: given.seed === undefined ? undefined : seedOf(given.seed),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        scenario: { type: 'string', multiple: true },
        seed: { type: 'string' },
        delivery: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new TriageError('usage', `${messageOf(error)} (see \`npm run chaos -- --help\`)`);
  }
}

function chosenScenarios(names: readonly string[], effort: Effort): Scenario[] {
  if (names.length === 0) return SCENARIOS.filter(({ rounds }) => rounds[effort] > 0);
  return names.map((name) => {
    const scenario = SCENARIOS.find((each) => each.name === name);
    if (scenario === undefined) {
      const known = SCENARIOS.map((each) => each.name).join(', ');
      throw new TriageError('usage', `--scenario: expected one of ${known}; found "${name}"`);
    }
    if (scenario.rounds[effort] === 0) {
      throw new TriageError('usage', `--scenario ${name}: it takes too long for --quick; leave --quick out`);
    }
    return scenario;
  });
}

function chosenDeliveries(name: string): readonly Delivery[] {
  const deliveries = Object.hasOwn(DELIVERIES, name) ? DELIVERIES[name] : undefined;
  if (deliveries === undefined) {
    throw new TriageError('usage', `--delivery: expected ${Object.keys(DELIVERIES).join(', ')}; found "${name}"`);
  }
  return deliveries;
}

const SEED_MAX = 2 ** 32 - 1;

function seedOf(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > SEED_MAX) {
    throw new TriageError('usage', `--seed: expected a whole number from 0 to ${SEED_MAX}, found "${text}"`);
  }
  return seed;
}

export function helpText(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  const lines = SCENARIOS.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`);
  return `usage: npm run chaos -- [options]

Breaks a cluster of three brokers and the processes that read from it, and checks that nothing is lost.
Needs Java 17 and Maven (or Kafka's jars, once fetched), as the tests do.

options:
  --quick              each fault once or twice, in a few minutes; without it, each many times (half an hour)
  --scenario NAME      only this one; may be given more than once
  --delivery WHICH     at-least-once, exactly-once or both; default: both, with --quick only where they differ
  --seed N             chooses faults and pauses as another run did
  --help

scenarios:
${lines.join('\n')}

The full run writes reports/chaos-report.md. Exit code: 0 all passed, 1 something failed, 2 wrong options,
3 no cluster could be started.
`;
}
