/** Faults of the processes themselves. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, INPUT_PARTITIONS } from '../deployment.ts';
import type { Testbed } from '../testbed.ts';
import { until } from '../until.ts';
import { API } from '../wire.ts';
import type { Worker } from '../worker.ts';
import { AT_LEAST_ONCE, BOTH, EXACTLY_ONCE, only, type Scenario } from './scenario.ts';

/** How long a process may take to end after SIGTERM. */
const STOP_LIMIT_MS = 5_000;
/** What is in hand per partition at most; small, so that the bound on duplicates means something. */
const BATCH_RECORDS = 100;

export const workerKill: Scenario = {
  name: 'worker-kill',
  title: 'kill -9 of one of two workers at random moments, replaced at once',
  touches: 'one deployment',
  rounds: { quick: 2, full: 20 },
  quickDeliveries: BOTH,
  workers: 2,
  rate: 800,
  async run(stage) {
    const deployment = only(stage);
    for (let round = 0; round < stage.rounds; round++) {
      // Not always a running group: kills in the middle of a rebalance are moments, too.
      if (stage.random.chance(0.7)) await deployment.progress();
      await sleep(stage.random.between(0, 1_500));
      const victim = stage.random.pick(deployment.running);
      stage.log(`kill -9 ${victim.name} (${round + 1} of ${stage.rounds})`);
      await victim.kill();
      deployment.addWorker();
    }
    await deployment.progress();
  },
};

export const defaultSettings: Scenario = {
  ...workerKill,
  name: 'worker-kill-defaults',
  title: 'the same with the default session timeout of 30 s',
  rounds: { quick: 0, full: 2 },
  defaultSession: true,
};

export const killBeforeCommit: Scenario = {
  name: 'kill-before-commit',
  title: 'kill -9 after the output is acknowledged, before the commit has reached the broker',
  touches: 'one deployment',
  rounds: { quick: 1, full: 10 },
  quickDeliveries: BOTH,
  workers: 1,
  rate: 800,
  async run(stage) {
    const deployment = only(stage);
    for (let round = 0; round < stage.rounds; round++) {
      await deployment.progress();
      const [victim] = deployment.running as [Worker];
      const held = await holdCommit(stage.testbed, victim);
      await victim.kill();
      stage.log(`kill -9 ${victim.name} with a commit under way (${round + 1} of ${stage.rounds})`);
      held.lift();
      await deployment.addWorker().logged('assignment', 0);
    }
    await deployment.progress();
  },
};

/** Resolves when a commit of this worker was held back: what it covers is acknowledged, but not committed. */
async function holdCommit(testbed: Testbed, worker: Worker): Promise<{ lift: () => void }> {
  let held = 0;
  const lift = testbed.addRule({
    applies: ({ clientId, apiKey }) => clientId === worker.name && COMMITS.includes(apiKey),
    treatment: { kind: 'hold' },
    onApplied: () => {
      held += 1;
    },
  });
  await until(`${worker.name} commits`, 30_000, () => held > 0);
  return { lift };
}

const COMMITS: readonly number[] = [API.offsetCommit, API.txnOffsetCommit, API.endTxn];

export const workerSuspended: Scenario = {
  name: 'worker-suspended',
  title: 'SIGSTOP of one of two workers past its session timeout, then SIGCONT',
  touches: 'one deployment',
  rounds: { quick: 1, full: 5 },
  quickDeliveries: EXACTLY_ONCE,
  workers: 2,
  async run(stage) {
    await takeAway(stage.rounds, only(stage), {
      begin: (victim) => victim.signal('SIGSTOP'),
      end: (victim) => victim.signal('SIGCONT'),
      log: stage.log,
      pick: (workers) => stage.random.pick(workers),
    });
  },
};

export const workerCutOff: Scenario = {
  name: 'worker-cut-off',
  title: 'the network of one of two workers is cut past its session timeout (frozen at the proxies)',
  touches: 'one deployment',
  rounds: { quick: 1, full: 5 },
  quickDeliveries: AT_LEAST_ONCE,
  workers: 2,
  async run(stage) {
    const proxies = stage.testbed.nodes.map(({ proxy }) => proxy);
    await takeAway(stage.rounds, only(stage), {
      begin: ({ name }) => {
        for (const proxy of proxies) proxy.freeze(name);
      },
      end: ({ name }) => {
        for (const proxy of proxies) proxy.thaw(name);
      },
      log: stage.log,
      pick: (workers) => stage.random.pick(workers),
    });
  },
};

/** Takes a worker away until its partitions are another's, then lets it go on as if nothing had happened. */
async function takeAway(
  rounds: number,
  deployment: Deployment,
  how: {
    begin: (victim: Worker) => void;
    end: (victim: Worker) => void;
    pick: (workers: readonly Worker[]) => Worker;
    log: (line: string) => void;
  },
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await deployment.progress();
    const victim = how.pick(deployment.running);
    const others = deployment.running.filter((worker) => worker !== victim);
    const startMs = Date.now();
    how.log(`${victim.name} is away (${round + 1} of ${rounds})`);
    how.begin(victim);
    try {
      await Promise.all(others.map((worker) => worker.logged('assignment', startMs)));
    } finally {
      how.end(victim);
    }
    const backMs = Date.now();
    how.log(`${victim.name} is back after ${((backMs - startMs) / 1000).toFixed(1)} s`);
    deployment.expectRecovery(`the return of ${victim.name}`);
    await victim.logged('assignment', backMs);
    await until(`${victim.name} reads partitions again`, 60_000, () => victim.assigned);
    await deployment.progress();
  }
}

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  title: 'SIGTERM of three workers, one after another, each replaced by a new one, under load',
  touches: 'one deployment',
  rounds: { quick: 1, full: 3 },
  quickDeliveries: AT_LEAST_ONCE,
  workers: 3,
  rate: 1_500,
  settings: { TRIAGE_LIMITS_BATCH_RECORDS: String(BATCH_RECORDS) },
  async run(stage) {
    const deployment = only(stage);
    let handedOver = 0;
    for (let round = 0; round < stage.rounds; round++) {
      for (const worker of [...deployment.running]) {
        // An eager rebalance takes all partitions from all members, at the leaving and at the joining.
        handedOver += 2 * INPUT_PARTITIONS;
        const { how, tookMs } = await worker.stop();
        stage.log(`${worker.name} stopped in ${tookMs} ms`);
        if (how !== 'exit code 0') deployment.incident(`${worker.name} ended with ${how}, expected exit code 0`);
        if (tookMs > STOP_LIMIT_MS) {
          deployment.incident(`${worker.name} took ${tookMs} ms to stop; the limit is ${STOP_LIMIT_MS} ms`);
        }
        await deployment.addWorker().logged('assignment', 0);
        await deployment.progress();
      }
    }
    deployment.maxDuplicates = handedOver * BATCH_RECORDS;
  },
};
