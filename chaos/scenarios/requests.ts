/** Faults of single requests, on their way from some processes to the brokers. */

import type { Treatment } from '../proxy.ts';
import type { Testbed } from '../testbed.ts';
import { until } from '../until.ts';
import type { Worker } from '../worker.ts';

const APPLIED_LIMIT_MS = 30_000;

/** Requests of these kinds (`API` in wire.ts), of these processes only. */
export interface Requests {
  readonly workers: readonly Worker[];
  readonly apiKeys: readonly number[];
}

/** Treats such requests until `lift`. Resolves once one was met: a fault that met nothing would show nothing. */
export async function meetRequests(
  testbed: Testbed,
  { workers, apiKeys }: Requests,
  treatment: Treatment,
): Promise<{ lift: () => void }> {
  const names = new Set(workers.map(({ name }) => name));
  let met = 0;
  const lift = testbed.addRule({
    applies: ({ clientId, apiKey }) => apiKeys.includes(apiKey) && names.has(clientId),
    treatment,
    onApplied: () => {
      met += 1;
    },
  });
  try {
    await until(`a request to ${treatment.kind} of ${[...names].join(', ')}`, APPLIED_LIMIT_MS, () => met > 0);
  } catch (error) {
    lift();
    throw error;
  }
  return { lift };
}
