import type { KeepAlive, OutboundRecord, Sink } from '../port.ts';
import { partitionCount } from './admin.ts';
import { BACKOFF_DEFAULTS, sleep } from './backoff.ts';
import { createKafkaClient, type KafkaClient, type KafkaConnection } from './client.ts';
import type { Compression } from './compression.ts';
import { whileKeptAlive } from './keep-alive.ts';
import { wireBytes } from './partition-queue.ts';
import { ProducerPool } from './producer-pool.ts';
import { abortedError, PublishCall } from './publish-call.ts';
import { type StateListener, StateReport } from './state-report.ts';
import { TopicRoute } from './topic-route.ts';

/** Defaults with their reasons: `SINK_DEFAULTS`. */
export interface KafkaSinkOptions {
  readonly connection: KafkaConnection;
  readonly compression?: Compression;
  /** Bytes per send, before compression. Below the brokers' message.max.bytes. */
  readonly maxSendBytes?: number;
  readonly maxSendRecords?: number;
  readonly acksTimeoutMs?: number;
  readonly partitionCountMaxAgeMs?: number;
  readonly keepAliveIntervalMs?: number;
  readonly maxRecordsPerProducer?: number;
  readonly closeTimeoutMs?: number;
  /** Ends all waiting: calls under way and later ones reject with a retriable error. */
  readonly signal?: AbortSignal;
  /** `waiting` when the first partition cannot be written, `ok` when all can be again. */
  readonly onState?: StateListener;
}

export const SINK_DEFAULTS = {
  compression: 'none',
  /** Below Kafka's default message.max.bytes of 1,048,588 with room for what a broker adds. */
  maxSendBytes: 900_000,
  /** kafkajs copies the list of messages once per message: the square of this, which shows from some thousands on. */
  maxSendRecords: 1_000,
  /** Milliseconds that the broker may wait for the replicas; below the request timeout, so that it can still say so. */
  acksTimeoutMs: 20_000,
  /** Milliseconds; added partitions are seen after this time, as in Kafka's own producer. */
  partitionCountMaxAgeMs: 300_000,
  /** Milliseconds; well below the heartbeat interval of the consumer group. */
  keepAliveIntervalMs: 1_000,
  /** kafkajs restarts the sequence at 0 after 2^31 records of a partition, where brokers expect it to go on. */
  maxRecordsPerProducer: 2 ** 30,
  /** Milliseconds that `close` waits for an answer to what is in flight. */
  closeTimeoutMs: 500,
} as const;

/** Milliseconds; kafkajs tries three times within 300 ms or so. What tries for longer is not waited for. */
const CUT_TIMEOUT_MS = 500;

/**
 * Writes with an idempotent producer, acknowledged by all in-sync replicas. While the brokers cannot take records,
 * `publish` waits, for as long as it takes, and calls `keepAlive`. A record the broker finds too large rejects with
 * `RecordTooLargeError` after all others of the call are written. A record whose timestamp the broker does not take gets
 * the time of writing.
 */
export class KafkaSink implements Sink {
  readonly atomic = false;
  readonly #client: KafkaClient;
  readonly #producers: ProducerPool;
  readonly #routes = new Map<string, TopicRoute>();
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #options: KafkaSinkOptions & typeof SINK_DEFAULTS;
  readonly #state: StateReport;
  #closed: Promise<void> | undefined;

  constructor(options: KafkaSinkOptions) {
    this.#options = { ...SINK_DEFAULTS, ...options } as KafkaSinkOptions & typeof SINK_DEFAULTS;
    this.#client = createKafkaClient(options.connection);
    this.#signal =
      options.signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, options.signal]);
    this.#state = new StateReport((state, reason) => options.onState?.(state, reason));
    this.#producers = new ProducerPool({
      client: this.#client,
      compression: this.#options.compression,
      acksTimeoutMs: this.#options.acksTimeoutMs,
      maxRecordsPerProducer: this.#options.maxRecordsPerProducer,
    });
  }

  async publish(records: readonly OutboundRecord[], keepAlive: KeepAlive): Promise<void> {
    if (this.#signal.aborted) throw abortedError();
    if (records.length === 0) return;
    const call = new PublishCall(records.length);
    const routes = new Set<TopicRoute>();
    for (const record of records) {
      const route = this.#route(record.topic);
      route.add({ record, bytes: wireBytes(record), call });
      routes.add(route);
    }
    for (const route of routes) route.start();
    const watch = { keepAlive, intervalMs: this.#options.keepAliveIntervalMs, signal: this.#signal };
    await whileKeptAlive(watch, (signal) => call.settledBy(signal));
  }

  /** Calls still under way reject. Waits for what is in flight up to `closeTimeoutMs`, then cuts the connections. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    const finished = new AbortController();
    const ended = this.#producers.close().finally(() => finished.abort());
    await sleep(this.#options.closeTimeoutMs, finished.signal);
    this.#client.cutConnections();
    // What was cut off fails at once, or after kafkajs' short retries. Not to be waited for beyond that.
    await Promise.race([ended, sleep(CUT_TIMEOUT_MS, finished.signal)]);
  }

  #route(topic: string): TopicRoute {
    let route = this.#routes.get(topic);
    if (route === undefined) {
      route = new TopicRoute(topic, {
        send: (name, partition, messages) => this.#producers.send(name, partition, messages),
        renewProducer: () => this.#producers.renew(),
        onSendFailed: (name) => this.#routes.get(name)?.refresh(),
        countPartitions: (name) => partitionCount(this.#options.connection, name, this.#signal),
        partitionCountMaxAgeMs: this.#options.partitionCountMaxAgeMs,
        state: this.#state,
        brokers: this.#client.brokers,
        logger: this.#client.logger,
        maxSendBytes: this.#options.maxSendBytes,
        maxSendRecords: this.#options.maxSendRecords,
        backoff: BACKOFF_DEFAULTS,
        signal: this.#signal,
      });
      this.#routes.set(topic, route);
    }
    return route;
  }
}
