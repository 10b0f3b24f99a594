/** Faults of the processes themselves. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Deployment, INPUT_PARTITIONS, RECOVERY_LIMIT_MS } from '../deployment.ts';
import type { Delivery } from '../history.ts';
import { until } from '../until.ts';
import { API } from '../wire.ts';
import type { Worker } from '../worker.ts';
import { meetRequests } from './requests.ts';
import { AT_LEAST_ONCE, BOTH, EXACTLY_ONCE, only, type Scenario, type Stage } from './scenario.ts';

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
      await sleep(stage.random.between(0, 1_500));
      const victim = stage.random.pick(deployment.running);
      stage.log(`kill -9 ${victim.name} (${round + 1} of ${stage.rounds})`);
      await kill(deployment, victim);
      deployment.addWorker();
      // Not always a running group: kills in the middle of a rebalance are moments, too.
      const isLast = round === stage.rounds - 1;
      if (isLast || stage.random.chance(0.7)) await recoveredFromDeath(deployment, victim);
    }
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
  title:
    'kill -9 at each step between reading and commit: its request has left the worker and never reaches the broker',
  touches: 'one deployment',
  rounds: { quick: 1, full: 10 },
  quickDeliveries: BOTH,
  workers: 1,
  rate: 800,
  async run(stage) {
    const deployment = only(stage);
    for (let round = 0; round < stage.rounds; round++) {
      for (const [step, apiKey] of STEPS[deployment.delivery]) {
        await deployment.progress();
        const [victim] = deployment.running as [Worker];
        const { lift } = await meetRequests(stage.testbed, { workers: [victim], apiKeys: [apiKey] }, { kind: 'hold' });
        await kill(deployment, victim);
        stage.log(`kill -9 ${victim.name} at: ${step} (${round + 1} of ${stage.rounds})`);
        // What a connection held is gone with it: lifting the rule must not deliver it after all.
        for (const { proxy } of stage.testbed.nodes) proxy.cutConnections(victim.name);
        lift();
        deployment.addWorker();
        await recoveredFromDeath(deployment, victim);
      }
    }
  },
};

/** What is asked of the brokers for one batch; all before a step is done when the step is held back. */
const STEPS: Readonly<Record<Delivery, readonly (readonly [string, number])[]>> = {
  'at-least-once': [
    ['commit', API.offsetCommit],
    ['write', API.produce],
  ],
  'exactly-once': [
    ['end of the transaction', API.endTxn],
    ['write', API.produce],
    ['offsets of the transaction', API.txnOffsetCommit],
  ],
};

function kill(deployment: Deployment, victim: Worker): Promise<void> {
  deployment.faultBegins();
  return victim.kill();
}

/** Its partitions are given to others when its session is over; a new process may have to start before. */
function recoveredFromDeath(deployment: Deployment, { name }: Worker): Promise<void> {
  return deployment.recovered(`the death of ${name}`, deployment.sessionMs + 2 * RECOVERY_LIMIT_MS);
}

export const workerSuspended: Scenario = {
  name: 'worker-suspended',
  title: 'SIGSTOP of one of two workers past its session timeout, then SIGCONT',
  touches: 'one deployment',
  rounds: { quick: 1, full: 5 },
  quickDeliveries: EXACTLY_ONCE,
  workers: 2,
  async run(stage) {
    await takeAway(stage, {
      begin: (victim) => victim.signal('SIGSTOP'),
      end: (victim) => victim.signal('SIGCONT'),
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
    await takeAway(stage, {
      begin: ({ name }) => {
        for (const proxy of proxies) proxy.freeze(name);
      },
      end: ({ name }) => {
        for (const proxy of proxies) proxy.thaw(name);
      },
    });
  },
};

/**
 * Takes a worker away in the middle of a write until its partitions are another's, then lets it go on as if nothing had
 * happened: its write reaches the brokers after the other's.
 */
async function takeAway(
  stage: Stage,
  { begin, end }: { begin: (victim: Worker) => void; end: (victim: Worker) => void },
): Promise<void> {
  const deployment = only(stage);
  const { random, rounds, log, testbed } = stage;
  for (let round = 0; round < rounds; round++) {
    await deployment.progress();
    const victim = random.pick(deployment.running);
    const others = deployment.running.filter((worker) => worker !== victim);
    deployment.faultBegins();
    const write = await meetRequests(testbed, { workers: [victim], apiKeys: [API.produce] }, { kind: 'hold' });
    const startMs = Date.now();
    log(`${victim.name} is away in the middle of a write (${round + 1} of ${rounds})`);
    begin(victim);
    try {
      await Promise.all(others.map((worker) => worker.logged('assignment', startMs)));
      await deployment.progressEverywhere();
    } finally {
      end(victim);
      write.lift();
    }
    const backMs = Date.now();
    log(`${victim.name} is back after ${((backMs - startMs) / 1000).toFixed(1)} s`);
    await deployment.recovered(`the return of ${victim.name}`);
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
        deployment.faultBegins();
        const { how, tookMs } = await worker.stop();
        stage.log(`${worker.name} stopped in ${tookMs} ms`);
        if (how !== 'exit code 0') deployment.incident(`${worker.name} ended with ${how}, expected exit code 0`);
        if (tookMs > STOP_LIMIT_MS) {
          deployment.incident(`${worker.name} took ${tookMs} ms to stop; the limit is ${STOP_LIMIT_MS} ms`);
        }
        const replacement = deployment.addWorker();
        await replacement.logged('assignment', 0);
        await deployment.recovered(`the start of ${replacement.name}`);
      }
    }
    deployment.maxDuplicates = handedOver * BATCH_RECORDS;
  },
};
