/** Faults of what the processes write to, and of the way there, for one deployment. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../deployment.ts';
import { API, STORAGE_ERROR } from '../wire.ts';
import { meetRequests, type Requests } from './requests.ts';
import { AT_LEAST_ONCE, BOTH, EXACTLY_ONCE, only, type Scenario } from './scenario.ts';

/** Memory may grow by so much while nothing can be written: batches in hand, and what Node keeps for later. */
const MEMORY_GROWTH_LIMIT_BYTES = 150 * 1024 * 1024;

function topicDeleted(
  which: 'output' | 'deadLetter',
  { name, title, quickDeliveries }: Pick<Scenario, 'name' | 'title' | 'quickDeliveries'>,
): Scenario {
  return {
    name,
    title,
    touches: 'one deployment',
    rounds: { quick: 1, full: 2 },
    quickDeliveries,
    workers: 1,
    async run(stage) {
      const deployment = only(stage);
      for (let round = 0; round < stage.rounds; round++) {
        await deployment.progress();
        await resting(deployment, () => deployment.deleteTopic(which));
        deployment.faultBegins();
        const deletedMs = Date.now();
        stage.log(`topic ${deployment.topics[which]} is deleted`);
        const [worker] = deployment.running;
        await worker!.logged('sink-waiting', deletedMs);
        await sleep(stage.random.between(1_000, 3_000));
        await deployment.recreateTopic(which);
        stage.log(`topic ${deployment.topics[which]} is there again`);
        await deployment.recovered('the topic was there again');
        await worker!.logged('sink-ok', deletedMs);
      }
    },
  };
}

/** While the load rests and everything is committed: what is in a topic then is known for certain. */
async function resting(deployment: Deployment, act: () => Promise<void>): Promise<void> {
  const { rate } = deployment.load;
  deployment.load.rate = 0;
  await deployment.load.settled();
  await deployment.drained();
  await act();
  deployment.load.rate = rate;
}

export const deadLetterTopicDeleted = topicDeleted('deadLetter', {
  name: 'dlq-deleted',
  title: 'the dead letter topic is deleted and made again',
  quickDeliveries: EXACTLY_ONCE,
});

export const outputTopicDeleted = topicDeleted('output', {
  name: 'output-deleted',
  title: 'the output topic is deleted and made again',
  quickDeliveries: AT_LEAST_ONCE,
});

export const diskFull: Scenario = {
  name: 'disk-full',
  title:
    'every write is refused with KAFKA_STORAGE_ERROR; then writes succeed but are answered with it (at the proxies)',
  touches: 'one deployment',
  rounds: { quick: 1, full: 5 },
  quickDeliveries: BOTH,
  workers: 1,
  async run(stage) {
    const deployment = only(stage);
    for (let round = 0; round < stage.rounds; round++) {
      for (const kind of ['refuse', 'deny'] as const) {
        await deployment.progress();
        const startMs = Date.now();
        deployment.faultBegins();
        const { lift } = await meetRequests(stage.testbed, writesOf(deployment), { kind, errorCode: STORAGE_ERROR });
        try {
          stage.log(`writes are ${kind === 'refuse' ? 'refused' : 'done, but denied'}`);
          await deployment.running[0]!.logged('sink-waiting', startMs);
          await sleep(stage.random.between(1_000, 4_000));
        } finally {
          lift();
        }
        await deployment.recovered('writes were taken again');
        await deployment.running[0]!.logged('sink-ok', startMs);
      }
    }
  },
};

export const outputBlocked: Scenario = {
  name: 'output-blocked',
  title: 'no write is answered for longer than the session timeout: memory stays flat, membership is kept',
  touches: 'one deployment',
  rounds: { quick: 1, full: 2 },
  quickDeliveries: AT_LEAST_ONCE,
  workers: 1,
  async run(stage) {
    const deployment = only(stage);
    const [worker] = deployment.running;
    for (let round = 0; round < stage.rounds; round++) {
      await deployment.progress();
      const startMs = Date.now();
      deployment.faultBegins();
      const { lift } = await meetRequests(stage.testbed, writesOf(deployment), { kind: 'hold' });
      try {
        const before = await worker!.memory();
        await deployment.load.burst(BACKLOG_RECORDS);
        await sleep(Math.max(0, startMs + BLOCKED_SESSIONS * deployment.sessionMs - Date.now()));
        const after = await worker!.memory();
        reportMemory(deployment, before, after, stage.log);
      } finally {
        lift();
      }
      // The backlog comes first, on a machine that also runs the brokers.
      await deployment.recovered('the output was no longer blocked', CATCH_UP_LIMIT_MS);
      // Only now: who waits for a write may learn late that the group goes on without it.
      if (worker!.events.some(({ event, atMs }) => event === 'assignment' && atMs > startMs)) {
        deployment.incident('the worker lost its membership while the output was blocked');
      }
    }
  },
};

const BACKLOG_RECORDS = 50_000;
const BLOCKED_SESSIONS = 1.5;
const CATCH_UP_LIMIT_MS = 60_000;

function reportMemory(
  deployment: Deployment,
  before: number | undefined,
  after: number | undefined,
  log: (line: string) => void,
): void {
  if (before === undefined || after === undefined) {
    log('memory is not judged: this system has no /proc');
    return;
  }
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  log(`memory ${mebibytes(before)} before, ${mebibytes(after)} with ${BACKLOG_RECORDS} records waiting`);
  if (after - before > MEMORY_GROWTH_LIMIT_BYTES) {
    deployment.incident(
      `memory grew from ${mebibytes(before)} to ${mebibytes(after)}; the limit is ${mebibytes(MEMORY_GROWTH_LIMIT_BYTES)} more`,
    );
  }
}

function writesOf({ workers }: Deployment): Requests {
  return { workers, apiKeys: [API.produce] };
}

export const dnsFailure: Scenario = {
  name: 'dns-failure',
  title:
    "all connections break and the brokers' name cannot be looked up for a while (getaddrinfo fails in the process)",
  touches: 'one deployment',
  rounds: { quick: 1, full: 5 },
  quickDeliveries: AT_LEAST_ONCE,
  workers: 1,
  async run(stage) {
    const deployment = only(stage);
    for (let round = 0; round < stage.rounds; round++) {
      await deployment.progress();
      const [worker] = deployment.running;
      const startMs = Date.now();
      deployment.faultBegins();
      await deployment.failDns();
      for (const { proxy } of stage.testbed.nodes) proxy.cutConnections(worker!.name);
      const seconds = stage.random.between(3, 8);
      stage.log(`no name can be looked up for ${seconds} s`);
      await worker!.logged('look-up-failed', startMs);
      await sleep(seconds * 1_000);
      await deployment.mendDns();
      await deployment.recovered('names could be looked up again');
    }
  },
};
