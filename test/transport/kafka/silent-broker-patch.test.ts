import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patchSilentBroker } from '../../../src/transport/kafka/silent-broker-patch.ts';

const load = createRequire(import.meta.url);
const Broker = load('kafkajs/src/broker/index.js');
const ConnectionPool = load('kafkajs/src/network/connectionPool.js');

const silent = createServer();
const taken: Socket[] = [];

beforeAll(async () => {
  patchSilentBroker();
  silent.on('connection', (socket) => taken.push(socket));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => silent.close());

/** As kafkajs makes those whose addresses another broker has told it, with what that one supports. */
function laterBroker() {
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };
  const connectionPool = new ConnectionPool({
    host: '127.0.0.1',
    port: (silent.address() as AddressInfo).port,
    clientId: 'test',
    logger,
    connectionTimeout: 50,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    socketFactory: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
      connect({ host, port }, onConnect),
  });
  return new Broker({ connectionPool, logger, versions: { 18: { minVersion: 0, maxVersion: 2 } } });
}

test('every new connection asks the broker something, and ends without an answer in the connection timeout', async () => {
  const broker = laterBroker();
  for (const attempt of [1, 2]) {
    await expect(broker.connect()).rejects.toMatchObject({
      name: 'KafkaJSConnectionError',
      code: 'KAFKA_SAYS_NOTHING',
      message: 'Connection error: no answer within 50 ms',
    });
    expect(broker.isConnected()).toBe(false);
    expect(taken).toHaveLength(attempt);
  }
});

test('a connection in use is not asked when it only has to log in again', async () => {
  const before = taken.length;
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined };
  const versions = { 18: { minVersion: 0, maxVersion: 2 } };
  let logins = 0;
  const connection = {
    isConnected: () => true,
    getSupportAuthenticationProtocol: () => true,
    authenticate: async () => void logins++,
  };
  const connectionPool = {
    sasl: {},
    pool: [connection, connection],
    connectionTimeout: 50,
    isConnected: () => true,
    isAuthenticated: () => false,
    getConnection: async () => connection,
    setVersions: () => undefined,
    send: () => Promise.reject(new Error('nothing may be asked')),
  };
  const broker = new Broker({ connectionPool, logger, versions });
  await broker.connect();
  expect([logins, broker.versions, taken.length]).toEqual([1, versions, before]);
});

test('who connects at the same time waits for the same attempt', async () => {
  const before = taken.length;
  const broker = laterBroker();
  const [first, second] = await Promise.allSettled([broker.connect(), broker.connect()]);
  expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
  expect(taken).toHaveLength(before + 1);
});
