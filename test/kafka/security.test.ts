/** TLS, logins and rights, against one broker that has them all. */
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { configWith } from '../../src/config.ts';
import { kafkaConnection } from '../../src/connection.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { freePort } from '../../src/local-kafka/ports.ts';
import { checkTopics, createTopics } from '../../src/transport/kafka/admin.ts';
import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { checkRights, type RightsNeeded } from '../../src/transport/kafka/rights.ts';
import { runCli, startCli } from '../commands/cli.ts';
import {
  type ListenerName,
  SESSION_MS,
  type SecureBroker,
  startSecureBroker,
  USERS,
} from '../local-kafka/secure-broker.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../local-kafka/token-endpoint.ts';
import { collector, eventually, newName } from '../transport/kafka-support.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';

const INPUT = 'connector.events';
const OUTPUT = 'connector.resolutions';
const DEAD = 'connector.events.dlq';

let broker: SecureBroker;
let tokens: TokenEndpoint;
let folder: string;
let clear: KafkaConnection;

beforeAll(async () => {
  [broker, tokens] = await Promise.all([startSecureBroker(), startTokenEndpoint()]);
  folder = mkdtempSync(join(tmpdir(), 'triage-security-'));
  clear = connectionTo('clear', {});
  await createTopics(
    clear,
    [INPUT, OUTPUT, DEAD].map((topic) => ({ topic, partitions: 1 })),
  );
  await broker.grant(
    'service',
    { on: 'topic', name: '*', operations: ['READ', 'WRITE'] },
    { on: 'group', name: '*', operations: ['READ'] },
  );
  await broker.grant(
    'CN=client',
    { on: 'topic', name: '*', operations: ['READ', 'WRITE'] },
    { on: 'group', name: '*', operations: ['READ'] },
  );
});

afterEach(() => {
  tokens.answer = {};
});

afterAll(async () => {
  await Promise.all([broker?.stop(), tokens?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

type KafkaSettings = Readonly<Record<'tls' | 'sasl', object>>;

function connectionTo(listener: ListenerName, kafka: Partial<KafkaSettings>, host = '127.0.0.1'): KafkaConnection {
  const address = broker.at[listener].replace('127.0.0.1', host);
  return kafkaConnection(configWith({ kafka: { brokers: [address], ...kafka } }), new RecordingLogger());
}

const tls = (more: object = {}) => ({ enabled: true, caFile: broker.files.authority, ...more });
const user = (name: keyof typeof USERS, more: object = {}) => ({
  mechanism: 'scram-sha-512',
  username: name,
  password: USERS[name],
  ...more,
});
const client = (more: object = {}) => ({
  mechanism: 'oauthbearer',
  tokenEndpoint: tokens.url,
  clientId: 'triage & co',
  clientSecret: 's:1',
  ...more,
});

function record(topic: string, value: string) {
  return { topic, key: null, value: Buffer.from(value), headers: {}, partitionHint: 0 };
}

const keepAlive = async () => undefined;

async function write(connection: KafkaConnection, topic: string, value: string): Promise<void> {
  const sink = new KafkaSink({ connection });
  await sink.publish([record(topic, value)], keepAlive);
  await sink.close();
}

/** Writes a record and reads it again, all over the given connection. */
async function roundTrip(connection: KafkaConnection): Promise<void> {
  const topic = newName('round-trip');
  await createTopics(clear, [{ topic, partitions: 1 }]);
  await write(connection, topic, 'there and back');
  const source = new KafkaSource({ connection, groupId: newName('group'), topic });
  const { handle, values } = collector();
  const running = source.run(handle);
  await eventually(values).toEqual(['there and back']);
  await source.stop();
  await running;
}

describe('records go there and back', () => {
  test.each<[name: string, listener: ListenerName, settings: () => Partial<KafkaSettings>, host?: string]>([
    ['PLAIN', 'login', () => ({ tls: tls(), sasl: user('service', { mechanism: 'plain' }) })],
    ['SCRAM-SHA-256', 'login', () => ({ tls: tls(), sasl: user('service', { mechanism: 'scram-sha-256' }) })],
    ['SCRAM-SHA-512', 'login', () => ({ tls: tls(), sasl: user('service') })],
    ['OAUTHBEARER', 'login', () => ({ tls: tls(), sasl: client() })],
    ['a login without TLS', 'loginOnly', () => ({ sasl: user('service') })],
    ['a host name', 'login', () => ({ tls: tls(), sasl: user('service') }), 'localhost'],
  ])('with %s', async (_name, listener, settings, host) => {
    await roundTrip(connectionTo(listener, settings(), host));
  });

  test('with a client certificate', async () => {
    const certificate = { certFile: broker.files.clientCertificate, keyFile: broker.files.clientKey };
    await roundTrip(connectionTo('mutual', { tls: tls(certificate) }));
  });
});

test.each([1, 2])('triage run has the ends of its certificates in its metrics, with workers: %d', async (workers) => {
  const env = {
    TRIAGE_KAFKA_BROKERS: broker.at.mutual,
    TRIAGE_KAFKA_TLS_ENABLED: 'true',
    TRIAGE_KAFKA_TLS_CA_FILE: broker.files.authority,
    TRIAGE_KAFKA_TLS_CERT_FILE: broker.files.clientCertificate,
    TRIAGE_KAFKA_TLS_KEY_FILE: broker.files.clientKey,
    TRIAGE_HTTP_PORT: '0',
    TRIAGE_LOG_FORMAT: 'json',
    TRIAGE_WORKERS: String(workers),
  };
  const cli = startCli(['run'], { env });
  try {
    const [, url] = await cli.printed(/"http":"(http:[^"]+)"/);
    const body = await (await fetch(`${url}/metrics`)).text();
    const ends = body.split('\n').filter((line) => line.startsWith('triage_certificate_expiry_timestamp_seconds{'));
    const inSeconds = (file: string) => Date.parse(new X509Certificate(readFileSync(file)).validTo) / 1_000;
    expect(ends.toSorted()).toEqual([
      `triage_certificate_expiry_timestamp_seconds{use="kafka",kind="ca"} ${inSeconds(broker.files.authority)}`,
      `triage_certificate_expiry_timestamp_seconds{use="kafka",kind="client"} ${inSeconds(broker.files.clientCertificate)}`,
    ]);
  } finally {
    cli.kill('SIGTERM');
    await cli.ended;
  }
});

describe('what is wrong is said in a sentence', () => {
  test.each<[name: string, listener: ListenerName, settings: () => Partial<KafkaSettings>, sentence: RegExp]>([
    [
      'a wrong password (SCRAM)',
      'login',
      () => ({ tls: tls(), sasl: user('service', { password: 'x' }) }),
      /refused the login of user "service" with SCRAM-SHA-512 \(.*invalid credentials.*\)\. Check kafka\.sasl/,
    ],
    [
      'a wrong password (PLAIN)',
      'login',
      () => ({ tls: tls(), sasl: user('service', { mechanism: 'plain', password: 'x' }) }),
      /refused the login of user "service" with PLAIN \(.*Invalid username or password\)/,
    ],
    [
      'an untrusted authority',
      'login',
      () => ({ tls: tls({ caFile: broker.files.otherAuthority }), sasl: user('service') }),
      /not trusted.*Set kafka\.tls\.caFile/,
    ],
    ['an expired certificate', 'expired', () => ({ tls: tls() }), /has expired\. Renew/],
    ['a certificate for another host', 'elsewhere', () => ({ tls: tls() }), /for another host \(.*127\.0\.0\.1.*\)/],
    ['plaintext to a TLS port', 'login', () => ({}), /answers with TLS, and kafka\.tls\.enabled is false/],
    ['a login in plaintext to a TLS port', 'login', () => ({ sasl: user('service') }), /answers with TLS/],
    ['TLS to a plaintext port', 'clear', () => ({ tls: tls() }), /ends the connection when TLS begins/],
    [
      'no login where one is expected, with TLS',
      'login',
      () => ({ tls: tls() }),
      /expects a login, and kafka\.sasl\.mechanism is off/,
    ],
    [
      'no login where one is expected, without',
      'loginOnly',
      () => ({}),
      /expects a login, and kafka\.sasl\.mechanism is off/,
    ],
    ['a login where none is expected', 'clear', () => ({ sasl: user('service') }), /expects no login at this port/],
    ['no client certificate', 'mutual', () => ({ tls: tls() }), /client certificate, set kafka\.tls\.certFile/],
    [
      'a client certificate of another authority',
      'mutual',
      () => ({ tls: tls({ certFile: broker.files.otherCertificate, keyFile: broker.files.otherKey }) }),
      /to one that it trusts/,
    ],
  ])('%s', async (_name, listener, settings, sentence) => {
    await expect(checkTopics(connectionTo(listener, settings()), [INPUT])).rejects.toMatchObject({
      kind: 'access',
      message: expect.stringMatching(sentence),
    });
  });

  test('a name that the certificate has makes up for an address that it has not', async () => {
    await checkTopics(connectionTo('elsewhere', { tls: tls({ serverName: 'kafka.example.com' }) }), [INPUT]);
  });

  test('triage run ends with an exit code of its own', async () => {
    const env = {
      TRIAGE_KAFKA_BROKERS: broker.at.login,
      TRIAGE_KAFKA_TLS_ENABLED: 'true',
      TRIAGE_KAFKA_TLS_CA_FILE: broker.files.authority,
      TRIAGE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
      TRIAGE_KAFKA_SASL_USERNAME: 'service',
      TRIAGE_KAFKA_SASL_PASSWORD: 'not it',
      TRIAGE_HTTP_PORT: '0',
    };
    const { code, stdout, stderr } = await runCli(['run'], { env });
    expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
    expect(stderr).toMatch(/^triage: Cannot connect: Kafka at .* refused the login of user "service"/m);
    expect(stderr).not.toContain('not it');
  });
});

describe('missing rights', () => {
  const needed: RightsNeeded = {
    input: INPUT,
    outputs: [OUTPUT, DEAD],
    groupId: 'rights',
    transactionalIdPrefix: 'rights-',
  };

  test('are named before anything is read, each with how to grant it', async () => {
    const connection = connectionTo('login', { tls: tls(), sasl: user('nobody') });
    await expect(checkRights(connection, needed)).rejects.toMatchObject({
      kind: 'access',
      message: expect.stringMatching(
        new RegExp(
          `does not allow this user: Read and Describe on topic ${INPUT}; Write and Describe on topic ${OUTPUT}; ` +
            `Write and Describe on topic ${DEAD}; Read and Describe on group rights; ` +
            'Write and Describe on transactional-id rights-\\*. Grant it:\n' +
            `  kafka-acls.sh .*--operation Read --operation Describe --topic ${INPUT}\n`,
        ),
      ),
    });
  });

  test('are missed one by one, and complete rights are enough', async () => {
    const connection = connectionTo('login', { tls: tls(), sasl: user('reader') });
    const lacks = async () =>
      /does not allow this user: (.*)\. Grant/.exec(
        await checkRights(connection, needed).then(
          () => '',
          (error: Error) => error.message,
        ),
      )?.[1];
    await broker.grant('reader', { on: 'topic', name: INPUT, operations: ['READ'] });
    await broker.grant('reader', { on: 'topic', name: OUTPUT, operations: ['WRITE'] });
    await broker.grant('reader', { on: 'topic', name: DEAD, operations: ['DESCRIBE'] });
    expect(await lacks()).toMatch(new RegExp(`^Write on topic ${DEAD}; Read and Describe on group rights; `));
    await broker.grant('reader', { on: 'topic', name: DEAD, operations: ['WRITE'] });
    await broker.grant('reader', { on: 'group', name: 'rights', operations: ['READ'] });
    expect(await lacks()).toBe('Write and Describe on transactional-id rights-*');
    await broker.grant('reader', { on: 'transactionalId', name: 'rights-0', operations: ['WRITE'] });
    expect(await lacks()).toBeUndefined();
  });

  test('are what triage doctor finds, and hide nothing else', async () => {
    const kafka = { brokers: [broker.at.login], tls: tls(), sasl: user('nobody') };
    const config = configWith({ kafka, http: { port: 0 } });
    const checks = await examine({
      config,
      logger: new RecordingLogger(),
      nodeVersion: process.versions.node,
      nowMs: Date.now,
    });
    const of = (status: string) => checks.filter((check) => check.status === status).map(({ what }) => what);
    expect(of('problem')).toEqual([
      `rights on topic ${INPUT}`,
      `rights on topic ${OUTPUT}`,
      `rights on topic ${DEAD}`,
      'rights on group connector-triage',
    ]);
    expect(of('unknown')).toEqual([`topic ${INPUT}`, `topic ${OUTPUT}`, `topic ${DEAD}`, 'group connector-triage']);
    expect(of('ok')).toContain(`certificate ${broker.files.authority}`);
  });

  test('that triage run does without: doctor says what it could not look at', async () => {
    const kafka = { brokers: [broker.at.login], tls: tls(), sasl: user('service') };
    const checks = await examine({
      config: configWith({ kafka, http: { port: 0 } }),
      logger: new RecordingLogger(),
      nodeVersion: process.versions.node,
      nowMs: Date.now,
    });
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual(
      [INPUT, OUTPUT, DEAD].map((topic) => ({
        what: `topic ${topic}`,
        status: 'unknown',
        found: expect.stringContaining('this user lacks the right DescribeConfigs on it'),
      })),
    );
  });

  test('nothing is missing where the broker has no rights to check', async () => {
    await checkRights(clear, needed);
  });
});

describe('while running', () => {
  test('sessions are renewed before the broker ends them, and a new password is taken from its file', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${USERS.service}\n`);
    const connection = connectionTo('sessions', {
      tls: tls(),
      sasl: user('service', { password: '', passwordFile }),
    });
    const logins = vi.spyOn(connection.login!, 'authenticate');
    const topic = newName('rotation');
    await createTopics(clear, [{ topic, partitions: 1 }]);
    const states: string[] = [];
    const { handle, values } = collector();
    const source = new KafkaSource({
      connection,
      groupId: newName('rotation'),
      topic,
      onState: (state, reason) => states.push(`${state}: ${reason}`),
    });
    const running = source.run(handle);
    await write(clear, topic, 'one');
    await eventually(values).toEqual(['one']);
    const startedMs = performance.now();
    const before = logins.mock.calls.length;
    await eventually(() => performance.now() - startedMs > SESSION_MS && logins.mock.calls.length > before).toBe(true);
    await write(clear, topic, 'two');
    await eventually(values).toEqual(['one', 'two']);
    expect(states).toEqual([]);

    writeFileSync(passwordFile, 'withdrawn');
    await eventually(() => states.length).toBeGreaterThan(0);
    expect(states[0]).toMatch(/^waiting: .*refused the login of user "service"/);
    await write(clear, topic, 'three');
    writeFileSync(passwordFile, USERS.service);
    await eventually(values).toEqual(['one', 'two', 'three']);
    expect(states.at(-1)).toMatch(/^ok: /);
    await source.stop();
    await running;
  });

  test('a sink, too, waits for a password that is good again', async () => {
    const passwordFile = join(folder, 'sink-password');
    writeFileSync(passwordFile, USERS.service);
    const connection = connectionTo('sessions', { tls: tls(), sasl: user('service', { password: '', passwordFile }) });
    const reasons: string[] = [];
    const sink = new KafkaSink({ connection, onState: (state, reason) => state === 'waiting' && reasons.push(reason) });
    await sink.publish([record(OUTPUT, 'one')], keepAlive);
    writeFileSync(passwordFile, 'withdrawn');
    let second: Promise<void> | undefined;
    // Until a session ends, the login before is good.
    await eventually(() => {
      second = sink.publish([record(OUTPUT, 'two')], keepAlive);
      return reasons.length;
    }).toBeGreaterThan(0);
    expect(reasons[0]).toMatch(/refused the login/);
    writeFileSync(passwordFile, USERS.service);
    await second;
    await sink.close();
  });

  test('new connections use replaced TLS files, and the ones before while the new ones do not fit together', async () => {
    const certFile = join(folder, 'client.pem');
    const keyFile = join(folder, 'client-key.pem');
    copyFileSync(broker.files.otherCertificate, certFile);
    copyFileSync(broker.files.otherKey, keyFile);
    const connection = connectionTo('mutual', { tls: tls({ certFile, keyFile }) });
    const logger = connection.logger as RecordingLogger;
    await expect(checkTopics(connection, [INPUT])).rejects.toThrow(/to one that it trusts/);
    copyFileSync(broker.files.clientCertificate, certFile);
    await expect(checkTopics(connection, [INPUT])).rejects.toThrow(/to one that it trusts/);
    expect(logger.at('warn')).toMatchObject([{ fields: { reason: expect.stringContaining('key values mismatch') } }]);
    copyFileSync(broker.files.clientKey, keyFile);
    await checkTopics(connection, [INPUT]);
    expect(logger.at('info').map(({ message }) => message)).toEqual(['changed TLS files are used for new connections']);
  });
});

describe('OAUTHBEARER', () => {
  const connection = (more: object = {}) => connectionTo('login', { tls: tls(), sasl: client(more) });
  const check = (more: object = {}) => checkTopics(connection(more), [INPUT]);

  test('asks for a token with client id and secret, once for many connections', async () => {
    const asked = tokens.requests.length;
    const shared = connection({ scope: 'kafka.read kafka.write', extensions: ['traceId=1'] });
    await checkTopics(shared, [INPUT]);
    await checkTopics(shared, [INPUT]);
    expect(tokens.requests.slice(asked)).toEqual([
      {
        // Encoded as a form before it is encoded as Basic: RFC 6749, 2.3.1.
        authorization: `Basic ${Buffer.from('triage+%26+co:s%3A1').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=kafka.read+kafka.write',
      },
    ]);
  });

  test('a client that the endpoint refuses is told with the endpoint’s words, without the secret', async () => {
    tokens.answer = { status: 401, body: '{"error":"invalid_client","error_description":"no such client"}' };
    const failure = check();
    await expect(failure).rejects.toMatchObject({ kind: 'access', retriable: false });
    await expect(failure).rejects.toThrow(
      /token endpoint .* refused client "triage & co" \(invalid_client: no such client\)/,
    );
    await expect(failure).rejects.not.toThrow(/s:1/);
  });

  test.each([
    [{ status: 503, body: '' }, /it answered 503/],
    [{ body: '<html>' }, /it answered 200 without an access_token/],
  ])('an endpoint that gives no token (%j) is waited for, once the service runs', async (answer, reason) => {
    tokens.answer = answer;
    await expect(check()).rejects.toMatchObject({ retriable: true, message: expect.stringMatching(reason) });
  });

  test('an endpoint that is away is named', async () => {
    const tokenEndpoint = `http://127.0.0.1:${await freePort()}/token`;
    await expect(check({ tokenEndpoint })).rejects.toMatchObject({
      retriable: true,
      message: expect.stringMatching(new RegExp(`${tokenEndpoint} gave no access token \\(.*ECONNREFUSED`)),
    });
  });

  test('a token that the broker refuses is a refusal, with the broker’s words', async () => {
    tokens.answer = { claims: { iat: 1_000, exp: 1_300 } };
    await expect(check()).rejects.toMatchObject({
      kind: 'access',
      message: expect.stringMatching(
        /refused the login of client "triage & co" with OAUTHBEARER \(.*\)\. Check that the brokers trust/,
      ),
    });
  });

  test('the session lasts no longer than the token, and goes on with the next one', async () => {
    tokens.answer = { claims: { exp: Math.floor(Date.now() / 1_000) + 8 } };
    const short = connectionTo('sessions', { tls: tls(), sasl: client() });
    const sink = new KafkaSink({ connection: short });
    const asked = tokens.requests.length;
    await sink.publish([record(OUTPUT, 'first token')], keepAlive);
    await eventually(async () => {
      tokens.answer = { claims: { exp: Math.floor(Date.now() / 1_000) + 8 } };
      await sink.publish([record(OUTPUT, 'on and on')], keepAlive);
      return tokens.requests.length - asked;
    }).toBeGreaterThan(3);
    await sink.close();
  });
});
