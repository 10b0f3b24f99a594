import type { Message } from 'kafkajs';
import type { TransportLogger } from '../log.ts';
import type { Headers, OutboundRecord } from '../port.ts';
import { type BackoffLimits, backoffMs, sleep } from './backoff.ts';
import {
  isBadTimestamp,
  isTooLarge,
  isUnexpected,
  needsAPerson,
  reasonOf,
  toTransportError,
  UNEXPECTED_ATTEMPTS_MAX,
} from './failure.ts';
import type { PublishCall } from './publish-call.ts';
import type { StateReport } from './state-report.ts';

/** A record on its way, with the call that waits for it. */
export interface Entry {
  readonly record: OutboundRecord;
  readonly bytes: number;
  readonly call: PublishCall;
}

/** What all queues of a sink share. */
export interface QueueContext {
  readonly send: (topic: string, partition: number, messages: Message[]) => Promise<void>;
  /** See `ProducerPool.renew`. */
  readonly renewProducer: () => void;
  readonly onSendFailed: (topic: string) => void;
  readonly state: StateReport;
  readonly brokers: readonly string[];
  readonly logger: TransportLogger;
  readonly maxSendBytes: number;
  readonly maxSendRecords: number;
  readonly backoff: BackoffLimits;
  /** Aborts when nothing may wait any longer. */
  readonly signal: AbortSignal;
}

/**
 * Writes the records of one partition: one send at a time, so that the order holds; what arrives meanwhile goes together
 * in the next one. Holds what the callers of `publish` have in flight, which they bound.
 */
export class PartitionQueue {
  readonly #topic: string;
  readonly #partition: number;
  readonly #context: QueueContext;
  #waiting: Entry[] = [];
  #sending = false;

  constructor(topic: string, partition: number, context: QueueContext) {
    this.#topic = topic;
    this.#partition = partition;
    this.#context = context;
  }

  add(entry: Entry): void {
    this.#waiting.push(entry);
  }

  /** Starts sending what was added, unless that goes on already. */
  start(): void {
    if (!this.#sending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let entries = this.#take(); entries.length > 0; entries = this.#take()) await this.#deliver(entries);
    this.#sending = false;
  }

  /** The next records up to the limits, at least one; without those whose caller has given up. */
  #take(): Entry[] {
    const { maxSendBytes, maxSendRecords } = this.#context;
    const taken: Entry[] = [];
    let bytes = 0;
    let read = 0;
    for (const entry of this.#waiting) {
      const full = taken.length > 0 && (bytes + entry.bytes > maxSendBytes || taken.length >= maxSendRecords);
      if (full) break;
      read += 1;
      if (entry.call.settled) continue;
      taken.push(entry);
      bytes += entry.bytes;
    }
    this.#waiting.splice(0, read);
    return taken;
  }

  async #deliver(entries: Entry[]): Promise<void> {
    const parts = [entries];
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const refusal = await this.#sendUntilSettled(part);
      if (refusal === undefined) continue;
      const [only] = part;
      if (part.length === 1 && only !== undefined) {
        only.call.refused(only.record, refusal);
        continue;
      }
      const middle = Math.ceil(part.length / 2);
      parts.unshift(part.slice(0, middle), part.slice(middle));
    }
  }

  /** Settles every entry, or returns why the broker found them too large together. */
  async #sendUntilSettled(entries: Entry[]): Promise<unknown> {
    const { signal, backoff, state } = this.#context;
    const name = `${this.#topic}/${this.#partition}`;
    // The same objects at each attempt: see ProducerPool.send.
    let messages = entries.map((entry) => toMessage(entry.record, this.#partition));
    let perhapsWritten = false;
    let unexpected = 0;
    try {
      for (let attempt = 0; ; attempt++) {
        if (signal.aborted || entries.every((entry) => entry.call.settled)) {
          if (perhapsWritten) this.#context.renewProducer();
          return undefined;
        }
        try {
          await this.#context.send(this.#topic, this.#partition, messages);
          for (const { call } of entries) call.acknowledged();
          return undefined;
        } catch (error) {
          if (isTooLarge(error)) return error;
          if (isBadTimestamp(error) && messages.some((message) => message.timestamp !== undefined)) {
            messages = messages.map(({ timestamp: _timestamp, ...message }) => message);
            this.#context.logger.warn(
              { event: 'timestamps-refused', topic: this.#topic, partition: this.#partition, records: entries.length },
              "record timestamps are too far from the broker's clock: the records get the time of writing",
            );
            continue;
          }
          if (isUnexpected(error)) unexpected += 1;
          if (needsAPerson(error) || unexpected > UNEXPECTED_ATTEMPTS_MAX) {
            if (perhapsWritten) this.#context.renewProducer();
            this.#fail(entries, error);
            return undefined;
          }
          perhapsWritten = true;
          // Cut off by our own close: nothing is waited for.
          if (signal.aborted) continue;
          state.waiting(name, reasonOf(error, this.#failureContext()));
          this.#context.onSendFailed(this.#topic);
          await sleep(backoffMs(attempt, backoff), signal);
        }
      }
    } finally {
      state.over(name);
    }
  }

  #fail(entries: readonly Entry[], error: unknown): void {
    const failure = toTransportError(error, this.#failureContext());
    for (const { call } of entries) call.fail(failure);
  }

  #failureContext() {
    return {
      brokers: this.#context.brokers,
      doing: `write to topic ${this.#topic}, partition ${this.#partition}`,
      topic: this.#topic,
    };
  }
}

/** Bytes of a record on the wire, an upper bound: its fields, varints and its share of the batch header. */
export function wireBytes({ key, value, headers }: OutboundRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, values] of Object.entries(headers)) {
    for (const one of Array.isArray(values) ? values : [values]) {
      bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(one ?? '');
    }
  }
  return bytes;
}

/** Length, attributes, deltas of time and offset, lengths of key, value and header count: at most this. */
const RECORD_OVERHEAD_BYTES = 36;
/** Two varint lengths. */
const HEADER_OVERHEAD_BYTES = 10;

/** As kafkajs takes it. */
export function toMessage({ key, value, headers, timestampMs }: OutboundRecord, partition: number): Message {
  return {
    key,
    value,
    partition,
    headers: writableHeaders(headers),
    ...(timestampMs === undefined || timestampMs < 0 ? {} : { timestamp: String(timestampMs) }),
  };
}

/** Kafka allows a header without a value and kafkajs reads it as `null`, but cannot write it: it becomes an empty one. */
function writableHeaders(headers: Headers): Headers {
  const values: readonly unknown[] = Object.values(headers);
  if (values.every((value) => value !== null && value !== undefined)) return headers;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']));
}
