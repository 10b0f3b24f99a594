/** Writes records with ids to the input topic, past all faults, and remembers which ones were acknowledged. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../src/demo/random.ts';
import { KafkaSink } from '../src/transport/kafka/kafka-sink.ts';
import type { OutboundRecord } from '../src/transport/port.ts';
import type { Expected } from './history.ts';

/** Headers that say what a record is, also when its value cannot be read. */
export const LOAD_HEADERS = { id: 'chaos-id', expected: 'chaos-expected' } as const;

const CONNECTORS = 24;
const TICK_MS = 50;
/** Sends under way at once; with more, the load waits. */
const MAX_PENDING = 40;

const VALUES: Readonly<Record<Expected, (id: string, connector: string, now: string) => string>> = {
  resolved: (id, connector, now) =>
    event(id, connector, now, 'error', 'BoxServerException: Unauthorized - Cannot authorize with this service'),
  unclassified: (id, connector, now) => event(id, connector, now, 'error', `The flux of ${id} is out of phase`),
  ignored: (id, connector, now) => event(id, connector, now, 'info', 'polled 3 events'),
  'dead-lettered': (id, connector) => `{"id":"${id}","connector_id":"${connector}","message":`,
};

export interface LoadOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly random: Random;
  /** Records per second. */
  readonly rate: number;
}

export class Load {
  readonly acknowledged = new Set<string>();
  rate: number;
  readonly #options: LoadOptions;
  readonly #sink: KafkaSink;
  readonly #pending = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #stopping = false;
  #count = 0;
  #failure: unknown;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.rate = options.rate;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    this.#sink = new KafkaSink({ connection: { brokers: options.brokers, clientId: 'chaos-load', logger } });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Writes `count` records now, on top of the rate. */
  async burst(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1_000) await this.#write(Math.min(1_000, left));
  }

  /** Resolves when nothing is under way; with a rate of 0 it stays so. @throws when something could not be written, ever. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when everything begun is acknowledged. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.settled();
    await this.#sink.close();
  }

  /** Gives up what is not acknowledged yet. */
  async abort(): Promise<void> {
    this.#stopping = true;
    await this.#sink.close();
    await Promise.allSettled([this.#running, ...this.#pending]);
  }

  async #run(): Promise<void> {
    let owed = 0;
    while (!this.#stopping) {
      owed += (this.rate * TICK_MS) / 1_000;
      const count = Math.floor(owed);
      owed -= count;
      if (count > 0 && this.#pending.size < MAX_PENDING) {
        // Nobody may be waiting for it yet: `settled` tells.
        const writing = this.#write(count)
          .catch((error: unknown) => {
            this.#failure ??= error;
          })
          .finally(() => this.#pending.delete(writing));
        this.#pending.add(writing);
      }
      await sleep(TICK_MS);
    }
  }

  async #write(count: number): Promise<void> {
    const ids: string[] = [];
    const records: OutboundRecord[] = [];
    for (let i = 0; i < count; i++) {
      const id = `r${this.#count++}`;
      ids.push(id);
      records.push(this.#record(id));
    }
    await this.#sink.publish(records, ignore);
    for (const id of ids) this.acknowledged.add(id);
  }

  #record(id: string): OutboundRecord {
    const { random, topic } = this.#options;
    const connector = `connector-${random.between(1, CONNECTORS)}`;
    const expected = this.#pickExpected(random.unit());
    const value = VALUES[expected](id, connector, new Date().toISOString());
    return {
      topic,
      key: Buffer.from(connector),
      value: Buffer.from(value),
      headers: { [LOAD_HEADERS.id]: id, [LOAD_HEADERS.expected]: expected },
      partitionHint: 0,
    };
  }

  #pickExpected(draw: number): Expected {
    if (draw < 0.05) return 'dead-lettered';
    if (draw < 0.25) return 'ignored';
    return draw < 0.4 ? 'unclassified' : 'resolved';
  }
}

function event(id: string, connector: string, timestamp: string, severity: string, message: string): string {
  return JSON.stringify({ id, timestamp, severity, app: 'Box', connector_id: connector, message });
}

async function ignore(): Promise<void> {
  return undefined;
}
