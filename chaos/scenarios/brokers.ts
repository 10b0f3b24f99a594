/** Faults of the cluster, which meet every deployment. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../deployment.ts';
import { OFFSETS_TOPIC } from '../read-history.ts';
import type { Node } from '../testbed.ts';
import { until } from '../until.ts';
import { BOTH, type Scenario, type Stage } from './scenario.ts';

const SHOWN_LIMIT_MS = 10_000;

export const brokerKill: Scenario = {
  name: 'broker-kill',
  title: 'kill -9 of the broker that leads the output or coordinates the group, and restart',
  touches: 'the cluster',
  rounds: { quick: 1, full: 10 },
  quickDeliveries: BOTH,
  workers: 1,
  async run(stage) {
    await faultsOfOne(stage, {
      begin: (node) => stage.testbed.kill(node),
      lastsMs: () => stage.random.between(500, 8_000),
      end: (node) => stage.testbed.restart(node),
    });
  },
};

export const brokerSuspended: Scenario = {
  name: 'broker-suspended',
  title: 'SIGSTOP of such a broker until the others take it for dead, then SIGCONT',
  touches: 'the cluster',
  rounds: { quick: 1, full: 3 },
  quickDeliveries: BOTH,
  workers: 1,
  async run(stage) {
    await faultsOfOne(stage, {
      begin: async (node) => stage.testbed.suspend(node),
      lastsMs: () => stage.testbed.brokerSessionMs + stage.random.between(1_000, 3_000),
      shown: (node) => stage.testbed.deposed(node, topicsOf(stage.deployments)),
      end: async (node) => stage.testbed.resume(node),
    });
  },
};

export const brokerCutOff: Scenario = {
  name: 'broker-cut-off',
  title: 'such a broker cannot be reached by clients, while the other brokers see it well (frozen at its proxy)',
  touches: 'the cluster',
  rounds: { quick: 1, full: 3 },
  quickDeliveries: BOTH,
  workers: 1,
  async run(stage) {
    await faultsOfOne(stage, {
      begin: async ({ proxy }) => proxy.freeze(),
      lastsMs: () => stage.random.between(4_000, 10_000),
      shown: ({ proxy, id }) => until(`a process waits for broker ${id}`, SHOWN_LIMIT_MS, () => proxy.connections > 0),
      end: async ({ proxy }) => proxy.thaw(),
    });
  },
};

export const allBrokersDown: Scenario = {
  name: 'all-brokers-down',
  title: 'kill -9 of all brokers, and restart after a while',
  touches: 'the cluster',
  rounds: { quick: 1, full: 3 },
  quickDeliveries: BOTH,
  workers: 2,
  async run(stage) {
    const { testbed, deployments } = stage;
    for (let round = 0; round < stage.rounds; round++) {
      await everywhere(deployments, (deployment) => deployment.progress());
      await testbed.whole(topicsOf(deployments));
      for (const deployment of deployments) deployment.faultBegins();
      await Promise.all(testbed.nodes.map((node) => testbed.kill(node)));
      stage.log(`all brokers are down (${round + 1} of ${stage.rounds})`);
      await sleep(stage.random.between(2_000, 6_000));
      await Promise.all(testbed.nodes.map((node) => testbed.restart(node)));
      stage.log('all brokers are back');
      await everywhere(deployments, (deployment) => deployment.recovered('the brokers were back'));
    }
    await testbed.whole(topicsOf(deployments));
  },
};

interface Fault {
  readonly begin: (node: Node) => Promise<void>;
  readonly lastsMs: () => number;
  /** Resolves once the fault has met somebody, where it does not go without saying. */
  readonly shown?: (node: Node) => Promise<void>;
  readonly end: (node: Node) => Promise<void>;
}

/** The broker whose loss hurts most at that moment is hit: leaders move, and are followed. */
async function faultsOfOne(stage: Stage, fault: Fault): Promise<void> {
  const { testbed, deployments, random, log } = stage;
  for (let round = 0; round < stage.rounds; round++) {
    await everywhere(deployments, (deployment) => deployment.progress());
    await testbed.whole(topicsOf(deployments));
    const target = random.pick(deployments);
    const isCoordinator = random.chance(0.5);
    const node = isCoordinator
      ? await testbed.coordinatorOf(target.groupId)
      : await testbed.leaderOf(target.topics.output, 0);
    const seconds = fault.lastsMs() / 1000;
    const role = isCoordinator ? 'coordinator of' : 'leader of the output of';
    log(`broker ${node.id}, ${role} ${target.groupId}: ${seconds.toFixed(1)} s (${round + 1} of ${stage.rounds})`);
    for (const deployment of deployments) deployment.faultBegins();
    await fault.begin(node);
    try {
      await sleep(seconds * 1_000);
      await fault.shown?.(node);
    } finally {
      await fault.end(node);
    }
    log(`broker ${node.id} is back`);
    await everywhere(deployments, (deployment) => deployment.recovered(`the return of broker ${node.id}`));
  }
  await testbed.whole(topicsOf(deployments));
}

function topicsOf(deployments: readonly Deployment[]): string[] {
  return [OFFSETS_TOPIC, ...deployments.flatMap(({ topics }) => Object.values(topics))];
}

async function everywhere(
  deployments: readonly Deployment[],
  act: (deployment: Deployment) => Promise<void>,
): Promise<void> {
  await Promise.all(deployments.map(act));
}
