/**
 * A real schema registry for tests: Apicurio Registry, fetched once by Maven into the cache of the Kafka jars. It needs Java
 * 21, while Kafka needs 17: where none is found, CI fails and everybody else is told what is skipped.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findOnPath, isExecutable, runCommand } from '../../src/local-kafka/commands.ts';
import { startGuarded } from '../../src/local-kafka/guarded-process.ts';
import { cacheFolder, findMaven, shortMavenError } from '../../src/local-kafka/jars.ts';
import { javaMajorOf } from '../../src/local-kafka/java.ts';
import { freePort } from '../../src/local-kafka/ports.ts';

const VERSION = '3.3.3';
const ARTIFACT = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
const JAVA_MAJOR_MIN = 21;
const FETCH_LIMIT_MS = 600_000;
const START_LIMIT_MS = 300_000;
const POLL_MS = 100;

export interface Apicurio {
  /** With the path of Confluent's API. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Path of a `java` that is new enough, or the sentence that says what there is instead. */
export async function findJava21(): Promise<{ readonly path: string } | { readonly problem: string }> {
  const found: string[] = [];
  for (const path of candidates()) {
    const { code, output } = await runCommand(path, ['-version'], { env: process.env, limitMs: 15_000 });
    const major = code === 0 ? javaMajorOf(output) : undefined;
    if (major !== undefined && major >= JAVA_MAJOR_MIN) return { path };
    found.push(`${path} is Java ${major ?? 'of an unknown version'}`);
  }
  const there = found.length === 0 ? 'there is no Java' : found.join(', ');
  return {
    problem: `the tests with a real schema registry need Java ${JAVA_MAJOR_MIN} or newer (${there}): install it, or set JAVA_HOME`,
  };
}

/** @throws {Error} when it cannot be fetched or does not start. */
export async function startApicurio(java: string): Promise<Apicurio> {
  const home = await fetched();
  const folder = await mkdtemp(join(tmpdir(), 'connector-triage-registry-'));
  const [port, managementPort] = [await freePort(), await freePort()];
  const logFile = join(folder, 'registry.log');
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': managementPort,
    'user.home': folder,
  };
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m', `-Djava.io.tmpdir=${folder}`];
  const properties = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const guarded = startGuarded(
    {
      command: java,
      steps: [[...flags, ...properties, '-jar', join(home, 'quarkus-run.jar')]],
      removeWhenOrphaned: folder,
    },
    { env: process.env, logFile },
  );
  const stop = async () => {
    guarded.signal('SIGKILL');
    await guarded.ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (!(await answers(`${url}/schemas/types`))) {
    if (guarded.exit === undefined && performance.now() < deadlineMs) {
      await delay(POLL_MS);
      continue;
    }
    const log = readFileSync(logFile, 'utf8').split('\n').slice(-10).join('\n');
    const how = guarded.exit ?? `not ready after ${START_LIMIT_MS / 1_000} s`;
    await stop();
    throw new Error(`Apicurio Registry did not start (${how}):\n${log}`);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The folder of the unpacked program; it appears by one rename, so that half a download never passes for a whole one. */
async function fetched(): Promise<string> {
  const cache = dirname(cacheFolder(process.env));
  const home = join(cache, `apicurio-registry-${VERSION}`);
  if (existsSync(home)) return home;
  const maven = findMaven(process.env);
  if (maven === undefined)
    throw new Error('Maven, which fetches Apicurio Registry once, was not found: install it (apt install maven)');
  console.log(`Fetching Apicurio Registry ${VERSION} (159 MB, once) into ${home} ...`);
  const draft = `${home}.${randomUUID()}.partial`;
  await mkdir(draft, { recursive: true });
  try {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    await run(maven, ['-q', '-B', '-C', goal, `-Dartifact=${ARTIFACT}`, '-DoutputDirectory=.'], draft);
    const archive = `apicurio-registry-app-${VERSION}-all.tar.gz`;
    await run(findOnPath('tar', process.env) ?? 'tar', ['xzf', archive], draft);
    await rm(join(draft, archive));
    // Another process may have put it there meanwhile.
    if (!existsSync(home)) await rename(draft, home);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}

async function run(path: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand(path, args, { env: process.env, cwd, limitMs: FETCH_LIMIT_MS });
  if (code !== 0) throw new Error(`${path} failed (exit code ${code}): ${shortMavenError(output)}`);
}

function candidates(): string[] {
  const home = process.env.JAVA_HOME ?? '';
  const installed = '/usr/lib/jvm';
  const folders = existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name)) : [];
  const onPath = findOnPath('java', process.env);
  const paths = [...(home === '' ? [] : [home]), ...folders].map((folder) => join(folder, 'bin', 'java'));
  return [...new Set([...paths, ...(onPath === undefined ? [] : [onPath])])].filter(isExecutable);
}
