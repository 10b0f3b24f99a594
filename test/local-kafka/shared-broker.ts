/**
 * vitest `globalSetup`: one broker for the whole run. A test reads its address with `inject('brokers')`.
 * Without a broker the run fails with the sentence of `launchKafka`; nothing is ever skipped for lack of one.
 */

import type { TestProject } from 'vitest/node';
import { launchKafka, TEST_ORDER } from '../../src/local-kafka/launch.ts';
import type { LocalKafka } from '../../src/local-kafka/local-kafka.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of each bootstrap broker. The broker is shared: use topics and groups with names of your own. */
    brokers: string[];
  }
}

let kafka: LocalKafka | undefined;

export async function setup(project: TestProject): Promise<void> {
  kafka = await launchKafka({ order: TEST_ORDER, env: process.env, log: (line) => project.vitest.logger.log(line) });
  project.provide('brokers', kafka.brokers);
}

export async function teardown(): Promise<void> {
  await kafka?.stop();
}
