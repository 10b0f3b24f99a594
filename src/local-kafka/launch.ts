/**
 * Gives a real Kafka broker to the demo and to the tests: one that already runs, one from Kafka's own jars, or one in
 * Docker, whichever this machine has.
 *
 * Folder rule: `local-kafka/` imports `errors.ts` and nothing else of this program; only `commands/demo` and tests
 * import it. It never reads the environment itself, with one exception it cannot help: testcontainers reads
 * `process.env` to find the Docker engine.
 */

import { messageOf, TriageError } from '../errors.ts';
import { startBroker } from './broker.ts';
import { startInDocker } from './docker.ts';
import { archiveFileFor, cachedJars, cacheFolder, fetchJars, findMaven, KAFKA_VERSION } from './jars.ts';
import { findJava } from './java.ts';
import type { Environment, KafkaKind, LaunchOptions, LocalKafka } from './local-kafka.ts';
import { answers } from './ports.ts';

/** Nobody's own broker is used for the demo: it writes into topics. */
export const DEMO_ORDER: readonly KafkaKind[] = ['jars', 'docker'];
export const TEST_ORDER: readonly KafkaKind[] = ['external', 'docker', 'jars'];

/** Comma-separated `host:port` list of a running broker that tests may use. */
export const EXTERNAL_BROKERS_VARIABLE = 'TRIAGE_TEST_BROKERS';

/**
 * Resolves when the broker takes requests. An unused way costs next to nothing; a first launch downloads 44 MB (jars)
 * or pulls images (docker).
 * @throws {TriageError} `transport`, naming for each way what is missing and how to mend it. A given external broker
 * that does not answer is an error at once: another broker in its place would not be what was asked for.
 */
export async function launchKafka(options: LaunchOptions): Promise<LocalKafka> {
  const order = options.order ?? DEMO_ORDER;
  const reasons: string[] = [];
  for (const kind of order) {
    if (kind === 'external' && externalBrokers(options.env).length > 0) return useExternal(options);
    try {
      return await WAYS[kind](options);
    } catch (error) {
      const reason = messageOf(error);
      reasons.push(`  ${kind}: ${reason}`);
      if (kind !== 'external' && kind !== order.at(-1)) options.log(`No Kafka by way of ${kind}: ${firstLine(reason)}`);
    }
  }
  throw new TriageError(
    'transport',
    `No Kafka broker can be started on this machine; one of these ways is needed:\n${reasons.join('\n')}`,
  );
}

const WAYS: Record<KafkaKind, (options: LaunchOptions) => Promise<LocalKafka>> = {
  external: useExternal,
  jars: launchFromJars,
  docker: startInDocker,
};

async function useExternal({ env, log }: LaunchOptions): Promise<LocalKafka> {
  const brokers = externalBrokers(env);
  if (brokers.length === 0) {
    throw new TriageError('transport', `${EXTERNAL_BROKERS_VARIABLE} is not set (example: 127.0.0.1:9092).`);
  }
  const reached = await Promise.all(brokers.map((broker) => answers(broker)));
  if (!reached.includes(true)) {
    throw new TriageError(
      'transport',
      `${EXTERNAL_BROKERS_VARIABLE} names ${brokers.join(', ')}, but no broker takes connections there. ` +
        `Start it, or unset ${EXTERNAL_BROKERS_VARIABLE} so that another way is tried.`,
    );
  }
  log(`Using the running Kafka at ${brokers.join(', ')}`);
  return { brokers, kind: 'external', stop: async () => undefined };
}

export interface KafkaRuntime {
  /** Path of the `java` program. */
  readonly java: string;
  readonly javaMajor: number;
  readonly jars: readonly string[];
  /** See class-archive.ts; need not exist. */
  readonly archiveFile: string;
}

/**
 * Java and Kafka's jars, which are fetched once if Maven is there.
 * @throws {TriageError} `transport`, naming what is missing and how to mend it.
 */
export async function findKafkaRuntime({ env, log }: Pick<LaunchOptions, 'env' | 'log'>): Promise<KafkaRuntime> {
  const java = await findJava(env);
  const folder = cacheFolder(env);
  const cached = await cachedJars(folder);
  const maven = cached === undefined ? findMaven(env) : undefined;
  const problems: string[] = [];
  if (!java.found) problems.push(java.problem);
  if (cached === undefined && maven === undefined) {
    problems.push(
      `Maven, which fetches the Kafka ${KAFKA_VERSION} jars once, was not found (no \`mvn\` on the PATH): ` +
        'install it (`apt install maven`, `brew install maven`).',
    );
  }
  if (!java.found || (cached === undefined && maven === undefined)) {
    throw new TriageError('transport', problems.join(' '));
  }
  const jars = cached ?? (await fetchJars({ folder, maven: maven ?? '', env, log }));
  return { java: java.path, javaMajor: java.major, jars, archiveFile: archiveFileFor(folder, java.fingerprint) };
}

async function launchFromJars(options: LaunchOptions): Promise<LocalKafka> {
  const { env, log } = options;
  const { java, javaMajor, jars, archiveFile } = await findKafkaRuntime(options);
  log(`Starting Apache Kafka ${KAFKA_VERSION} (Java ${javaMajor}) ...`);
  const startedAtMs = performance.now();
  const broker = await startBroker({
    java,
    jars,
    archiveFile,
    env,
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.brokerConfig === undefined ? {} : { brokerConfig: options.brokerConfig }),
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  log(`Apache Kafka ${KAFKA_VERSION} is ready at ${broker.address} (${seconds} s)`);
  return {
    brokers: [broker.address],
    kind: 'jars',
    version: KAFKA_VERSION,
    get pid() {
      return broker.pid;
    },
    stop: broker.stop,
    kill: broker.kill,
    restart: broker.restart,
  };
}

function externalBrokers(env: Environment): string[] {
  const names = (env[EXTERNAL_BROKERS_VARIABLE] ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
