/**
 * Folder rule: `transport/kafka/` is the only importer of the Kafka client.
 */

import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { TlsFiles } from '../../credentials/tls-files.ts';
import { TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import { patchAbortedRecords } from './aborted-records-patch.ts';
import { kafkaLogCreator } from './client-log.ts';
import type { Login } from './login.ts';
import { patchRequestQueue } from './request-queue-patch.ts';
import { patchSilentBroker } from './silent-broker-patch.ts';
import { Sockets } from './sockets.ts';

export interface KafkaConnection {
  /** Bootstrap brokers, each `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Names this process in the broker's logs and quotas. */
  readonly clientId: string;
  /** Milliseconds until a connection attempt counts as failed. Default 3,000. */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds until an unanswered request counts as failed. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Shared by all clients of the process. Absent: no TLS. */
  readonly tls?: TlsFiles;
  /** Shared by all clients of the process, so that it knows whether there was a login before. Absent: none. */
  readonly login?: Login;
  readonly logger: TransportLogger;
}

export const CONNECTION_DEFAULTS = {
  /** A connection within a data centre takes milliseconds; TLS to another region under a second. */
  connectionTimeoutMs: 3_000,
  /** Above the broker's `replica.lag.time.max.ms` share of a produce request that waits for replicas. */
  requestTimeoutMs: 30_000,
  /** How long before the end of a session kafkajs logs in again. Its own 10 s are too long for a session of 10 s. */
  reauthenticationThresholdMs: 3_000,
} as const;

export interface KafkaClient {
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  readonly logger: TransportLogger;
  /** Cuts every connection at once and refuses new ones: pending requests fail instead of running into their timeout. */
  cutConnections(): void;
}

/**
 * A kafkajs client with its own connections. kafkajs keeps the committed offsets of a group per client object, so two
 * consumers must never share one.
 * @throws {TriageError} `usage`, when a broker is not `host:port`.
 */
export function createKafkaClient(connection: KafkaConnection): KafkaClient {
  patchRequestQueue();
  patchAbortedRecords();
  patchSilentBroker();
  const brokers = connection.brokers.map(checkedAddress);
  if (brokers.length === 0)
    throw new TriageError('usage', 'No Kafka broker is given: expected at least one host:port.');
  const sockets = new Sockets({ tls: connection.tls, hasLogin: connection.login !== undefined });
  const config: KafkaConfig = {
    brokers: shuffled(brokers),
    clientId: connection.clientId,
    connectionTimeout: connection.connectionTimeoutMs ?? CONNECTION_DEFAULTS.connectionTimeoutMs,
    requestTimeout: connection.requestTimeoutMs ?? CONNECTION_DEFAULTS.requestTimeoutMs,
    // All five are set: kafkajs takes other defaults when NODE_ENV is `test`. Each bootstrap broker is tried once or
    // more; the loops of source and sink do the waiting.
    retry: { retries: brokers.length + 1, initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 },
    // Its debug lines cost time per request and print requests and responses.
    logLevel: logLevel.INFO,
    logCreator: kafkaLogCreator(connection.logger),
    socketFactory: (request) => sockets.open(request),
    // Only tells kafkajs that there is TLS: how is the socket factory's.
    ...(connection.tls === undefined ? {} : { ssl: true }),
    ...(connection.login === undefined ? {} : { sasl: connection.login.toKafkajs() }),
    reauthenticationThreshold: CONNECTION_DEFAULTS.reauthenticationThresholdMs,
  };
  return { kafka: new Kafka(config), brokers, logger: connection.logger, cutConnections: () => sockets.cut() };
}

/** kafkajs always begins with the first one: a broker that hangs there would hold up every new client. */
function shuffled(brokers: readonly string[]): string[] {
  return brokers
    .map((broker) => ({ broker, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ broker }) => broker);
}

function checkedAddress(address: string): string {
  const match = /^([^\s:/]+):(\d{1,5})$/.exec(address);
  if (match === null || Number(match[2]) === 0 || Number(match[2]) > 65_535) {
    throw new TriageError('usage', `Kafka broker "${address}" is not host:port (example: kafka.example.com:9092).`);
  }
  return address;
}
