/**
 * Folder rule: `transport/kafka/` is the only importer of the Kafka client.
 */

import net from 'node:net';
import tls from 'node:tls';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import { kafkaLogCreator } from './client-log.ts';
import { patchRequestQueue } from './request-queue-patch.ts';

export interface KafkaConnection {
  /** Bootstrap brokers, each `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Names this process in the broker's logs and quotas. */
  readonly clientId: string;
  /** Milliseconds until a connection attempt counts as failed. Default 3,000. */
  readonly connectionTimeoutMs?: number;
  /** Milliseconds until an unanswered request counts as failed. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** `true` trusts the system's certificate authorities. Default: no TLS. */
  readonly tls?: true | tls.ConnectionOptions;
  /** Default: no authentication. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  readonly logger: TransportLogger;
}

export const CONNECTION_DEFAULTS = {
  /** A connection within a data centre takes milliseconds; TLS to another region under a second. */
  connectionTimeoutMs: 3_000,
  /** Above the broker's `replica.lag.time.max.ms` share of a produce request that waits for replicas. */
  requestTimeoutMs: 30_000,
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
  const brokers = connection.brokers.map(checkedAddress);
  if (brokers.length === 0)
    throw new TriageError('usage', 'No Kafka broker is given: expected at least one host:port.');
  const sockets = new TrackedSockets();
  const config: KafkaConfig = {
    brokers,
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
    ...(connection.tls === undefined ? {} : { ssl: connection.tls }),
    ...(connection.sasl === undefined ? {} : { sasl: { ...connection.sasl } as NonNullable<KafkaConfig['sasl']> }),
  };
  return { kafka: new Kafka(config), brokers, logger: connection.logger, cutConnections: () => sockets.cut() };
}

function checkedAddress(address: string): string {
  const match = /^([^\s:/]+):(\d{1,5})$/.exec(address);
  if (match === null || Number(match[2]) === 0 || Number(match[2]) > 65_535) {
    throw new TriageError('usage', `Kafka broker "${address}" is not host:port (example: kafka.example.com:9092).`);
  }
  return address;
}

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: tls.ConnectionOptions;
  readonly onConnect: () => void;
}

/** Milliseconds between TCP keep-alive probes, kafkajs' own value. */
const TCP_KEEP_ALIVE_MS = 60_000;

class TrackedSockets {
  readonly #open = new Set<net.Socket>();
  #cut = false;

  open({ host, port, ssl, onConnect }: SocketRequest): net.Socket {
    if (this.#cut) throw new Error('this client is closed');
    const socket = ssl
      ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    // kafkajs says goodbye to a dead socket again at every attempt, and Node adds a listener each time: no leak, since
    // the socket is replaced as soon as a connection succeeds, but a warning.
    socket.setMaxListeners(0);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#open) socket.destroy(new Error('this client is closed'));
  }
}
