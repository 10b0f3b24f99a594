/** What the tests of this folder share. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { onTestFinished } from 'vitest';

export const silent = (): void => undefined;

export function kafkaAt(brokers: string[]): Kafka {
  return new Kafka({ brokers, clientId: 'local-kafka-test', logLevel: logLevel.NOTHING, retry: { retries: 2 } });
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until `condition` holds; the limit (10 s) is a bound on a hang, not an expectation. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`after 10 s still not: ${what}`);
    await sleep(20);
  }
}

/** A folder that is removed at the end of the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connector-triage-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates `topic`, writes `values` to it and closes the connections. */
export async function produce(brokers: string[], topic: string, values: readonly string[]): Promise<void> {
  const kafka = kafkaAt(brokers);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

/** Reads the first `count` values of `topic` with a consumer group. */
export async function consume(brokers: string[], topic: string, count: number): Promise<string[]> {
  const consumer = kafkaAt(brokers).consumer({ groupId: `${topic}-${Date.now()}` });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      values.push(String(message.value));
      if (values.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}
