/** Runs scenarios on one cluster and judges each. */

import { availableParallelism } from 'node:os';
import { createRandom } from '../src/demo/random.ts';
import { messageOf } from '../src/errors.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import type { Delivery } from './history.ts';
import type { Effort, Scenario } from './scenarios/scenario.ts';
import { startTestbed, type Testbed } from './testbed.ts';
import { type Verdict, verify } from './verify.ts';

export interface Planned {
  readonly scenario: Scenario;
  readonly deliveries: readonly Delivery[];
}

export interface ChaosOptions {
  readonly plan: readonly Planned[];
  readonly effort: Effort;
  /** A whole number. Equal seeds choose equal faults and pauses; what happens in between is never equal. */
  readonly seed: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

interface Judgement {
  /** Undefined when it did not come to a verdict; `trouble` says why. */
  readonly verdict: Verdict | undefined;
  readonly trouble: string | undefined;
}

export interface ScenarioResult extends Judgement {
  readonly scenario: string;
  readonly title: string;
  readonly delivery: Delivery;
  readonly seconds: number;
  /** Of the processes, and of the brokers up to its end, by their names; empty when it passed. */
  readonly logs: ReadonlyMap<string, string>;
}

/** Whether nothing is known to be wrong, however long the recoveries took. */
export function holds({ verdict, trouble }: Judgement): boolean {
  return trouble === undefined && verdict !== undefined && verdict.failures.length === 0;
}

export function passed(judgement: Judgement): boolean {
  return holds(judgement) && judgement.verdict?.slow.length === 0;
}

/**
 * Scenarios that touch one deployment only run side by side: they mostly wait. Those of the full run are under more load, and
 * more of them than there are cores would be measured waiting for one another.
 */
const LANES: Readonly<Record<Effort, number>> = { quick: 6, full: Math.min(4, availableParallelism()) };
const SESSION_MS = 6_000;
/** Defaults: of kafka.sessionTimeoutMs, and of Kafka's broker.session.timeout.ms. */
const DEFAULT_SESSION_MS = 30_000;
const BROKER_SESSION_MS: Readonly<Record<Effort, number>> = { quick: 3_000, full: 9_000 };
const DRAIN_LIMIT_MS = 60_000;
const RATE = 400;

/** @throws {TriageError} `transport` when the cluster cannot be started. */
export async function runChaos(options: ChaosOptions): Promise<ScenarioResult[]> {
  const { plan, effort, log } = options;
  const testbed = await startTestbed({ ...options, brokerSessionMs: BROKER_SESSION_MS[effort] });
  log('three brokers are ready');
  try {
    const jobs = plan
      .filter(({ scenario }) => scenario.touches === 'one deployment')
      .flatMap(({ scenario, deliveries }) =>
        deliveries.map((delivery) => () => runOne(testbed, { scenario, deliveries: [delivery] }, options)),
      );
    const results = await inLanes(jobs, LANES[effort]);
    for (const planned of plan.filter(({ scenario }) => scenario.touches === 'the cluster')) {
      results.push(await runOne(testbed, planned, options));
    }
    return results.flat();
  } finally {
    await testbed.stop();
  }
}

async function inLanes<T>(jobs: readonly (() => Promise<T>)[], lanes: number): Promise<T[]> {
  const results: T[] = [];
  const entries = jobs.entries();
  const lane = async (): Promise<void> => {
    // One iterator for all lanes: each takes the next job.
    for (const [index, job] of entries) results[index] = await job();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

async function runOne(testbed: Testbed, planned: Planned, options: ChaosOptions): Promise<ScenarioResult[]> {
  const { scenario, deliveries } = planned;
  const { effort, seed } = options;
  const startMs = performance.now();
  const log = (line: string) => options.log(`${scenario.name}: ${line}`);
  const starts = await Promise.allSettled(
    deliveries.map((delivery) =>
      startDeployment({
        testbed,
        name: `${scenario.name}-${delivery}`,
        delivery,
        workers: scenario.workers,
        rate: scenario.rate ?? RATE,
        // Of its own: scenarios side by side would take numbers from one another.
        random: createRandom(seed + hashOf(`${scenario.name}/${delivery}`)),
        sessionMs: scenario.defaultSession === true ? DEFAULT_SESSION_MS : SESSION_MS,
        drainLimitMs: DRAIN_LIMIT_MS,
        settings: scenario.settings ?? {},
      }),
    ),
  );
  const deployments = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  if (deployments.length > 0) {
    const random = createRandom(seed + hashOf(scenario.name));
    const run = scenario.run({ testbed, deployments, rounds: scenario.rounds[effort], random, log });
    try {
      await Promise.race([run, ...deployments.map(({ crashed }) => crashed)]);
    } catch (error) {
      for (const deployment of deployments) deployment.incident(`${messageOf(error)}; logs:\n${deployment.logTails()}`);
      // It has told its reason above, or the crash has.
      await run.catch(() => undefined);
    }
  }
  const judged = await Promise.all(
    starts.map(async (start) => {
      const judgement = await judge(start);
      return { ...judgement, logs: passed(judgement) ? new Map<string, string>() : await logsOf(start, testbed) };
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  const results = judged.map((judgement, index): ScenarioResult => {
    return { scenario: scenario.name, title: scenario.title, delivery: deliveries[index]!, seconds, ...judgement };
  });
  for (const result of results) log(`${result.delivery} ${passed(result) ? 'passed' : 'FAILED'}`);
  return results;
}

async function logsOf(start: PromiseSettledResult<Deployment>, testbed: Testbed): Promise<Map<string, string>> {
  return new Map([...(start.status === 'rejected' ? [] : start.value.logs), ...(await testbed.logs())]);
}

async function judge(start: PromiseSettledResult<Deployment>): Promise<Judgement> {
  if (start.status === 'rejected') return { verdict: undefined, trouble: messageOf(start.reason) };
  const deployment = start.value;
  try {
    await deployment.finish();
    return { verdict: verify(await deployment.history()), trouble: undefined };
  } catch (error) {
    return { verdict: undefined, trouble: messageOf(error) };
  } finally {
    await deployment.dispose();
  }
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}
