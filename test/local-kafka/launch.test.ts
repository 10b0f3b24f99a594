import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TriageError } from '../../src/errors.ts';
import { dockerProblem } from '../../src/local-kafka/docker.ts';
import { findJava, javaMajorOf } from '../../src/local-kafka/java.ts';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import type { Environment, KafkaKind } from '../../src/local-kafka/local-kafka.ts';
import { silent, temporaryFolder } from './support.ts';

/** DOCKER_HOST names a port where nothing listens, so that an engine on the testing machine plays no part. */
const NO_DOCKER = 'tcp://127.0.0.1:1';

async function refusal(env: Environment, order?: readonly KafkaKind[]): Promise<TriageError> {
  const outcome = await launchKafka({ env, log: silent, ...(order === undefined ? {} : { order }) }).catch(
    (error: unknown) => error,
  );
  if (!(outcome instanceof TriageError)) throw new Error('expected a TriageError');
  return outcome;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A folder with a `java` that answers `-version` with the given text. */
async function javaThatSays(text: string): Promise<string> {
  const home = await temporaryFolder();
  await mkdir(join(home, 'bin'));
  await writeFile(join(home, 'bin', 'java'), `#!/bin/sh\necho '${text}' >&2\n`);
  await chmod(join(home, 'bin', 'java'), 0o755);
  return home;
}

test('with nothing on the machine, every way is named with what it lacks and how to mend it', async () => {
  const home = await temporaryFolder();
  const error = await refusal({ PATH: '', HOME: home, DOCKER_HOST: NO_DOCKER }, ['external', 'docker', 'jars']);
  expect(error.kind).toBe('transport');
  expect(error.message).toContain('external: TRIAGE_TEST_BROKERS is not set');
  expect(error.message).toContain(`docker: no Docker engine answers at DOCKER_HOST=${NO_DOCKER}: start Docker`);
  expect(error.message).toContain('jars: Java was not found (JAVA_HOME is not set, no `java` on the PATH): install');
  expect(error.message).toContain('Maven, which fetches the Kafka 4.3.1 jars once, was not found');
});

test('without an order, a running broker is not used: the demo writes topics', async () => {
  const home = await temporaryFolder();
  const env = { PATH: '', HOME: home, DOCKER_HOST: NO_DOCKER, TRIAGE_TEST_BROKERS: '127.0.0.1:1' };
  expect((await refusal(env)).message).not.toContain('TRIAGE_TEST_BROKERS');
});

test('a Java that is too old is named with its version', async () => {
  const home = await javaThatSays('openjdk version "11.0.20" 2023-07-18');
  const error = await refusal({ PATH: '', JAVA_HOME: home, HOME: home }, ['jars']);
  expect(error.message).toContain(`${join(home, 'bin', 'java')} is Java 11`);
});

test('a Java on the PATH is taken when that of JAVA_HOME is too old', async () => {
  const old = await javaThatSays('openjdk version "11.0.20" 2023-07-18');
  const current = await javaThatSays('openjdk version "21.0.2" 2024-01-16');
  const found = await findJava({ JAVA_HOME: old, PATH: `${join(current, 'bin')}${delimiter}/usr/bin${delimiter}/bin` });
  expect(found).toMatchObject({ found: true, path: join(current, 'bin', 'java'), major: 21 });
});

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_412"', 8],
  ['openjdk version "26" 2026-03-17', 26],
  ['openjdk version "22-ea" 2024-03-19', 22],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
])('the Java release in %j is %s', (output, major) => {
  expect(javaMajorOf(output)).toBe(major);
});

test('a running broker is used as it is, and stop leaves it alone', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  const env = { TRIAGE_TEST_BROKERS: ` 127.0.0.1:1 , 127.0.0.1:${port}` };
  const kafka = await launchKafka({ order: ['external'], env, log: silent });
  expect(kafka).toMatchObject({ kind: 'external', brokers: ['127.0.0.1:1', `127.0.0.1:${port}`] });
  await kafka.stop();
  expect(server.listening).toBe(true);
});

test.each(['127.0.0.1:1', 'nonsense', 'host:99999'])(
  'a named broker %s that does not answer is an error at once, not a reason for another way',
  async (brokers) => {
    const error = await refusal({ ...process.env, TRIAGE_TEST_BROKERS: brokers }, ['external', 'jars']);
    expect(error.message).toContain(`TRIAGE_TEST_BROKERS names ${brokers}, but no broker takes connections there`);
  },
);

test('a Docker engine that takes connections and says nothing is given up', async () => {
  const port = await listen(createTcpServer());
  expect(await dockerProblem({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toContain('no Docker engine answers');
});

test('a Docker engine that answers its ping is found, by port and by socket', async () => {
  const byPort = createServer((_, response) => response.end('OK'));
  expect(await dockerProblem({ DOCKER_HOST: `tcp://127.0.0.1:${await listen(byPort)}` })).toBeUndefined();
  const socket = join(await temporaryFolder(), 'docker.sock');
  const bySocket = createServer((_, response) => response.end('OK'));
  await new Promise<void>((resolve) => bySocket.listen(socket, resolve));
  onTestFinished(() => void bySocket.close());
  expect(await dockerProblem({ DOCKER_HOST: `unix://${socket}` })).toBeUndefined();
});
