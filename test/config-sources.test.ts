import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '../src/config.ts';
import { displayConfig, loadConfig } from '../src/config-sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const path = join(folder, 'triage.yaml');
  writeFileSync(path, text);
  return path;
}

function load(sources: { flags?: Record<string, string>; env?: Record<string, string>; file?: string }) {
  return loadConfig({ flags: sources.flags ?? {}, env: sources.env ?? {}, file: sources.file });
}

describe('loadConfig', () => {
  it('takes a flag before the environment before the file before the default, and says from where', () => {
    const file = fileOf('kafka:\n  groupId: from-file\n  clientId: from-file\ntopics: { input: from.file }\n');
    const env = { TRIAGE_KAFKA_GROUP_ID: 'from-env', TRIAGE_KAFKA_CLIENT_ID: 'from-env' };
    const { config, origins } = load({ flags: { 'kafka.groupId': 'from-flag' }, env, file });
    expect(config.kafka.groupId).toBe('from-flag');
    expect(config.kafka.clientId).toBe('from-env');
    expect(config.topics.input).toBe('from.file');
    expect(config.topics.output).toBe('connector.resolutions');
    expect(origins).toMatchObject({
      'kafka.groupId': 'flag --group',
      'kafka.clientId': 'environment TRIAGE_KAFKA_CLIENT_ID',
      'topics.input': `${file}:4:18`,
      'topics.output': 'default',
    });
  });

  it('reads lists, numbers and booleans from texts', () => {
    const env = { TRIAGE_KAFKA_BROKERS: 'a:9092, b:9093', TRIAGE_HTTP_PORT: '0', TRIAGE_KAFKA_FROM_BEGINNING: 'false' };
    const { config } = load({ env });
    expect(config.kafka.brokers).toEqual(['a:9092', 'b:9093']);
    expect(config.http.port).toBe(0);
    expect(config.kafka.fromBeginning).toBe(false);
  });

  it('reads a comma separated list from the file, too', () => {
    expect(load({ file: fileOf('kafka: { brokers: "a:1, b:2" }') }).config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(load({ file: fileOf('kafka:\n  brokers: a:1,b:2\n') }).config.kafka.brokers).toEqual(['a:1', 'b:2']);
  });

  it.each([
    ['http.port', '70000', 'allowed: 0 to 65535; found 70000'],
    ['http.port', 'x', 'allowed: 0 to 65535; found "x"'],
    ['kafka.brokers', 'x', 'expected "host:port", such as "kafka-1:9092"; found ["x"]'],
    ['log.format', 'x', 'allowed: auto, json, pretty; found "x"'],
    ['http.host', '', 'expected a text of at least 1 characters; found ""'],
  ])('says once what is wanted of %s', (path, value, sentence) => {
    const { flag } = SETTINGS.find((setting) => setting.path === path)!;
    const expected = `wrong settings:\n  ${path} (from flag --${flag}): ${sentence}`;
    expect(() => load({ flags: { [path]: value } })).toThrow(expect.objectContaining({ message: expected }));
  });

  it.each<[name: string, sources: Parameters<typeof load>[0], expected: string[]]>([
    [
      'a number that is none',
      { env: { TRIAGE_HTTP_PORT: 'many' } },
      ['http.port (from environment TRIAGE_HTTP_PORT)', 'allowed: 0 to 65535', 'found "many"'],
    ],
    [
      'a number out of range',
      { flags: { 'http.port': '70000' } },
      ['http.port (from flag --http-port)', 'found 70000'],
    ],
    [
      'a broker without port',
      { flags: { 'kafka.brokers': 'kafka' } },
      ['kafka.brokers (from flag --brokers)', 'expected "host:port"'],
    ],
    [
      'a topic that cannot be',
      { env: { TRIAGE_TOPICS_INPUT: 'a b' } },
      ['topics.input (from environment TRIAGE_TOPICS_INPUT)', 'expected a Kafka topic name'],
    ],
    [
      'an unknown level',
      { flags: { 'log.level': 'loud' } },
      ['log.level (from flag --log-level)', 'allowed: trace, debug, info, warn, error, fatal, silent'],
    ],
    [
      'a boolean that is none',
      { env: { TRIAGE_KAFKA_FROM_BEGINNING: 'yes' } },
      ['allowed: true, false', 'found "yes"'],
    ],
    [
      'an unknown setting in the file',
      { file: 'kafka: { broker: a:1 }' },
      ['kafka.broker (', ':1:18): no such setting; did you mean kafka.brokers?'],
    ],
    ['a file that is no YAML', { file: 'kafka: {' }, ['triage.yaml:1:9: not valid YAML']],
  ])('names the setting, its source and what is allowed for %s', (_, sources, expected) => {
    const { file, ...rest } = sources;
    const attempt = () => load({ ...rest, ...(file !== undefined && { file: fileOf(file) }) });
    for (const part of expected) expect(attempt).toThrow(part);
  });

  it('reports all wrong settings at once', () => {
    expect(() => load({ flags: { 'http.port': '-1', 'log.level': 'loud' } })).toThrow(/http\.port.*\n.*log\.level/);
  });

  it('names a file that is not there', () => {
    expect(() => load({ file: '/no/such.yaml' })).toThrow('the configuration file /no/such.yaml cannot be read');
  });

  it('lists names in the environment that are no setting', () => {
    const env = { TRIAGE_KAFKA_BROKER: 'a:1', TRIAGE_CONFIG: 'x', PATH: '/bin' };
    expect(load({ env }).unknownEnv).toEqual(['TRIAGE_KAFKA_BROKER']);
  });
});

describe('displayConfig', () => {
  it('shows every setting', () => {
    const { config } = load({});
    const shown = JSON.stringify(displayConfig(config));
    for (const { path } of SETTINGS) expect(shown).toContain(`"${path.split('.').at(-1)}":`);
  });
});

describe('SETTINGS', () => {
  it('have names that differ', () => {
    for (const field of ['path', 'env', 'flag'] as const) {
      const names = SETTINGS.map((setting) => setting[field]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('say what they are for', () => {
    for (const { path, description, allowed } of SETTINGS)
      expect([path, description, allowed].every((text) => text !== '')).toBe(true);
  });
});
