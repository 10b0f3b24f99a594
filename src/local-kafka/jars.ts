/**
 * The jars of Apache Kafka, fetched once by Maven into the user's cache folder.
 *
 * Invariant: the folder appears by one rename of a finished download, and it names its jars and their sizes in a
 * manifest. So an interrupted download, two processes at once or a jar deleted later never pass for a full set.
 */

import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, TriageError } from '../errors.ts';
import { findOnPath, runCommand } from './commands.ts';
import type { Environment } from './local-kafka.ts';

/** The version in pom.xml; a test compares the two. */
export const KAFKA_VERSION = '4.3.1';

const POM = new URL('./pom.xml', import.meta.url);
const MANIFEST = 'manifest.json';
const DOWNLOAD_LIMIT_MS = 600_000;
/** A download in progress is never older than this; what is older was left by a process that died. */
const LEFTOVER_AGE_MS = 2 * DOWNLOAD_LIMIT_MS;

interface Manifest {
  /** SHA-256 of the pom.xml that was resolved. */
  readonly pom: string;
  /** Bytes by file name in `lib/`. */
  readonly jars: Readonly<Record<string, number>>;
}

/** The folder of this Kafka version in the user's cache: XDG_CACHE_HOME, or what the operating system has for that. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const home = env.HOME || homedir();
  const place = (): string => {
    if (platform === 'darwin') return join(home, 'Library', 'Caches');
    if (platform === 'win32') return env.LOCALAPPDATA || join(home, 'AppData', 'Local');
    return join(home, '.cache');
  };
  return join(env.XDG_CACHE_HOME || place(), 'connector-triage', `kafka-${KAFKA_VERSION}`);
}

/** Where the class archive (AppCDS) of one Java build is kept; it goes when the jars go, as it is bound to them. */
export function archiveFileFor(folder: string, javaFingerprint: string): string {
  return join(folder, `classes-${javaFingerprint}.jsa`);
}

export function findMaven(env: Environment): string | undefined {
  return findOnPath('mvn', env);
}

/** Paths of all jars, sorted, or `undefined` unless every one of them is there in full. */
export async function cachedJars(folder: string): Promise<string[] | undefined> {
  const manifest = await readManifest(folder);
  if (manifest === undefined || manifest.pom !== (await pomDigest())) return undefined;
  const present = await Promise.all(
    Object.entries(manifest.jars).map(async ([name, bytes]) => (await sizeOf(join(folder, 'lib', name))) === bytes),
  );
  if (present.length === 0 || present.includes(false)) return undefined;
  return Object.keys(manifest.jars)
    .sort()
    .map((name) => join(folder, 'lib', name));
}

/**
 * Downloads the jars into `folder`, replacing an incomplete one. May run in several processes at once: one wins.
 * @throws {TriageError} `transport`, with the core of Maven's complaint.
 */
export async function fetchJars(options: {
  readonly folder: string;
  readonly maven: string;
  readonly env: Environment;
  readonly log: (line: string) => void;
}): Promise<string[]> {
  const { folder, maven, env, log } = options;
  log(`Fetching Apache Kafka ${KAFKA_VERSION} (about 44 MB, once) into ${folder} ...`);
  const draft = `${folder}.${randomUUID()}.partial`;
  try {
    await mkdir(draft, { recursive: true });
    await removeLeftovers(folder);
    await resolveInto(draft, maven, env);
    await publish(draft, folder);
  } catch (error) {
    if (error instanceof TriageError) throw error;
    throw new TriageError('transport', `Cannot fill the cache folder ${folder}: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (let looks = 0; looks < 20; looks += 1) {
    const jars = await cachedJars(folder);
    if (jars !== undefined) return jars;
    // Another process may have moved the folder aside to look at it: it puts a complete one back at once.
    await delay(100);
  }
  throw new TriageError('transport', `The jars in ${folder} vanished while they were fetched.`);
}

/** What a person needs of Maven's output: the first errors, without colours, repetitions and advice about switches. */
export function shortMavenError(output: string): string {
  const escapeCharacter = String.fromCharCode(27);
  const plain = output.replaceAll(new RegExp(`${escapeCharacter}\\[[0-9;]*m`, 'g'), '');
  const lines = plain.split('\n').map((line) => line.replace(/-> \[Help \d+\]$/, '').trim());
  const errors = lines.filter((line) => line.startsWith('[ERROR]')).map((line) => line.slice(7).trim());
  const telling = (errors.length > 0 ? errors : lines).filter(
    (line) => line !== '' && !/^(\[Help|To see|Re-run|For more)/.test(line),
  );
  return [...new Set(telling)].slice(0, 3).map(shorten).join(' | ') || 'no output';
}

/** Cuts the middle out: Maven says at the front what it wanted and at the end what went wrong. */
function shorten(line: string): string {
  return line.length > 400 ? `${line.slice(0, 150)} ... ${line.slice(-250)}` : line;
}

async function resolveInto(draft: string, maven: string, env: Environment): Promise<void> {
  await copyFile(POM, join(draft, 'pom.xml'));
  // Run inside the draft with relative paths only, so that no path needs quoting. -C: a wrong checksum is an error. The
  // goal in full: by its short name, Maven without a network complains about the name instead of the network.
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies';
  const args = ['-q', '-B', '-C', goal, '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  const { code, output } = await runCommand(maven, args, { env, cwd: draft, limitMs: DOWNLOAD_LIMIT_MS });
  if (code !== 0) {
    const how = code === null ? `did not finish within ${DOWNLOAD_LIMIT_MS / 1000} s` : `failed (exit code ${code})`;
    throw new TriageError('transport', `Maven ${how} while fetching the Kafka jars: ${shortMavenError(output)}`, {
      retriable: true,
    });
  }
  const names = (await readdir(join(draft, 'lib'))).filter((name) => name.endsWith('.jar'));
  const jars: Record<string, number> = {};
  for (const name of names.sort()) jars[name] = (await stat(join(draft, 'lib', name))).size;
  if (jars[`kafka_2.13-${KAFKA_VERSION}.jar`] === undefined) {
    throw new TriageError('transport', `Maven fetched ${names.length} jars, but not kafka_2.13-${KAFKA_VERSION}.jar.`);
  }
  const manifest: Manifest = { pom: await pomDigest(), jars };
  await writeFile(join(draft, MANIFEST), JSON.stringify(manifest, null, 2));
}

/** Puts the finished draft in place. A complete folder that another process put there first is left alone. */
async function publish(draft: string, folder: string): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    if (await tryRename(draft, folder)) return;
    if ((await cachedJars(folder)) !== undefined) return;
    // An incomplete folder is moved aside before it is deleted: nobody must see it shrink.
    const aside = `${folder}.${randomUUID()}.partial`;
    if (!(await tryRename(folder, aside))) continue;
    // Between the look and the move another process may have put a complete one there: it goes back.
    if ((await cachedJars(aside)) !== undefined && (await tryRename(aside, folder))) return;
    await rm(aside, { recursive: true, force: true });
  }
  throw new Error('another process keeps replacing it');
}

async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') return false;
    throw error;
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}.`) || !name.endsWith('.partial')) continue;
    const path = join(dirname(folder), name);
    const changedMs = await stat(path).then(
      (entry) => entry.mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - changedMs > LEFTOVER_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const parsed: Partial<Manifest> | null = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    if (typeof parsed?.pom !== 'string' || typeof parsed.jars !== 'object' || parsed.jars === null) return undefined;
    return { pom: parsed.pom, jars: parsed.jars };
  } catch {
    return undefined;
  }
}

async function pomDigest(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(POM))
    .digest('hex');
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (entry) => entry.size,
    () => undefined,
  );
}
