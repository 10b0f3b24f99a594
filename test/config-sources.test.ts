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
    ['an alias of nothing', { file: 'kafka: *a' }, ['triage.yaml: not valid YAML: Unresolved alias']],
    ['a value within itself', { file: 'kafka: &a { b: *a }' }, ['triage.yaml: not valid YAML: values are nested']],
    ['a list within itself', { file: 'kafka: { brokers: &a [*a] }' }, ['kafka.brokers', 'a list of lists without end']],
    ['a value nested too deep', { file: '['.repeat(20_000) }, ['not valid YAML: values are nested too deep']],
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

  it('takes the standard name of a setting from the environment after its own', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    const loaded = load({ env });
    expect(loaded.config.traces.endpoint).toBe('http://collector:4318');
    expect(loaded.origins['traces.endpoint']).toBe('environment OTEL_EXPORTER_OTLP_ENDPOINT');
    expect(load({ env: { ...env, TRIAGE_TRACES_ENDPOINT: 'http://own:4318' } }).config.traces.endpoint).toBe(
      'http://own:4318',
    );
  });

  it('lists names in the environment that are no setting', () => {
    const env = { TRIAGE_KAFKA_BROKER: 'a:1', TRIAGE_CONFIG: 'x', PATH: '/bin' };
    expect(load({ env }).unknownEnv).toEqual(['TRIAGE_KAFKA_BROKER']);
  });
});

const SECRETS = SETTINGS.filter(({ secret }) => secret);

describe('secrets', () => {
  it('are the passwords, have no flag, and have a file beside them whose environment name ends in _FILE', () => {
    expect(SECRETS.map(({ path }) => path)).toEqual([
      'kafka.tls.keyPassphrase',
      'kafka.sasl.password',
      'kafka.sasl.clientSecret',
      'registry.password',
      'registry.token',
      'registry.tls.keyPassphrase',
      'http.token',
    ]);
    for (const { path, env, flag } of SECRETS) {
      expect(flag).toBeUndefined();
      expect(SETTINGS.find((setting) => setting.path === `${path}File`)?.env).toBe(`${env}_FILE`);
    }
  });

  it('are not taken from a flag', () => {
    const flags = { 'kafka.sasl.mechanism': 'plain', 'kafka.sasl.username': 'x', 'kafka.sasl.password': 'hunter2' };
    expect(() => load({ flags })).toThrow(/kafka\.sasl\.password \(from default\): expected to be set/);
  });

  it('are never shown: not in the settings, not in a complaint', () => {
    const sasl = { TRIAGE_KAFKA_SASL_MECHANISM: 'plain', TRIAGE_KAFKA_SASL_USERNAME: 'x' };
    const { config } = load({ env: { ...sasl, TRIAGE_KAFKA_SASL_PASSWORD: 'hunter2' } });
    expect(config.kafka.sasl.password).toBe('hunter2');
    expect(JSON.stringify(displayConfig(config))).not.toContain('hunter2');
    for (const env of [
      { TRIAGE_KAFKA_SASL_PASSWORD: 'hunter2' },
      { ...sasl, TRIAGE_KAFKA_SASL_PASSWORD: 'hunter2', TRIAGE_KAFKA_SASL_PASSWORD_FILE: '/x' },
    ]) {
      expect(() => load({ env })).toThrow(/wrong settings.*kafka\.sasl\.password/s);
      expect(() => load({ env })).not.toThrow(/hunter2/);
    }
    for (const text of ['kafka: { sasl: { password: [hunter2] } }', 'kafka: { sasl: { pasword: hunter2 } }']) {
      const file = fileOf(text);
      expect(() => load({ file })).toThrow(/wrong settings.*kafka\.sasl\.pass?word/s);
      expect(() => load({ file })).not.toThrow(/hunter2/);
    }
  });
});

describe('TLS and login', () => {
  const TLS = { TRIAGE_KAFKA_TLS_ENABLED: 'true' };
  const PLAIN = { TRIAGE_KAFKA_SASL_MECHANISM: 'plain', TRIAGE_KAFKA_SASL_USERNAME: 'x' };
  const OAUTH = {
    TRIAGE_KAFKA_SASL_MECHANISM: 'oauthbearer',
    TRIAGE_KAFKA_SASL_TOKEN_ENDPOINT: 'https://id.example.com/token',
    TRIAGE_KAFKA_SASL_CLIENT_ID: 'x',
    TRIAGE_KAFKA_SASL_CLIENT_SECRET_FILE: '/run/secrets/kafka',
  };

  it('are off by default', () => {
    expect(load({}).config.kafka).toMatchObject({ tls: { enabled: false }, sasl: { mechanism: 'off' } });
  });

  it('may be in the file', () => {
    const file = fileOf(
      'kafka: { tls: { enabled: true, caFile: /ca.pem }, sasl: { mechanism: aws-msk-iam, region: r } }',
    );
    const { config } = load({ file });
    expect(config.kafka.tls).toMatchObject({ enabled: true, caFile: '/ca.pem', certFile: '' });
    expect(config.kafka.sasl).toMatchObject({ mechanism: 'aws-msk-iam', region: 'r' });
  });

  it('take lists of extensions', () => {
    const env = { ...OAUTH, TRIAGE_KAFKA_SASL_EXTENSIONS: 'logicalCluster=lkc-1, identityPoolId=pool-1' };
    expect(load({ env }).config.kafka.sasl.extensions).toEqual(['logicalCluster=lkc-1', 'identityPoolId=pool-1']);
  });

  it.each<[name: string, env: Record<string, string>, message: RegExp]>([
    [
      'a file without TLS',
      { TRIAGE_KAFKA_TLS_CA_FILE: '/ca' },
      /kafka\.tls\.caFile .*unset while kafka\.tls\.enabled is false/,
    ],
    ['a certificate without key', { ...TLS, TRIAGE_KAFKA_TLS_CERT_FILE: '/c' }, /kafka\.tls\.keyFile .*together/],
    ['a key without certificate', { ...TLS, TRIAGE_KAFKA_TLS_KEY_FILE: '/k' }, /kafka\.tls\.certFile .*together/],
    ['a password without login', { TRIAGE_KAFKA_SASL_PASSWORD: 'x' }, /kafka\.sasl\.password .*mechanism is off/],
    ['a login without password', PLAIN, /kafka\.sasl\.password .*\(or kafka\.sasl\.passwordFile\) for mechanism plain/],
    [
      'two passwords',
      { ...PLAIN, TRIAGE_KAFKA_SASL_PASSWORD: 'x', TRIAGE_KAFKA_SASL_PASSWORD_FILE: '/x' },
      /kafka\.sasl\.passwordFile .*only one of/,
    ],
    ['no token endpoint', { ...OAUTH, TRIAGE_KAFKA_SASL_TOKEN_ENDPOINT: '' }, /kafka\.sasl\.tokenEndpoint .*to be set/],
    ['no address', { ...OAUTH, TRIAGE_KAFKA_SASL_TOKEN_ENDPOINT: 'id/token' }, /begins with https/],
    ['a broken extension', { ...OAUTH, TRIAGE_KAFKA_SASL_EXTENSIONS: 'x' }, /expected "name=value"/],
    [
      'AWS without TLS',
      { TRIAGE_KAFKA_SASL_MECHANISM: 'aws-msk-iam', TRIAGE_KAFKA_SASL_REGION: 'eu-west-1' },
      /kafka\.tls\.enabled .*expected true/,
    ],
  ])('refuse %s', (_name, env, message) => {
    expect(() => load({ env })).toThrow(message);
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
      const names = SETTINGS.map((setting) => setting[field]).filter((name) => name !== undefined);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('say what they are for', () => {
    for (const { path, description, allowed } of SETTINGS)
      expect([path, description, allowed].every((text) => text !== '')).toBe(true);
  });
});
