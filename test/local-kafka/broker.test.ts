import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { chmod, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Broker, startBroker } from '../../src/local-kafka/broker.ts';
import { cachedJars, cacheFolder } from '../../src/local-kafka/jars.ts';
import { findJava } from '../../src/local-kafka/java.ts';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import type { LocalKafka } from '../../src/local-kafka/local-kafka.ts';
import { freePort } from '../../src/local-kafka/ports.ts';
import { consume, eventually, isAlive, kafkaAt, produce, silent, temporaryFolder } from './support.ts';

/** Launches with `folder` as the place for temporary files, so that a test can see what is left there. */
async function launchIn(folder: string, more: { dataDir?: string; port?: number } = {}): Promise<LocalKafka> {
  const env = { ...process.env, TMPDIR: folder };
  const kafka = await launchKafka({ order: ['jars'], env, log: silent, ...more });
  onTestFinished(() => kafka.stop());
  return kafka;
}

describe('a broker from the jars', () => {
  let kafka: LocalKafka;
  beforeAll(async () => {
    kafka = await launchKafka({ order: ['jars'], env: process.env, log: silent });
  });
  afterAll(() => kafka.stop());

  test('says what it is', () => {
    expect(kafka).toMatchObject({ kind: 'jars', version: '4.3.1' });
    expect(kafka.brokers).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  });

  test('takes a topic, records and a consumer group', async () => {
    await produce(kafka.brokers, 'round-trip', ['a', 'b', 'c']);
    expect(await consume(kafka.brokers, 'round-trip', 3)).toEqual(['a', 'b', 'c']);
  });

  test('takes a transaction', async () => {
    await produce(kafka.brokers, 'transactional', []);
    const producer = kafkaAt(kafka.brokers).producer({
      transactionalId: 't',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'transactional', messages: [{ value: 'x' }] });
    await transaction.commit();
    await producer.disconnect();
    expect(await consume(kafka.brokers, 'transactional', 1)).toEqual(['x']);
  });

  test('makes no topic that nobody created', async () => {
    const admin = kafkaAt(kafka.brokers).admin();
    await admin.connect();
    await expect(admin.fetchTopicMetadata({ topics: ['never-created'] })).rejects.toThrow(/does not host/);
    expect(await admin.listTopics()).not.toContain('never-created');
    await admin.disconnect();
  });
});

describe('the life of the process', () => {
  test('a cluster id that begins with a hyphen is an id, not a flag', async () => {
    const java = await findJava(process.env);
    const jars = await cachedJars(cacheFolder(process.env));
    if (!java.found || jars === undefined) throw new Error('the launch before this test must have found both');
    const broker = await startBroker({ java: java.path, jars, env: process.env, clusterId: '-Q8p3mZlT0a1b2c3d4e5fg' });
    onTestFinished(() => broker.stop());
    const admin = kafkaAt([broker.address]).admin();
    await admin.connect();
    expect((await admin.describeCluster()).clusterId).toBe('-Q8p3mZlT0a1b2c3d4e5fg');
    await admin.disconnect();
  });

  test('stop leaves no process and no data, and may be called twice', async () => {
    const folder = await temporaryFolder();
    const kafka = await launchIn(folder);
    const pid = kafka.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(1);
    await Promise.all([kafka.stop(), kafka.stop()]);
    expect(isAlive(pid)).toBe(false);
    expect(kafka.pid).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a SIGKILL of the parent leaves no process and no data', async () => {
    const folder = await temporaryFolder();
    const program = fileURLToPath(new URL('./launch-and-wait.ts', import.meta.url));
    const parent = spawn(process.execPath, [program], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the JVM is gone', () => !isAlive(pid));
    await eventually('the data is gone', () => readdirSync(folder).length === 0);
  });

  test('a SIGKILL while it starts leaves no data either', async () => {
    const folder = await temporaryFolder();
    const program = fileURLToPath(new URL('./launch-and-wait.ts', import.meta.url));
    const parent = spawn(process.execPath, [program], { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const log = (): string | undefined => readdirSync(folder)[0];
    // Its first words: before that nobody may be there yet to clear up.
    const words = () => statSync(join(folder, log() ?? 'nothing', 'broker.log'), { throwIfNoEntry: false })?.size ?? 0;
    await eventually('it starts', () => words() > 0);
    parent.kill('SIGKILL');
    await eventually('the data is gone', () => readdirSync(folder).length === 0);
  });

  test('restart after kill keeps address and records', async () => {
    const kafka = await launchIn(await temporaryFolder());
    const address = [...kafka.brokers];
    const firstPid = kafka.pid ?? 0;
    await produce(kafka.brokers, 'kept', ['before']);
    await kafka.kill?.();
    expect(isAlive(firstPid)).toBe(false);
    await kafka.restart?.();
    expect(kafka.pid).not.toBe(firstPid);
    expect(kafka.brokers).toEqual(address);
    expect(await consume(kafka.brokers, 'kept', 1)).toEqual(['before']);
  });

  test('a data folder of ours is kept and taken up again', async () => {
    const folder = await temporaryFolder();
    const dataDir = join(folder, 'mine');
    const first = await launchIn(folder, { dataDir });
    await produce(first.brokers, 'kept', ['before']);
    await first.stop();
    const second = await launchIn(folder, { dataDir });
    expect(await consume(second.brokers, 'kept', 1)).toEqual(['before']);
  });

  test('a port in use is named in the error, with what the log says', async () => {
    const folder = await temporaryFolder();
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await once(squatter, 'listening');
    const launch = launchIn(folder, { port });
    await expect(launch).rejects.toMatchObject({ kind: 'transport', message: expect.stringContaining(`port ${port}`) });
    await expect(launch).rejects.toThrow(/Address already in use/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a damaged class archive costs a second, not the start, and is replaced', async () => {
  const folder = await temporaryFolder();
  const archiveFile = join(folder, 'classes.jsa');
  const java = await findJava(process.env);
  const jars = await cachedJars(cacheFolder(process.env));
  if (!java.found || jars === undefined) throw new Error('the tests above have launched from the jars');
  const start = (): Promise<Broker> => startBroker({ java: java.path, jars, env: process.env, archiveFile });
  await (await start()).stop();
  const whole = statSync(archiveFile);
  await chmod(archiveFile, 0o644);
  await truncate(archiveFile, whole.size / 2);
  await (await start()).stop();
  expect(statSync(archiveFile).size).toBeGreaterThan(whole.size / 2);
});
