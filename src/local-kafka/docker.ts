/** A Kafka broker in a container, by testcontainers (a development dependency: absent in an installed program). */

import { statSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, TriageError } from '../errors.ts';
import { confluentVariable, SINGLE_BROKER } from './broker-config.ts';
import type { Environment, LaunchOptions, LocalKafka } from './local-kafka.ts';
import { answers } from './ports.ts';

/** testcontainers can run Confluent's images only, not `apache/kafka`. */
const IMAGE = 'confluentinc/cp-kafka:8.2.1';
/** The Apache Kafka line in that image: Confluent Platform 8.n holds Kafka 4.n. */
const IMAGE_KAFKA_VERSION = '4.2';
const PING_LIMIT_MS = 2_000;
/** Pulling half a gigabyte and starting. */
const START_LIMIT_MS = 300_000;
const ADVICE = 'start Docker, or set DOCKER_HOST if its engine is elsewhere';

/**
 * Starts the container; testcontainers removes it even when this process is killed.
 * @throws {TriageError} `transport`: no engine (known within 2 s), no testcontainers, or no image.
 */
export async function startInDocker(options: LaunchOptions): Promise<LocalKafka> {
  const problem = await dockerProblem(options.env);
  if (problem !== undefined) throw new TriageError('transport', problem);
  const { KafkaContainer } = await importTestcontainers();
  options.log(`Starting ${IMAGE} in Docker (the first time, the image is pulled) ...`);
  const properties = { ...SINGLE_BROKER, ...options.brokerConfig };
  const environment = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [confluentVariable(name), value]),
  );
  try {
    const starting = new KafkaContainer(IMAGE).withKraft().withEnvironment(environment).start();
    const container = await within(START_LIMIT_MS, starting);
    const address = `${container.getHost()}:${container.getMappedPort(9093)}`;
    options.log(`Apache Kafka ${IMAGE_KAFKA_VERSION} is ready at ${address}`);
    let stopped: Promise<void> | undefined;
    return {
      brokers: [address],
      kind: 'docker',
      version: IMAGE_KAFKA_VERSION,
      stop: () => {
        stopped ??= container.stop().then(() => undefined);
        return stopped;
      },
    };
  } catch (error) {
    throw new TriageError(
      'transport',
      `Docker answers, but ${IMAGE} cannot be started: ${messageOf(error).slice(0, 500)}. ` +
        `Try \`docker pull ${IMAGE}\`; it needs a way to the container registry.`,
      { cause: error },
    );
  }
}

/** Why no Docker engine can be used, `undefined` if one answers. Takes 2 s at most. */
export async function dockerProblem(env: Environment): Promise<string | undefined> {
  const host = env.DOCKER_HOST;
  if (host !== undefined && host !== '') {
    const reached = await engineAt(host, env);
    return reached ? undefined : `no Docker engine answers at DOCKER_HOST=${host}: ${ADVICE}.`;
  }
  const sockets = socketCandidates(env);
  const present = sockets.filter(isSocket);
  if (present.length === 0) {
    return `no Docker engine was found (DOCKER_HOST is not set, there is no socket ${sockets.join(' or ')}): ${ADVICE}.`;
  }
  for (const socketPath of present) {
    if (await ping({ socketPath })) return undefined;
  }
  return `the Docker engine does not answer at ${present.join(' or ')} (is it running, and may you use it?): ${ADVICE}.`;
}

async function engineAt(host: string, env: Environment): Promise<boolean> {
  const url = URL.parse(host);
  if (url === null) return false;
  if (url.protocol === 'unix:' || url.protocol === 'npipe:') return ping({ socketPath: url.pathname });
  const port = Number(url.port || 2375);
  // Behind TLS only testcontainers, which reads the certificates, can ask more than whether the port is open.
  if (env.DOCKER_TLS_VERIFY || url.protocol === 'https:') return answers(`${url.hostname}:${port}`, PING_LIMIT_MS);
  return ping({ host: url.hostname, port });
}

/** The places where testcontainers looks, too. */
function socketCandidates(env: Environment): string[] {
  if (process.platform === 'win32') return ['//./pipe/docker_engine'];
  const home = env.HOME || homedir();
  const runtime = env.XDG_RUNTIME_DIR;
  return [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
  ];
}

function isSocket(path: string): boolean {
  if (process.platform === 'win32') return true;
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

function ping(where: { socketPath: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ ...where, path: '/_ping', signal: AbortSignal.timeout(PING_LIMIT_MS) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.once('error', () => resolve(false));
    call.end();
  });
}

async function importTestcontainers(): Promise<typeof import('@testcontainers/kafka')> {
  try {
    return await import('@testcontainers/kafka');
  } catch (error) {
    throw new TriageError(
      'transport',
      `Docker answers, but @testcontainers/kafka cannot be loaded (${messageOf(error).split('\n', 1)[0]}). ` +
        'It is a development dependency and needs Node 22.22 or newer: run `npm install` in a checkout.',
      { cause: error },
    );
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready after ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
