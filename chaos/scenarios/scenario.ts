import type { Random } from '../../src/demo/random.ts';
import type { Deployment } from '../deployment.ts';
import type { Delivery } from '../history.ts';
import type { Testbed } from '../testbed.ts';

export type Effort = 'quick' | 'full';

export const AT_LEAST_ONCE: readonly Delivery[] = ['at-least-once'];
export const EXACTLY_ONCE: readonly Delivery[] = ['exactly-once'];
export const BOTH: readonly Delivery[] = [...AT_LEAST_ONCE, ...EXACTLY_ONCE];

export interface Scenario {
  readonly name: string;
  /** What is done to it, for the table's reader. */
  readonly title: string;
  /** Faults of the cluster meet all deployments at once; other scenarios may run side by side. */
  readonly touches: 'one deployment' | 'the cluster';
  /** How often the fault is injected. 0: not part of that run. */
  readonly rounds: Readonly<Record<Effort, number>>;
  /** For which guarantees `--quick` runs it: each fault meets at least one, what differs between them meets both. */
  readonly quickDeliveries: readonly Delivery[];
  readonly workers: number;
  /** Records per second; default 400. */
  readonly rate?: number;
  /** The default of the program instead of the shortest session timeout. */
  readonly defaultSession?: boolean;
  /** Settings other than the defaults, as the environment has them. */
  readonly settings?: Readonly<Record<string, string>>;
  run(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly testbed: Testbed;
  /** One, or one per delivery guarantee where the fault touches the cluster. */
  readonly deployments: readonly Deployment[];
  readonly rounds: number;
  readonly random: Random;
  readonly log: (line: string) => void;
}

/** The deployment of a scenario that touches only one. */
export function only({ deployments }: Stage): Deployment {
  const [deployment] = deployments;
  if (deployment === undefined || deployments.length > 1) throw new Error('expected one deployment');
  return deployment;
}
