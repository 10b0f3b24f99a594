import { readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { cachedJars, cacheFolder, fetchJars, KAFKA_VERSION, shortMavenError } from '../../src/local-kafka/jars.ts';
import { silent, temporaryFolder } from './support.ts';

const WORKS = 'mkdir lib; echo kafka > lib/kafka_2.13-4.3.1.jar; sleep 0.1; echo other > lib/other-1.0.jar';

describe('the cache', () => {
  let home: string;
  let folder: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    home = await temporaryFolder();
    env = { PATH: process.env.PATH ?? '', HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
    folder = cacheFolder(env);
  });

  /** Fetches with a Maven whose work is this shell script. */
  async function fetchWith(script: string): Promise<string[]> {
    const maven = join(home, `mvn-${Math.random()}`);
    await writeFile(maven, `#!/bin/sh\n${script}\n`);
    await chmod(maven, 0o755);
    return fetchJars({ folder, maven, env, log: silent });
  }
  const siblings = (): string[] => readdirSync(dirname(folder));

  test('holds every jar of a finished download, and nothing else is left', async () => {
    const jars = await fetchWith(WORKS);
    expect(jars).toEqual([join(folder, 'lib', 'kafka_2.13-4.3.1.jar'), join(folder, 'lib', 'other-1.0.jar')]);
    expect(await cachedJars(folder)).toEqual(jars);
    expect(siblings()).toEqual([`kafka-${KAFKA_VERSION}`]);
  });

  test('stays empty after a failed download', async () => {
    const failing = `mkdir lib; echo kafka > lib/kafka_2.13-4.3.1.jar; echo '[ERROR] No space left'; exit 1`;
    await expect(fetchWith(failing)).rejects.toMatchObject({
      kind: 'transport',
      retriable: true,
      message: 'Maven failed (exit code 1) while fetching the Kafka jars: No space left',
    });
    expect(siblings()).toEqual([]);
  });

  test('does not take a Maven for successful that fetched no Kafka', async () => {
    await expect(fetchWith('mkdir lib')).rejects.toThrow('Maven fetched 0 jars, but not kafka_2.13-4.3.1.jar');
  });

  test.each([
    ['a jar is missing', () => rm(join(folder, 'lib', 'other-1.0.jar'))],
    ['a jar is cut short', () => truncate(join(folder, 'lib', 'other-1.0.jar'), 1)],
    ['the manifest is missing', () => rm(join(folder, 'manifest.json'))],
    ['the manifest is broken', () => writeFile(join(folder, 'manifest.json'), '{"pom"')],
    ['the manifest is of another pom.xml', () => writeFile(join(folder, 'manifest.json'), '{"pom":"0","jars":{}}')],
  ])('is not taken for complete when %s, and is mended by the next download', async (_, damage) => {
    await fetchWith(WORKS);
    await damage();
    expect(await cachedJars(folder)).toBeUndefined();
    expect(await fetchWith(WORKS)).toHaveLength(2);
    expect(siblings()).toEqual([`kafka-${KAFKA_VERSION}`]);
  });

  test('is not taken for complete when only the folder is there', async () => {
    await mkdir(join(folder, 'lib'), { recursive: true });
    expect(await cachedJars(folder)).toBeUndefined();
    expect(await fetchWith(WORKS)).toHaveLength(2);
  });

  test.each(['an empty', 'a damaged'])('comes out whole when many fetch at once into %s folder', async (state) => {
    if (state === 'a damaged') await mkdir(join(folder, 'lib'), { recursive: true });
    const all = await Promise.all(Array.from({ length: 6 }, () => fetchWith(WORKS)));
    for (const jars of all) expect(jars).toHaveLength(2);
    expect(await cachedJars(folder)).toHaveLength(2);
    expect(siblings()).toEqual([`kafka-${KAFKA_VERSION}`]);
  });

  test('loses what an interrupted download left long ago, but not one in progress', async () => {
    const old = `${folder}.1.partial`;
    const current = `${folder}.2.partial`;
    await mkdir(old, { recursive: true });
    await mkdir(current);
    await utimes(old, new Date(0), new Date(0));
    await fetchWith(WORKS);
    expect(siblings().sort()).toEqual([`kafka-${KAFKA_VERSION}`, `kafka-${KAFKA_VERSION}.2.partial`]);
  });
});

test.each([
  ['linux', { HOME: '/h' }, '/h/.cache'],
  ['linux', { HOME: '/h', XDG_CACHE_HOME: '/x' }, '/x'],
  ['darwin', { HOME: '/h' }, '/h/Library/Caches'],
  ['win32', { HOME: '/h', LOCALAPPDATA: '/local' }, '/local'],
] as const)('the cache folder on %s with %j is under %s', (platform, env, expected) => {
  expect(cacheFolder(env, platform)).toBe(join(expected, 'connector-triage', `kafka-${KAFKA_VERSION}`));
});

test('pom.xml asks for the version that the program names', async () => {
  const pom = await readFile(new URL('../../src/local-kafka/pom.xml', import.meta.url), 'utf8');
  expect(pom).toMatch(new RegExp(`<artifactId>kafka_2.13</artifactId>\\s*<version>${KAFKA_VERSION}</version>`));
});

test('a complaint of Maven is cut to its core, the cause at its end included', () => {
  const output = [
    '[[1;31mERROR[m] Failed to execute goal x: Could not resolve',
    '[ERROR] Failed to execute goal x: Could not resolve',
    `[ERROR] transfer failed ${'.'.repeat(1000)} Connection refused -> [Help 1]`,
    '[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.',
  ].join('\n');
  const short = shortMavenError(output);
  expect(short).toMatch(/^Failed to execute goal x: Could not resolve \| transfer failed .* Connection refused$/);
  expect(short.length).toBeLessThan(500);
});
