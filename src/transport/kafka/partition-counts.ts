import type { TransportLogger } from '../log.ts';

interface Count {
  partitions: Promise<number>;
  askedAtMs: number;
}

export interface PartitionCountsOptions {
  /** The partitions a topic has now. @throws when it cannot be found out, or the topic does not exist. */
  readonly ask: (topic: string) => Promise<number>;
  /** Milliseconds after which the count is asked for again. */
  readonly maxAgeMs: number;
  readonly logger: TransportLogger;
}

/** Remembers how many partitions topics have. */
export class PartitionCounts {
  readonly #options: PartitionCountsOptions;
  readonly #counts = new Map<string, Count>();

  constructor(options: PartitionCountsOptions) {
    this.#options = options;
  }

  /** Waits for an answer only the first time; later it is renewed behind the scenes. @throws as `ask` does. */
  of(topic: string): Promise<number> {
    const known = this.#counts.get(topic);
    if (known === undefined) return this.#first(topic);
    if (performance.now() - known.askedAtMs >= this.#options.maxAgeMs) void this.#renew(topic, known);
    return known.partitions;
  }

  /** The same answer for all that ask meanwhile. */
  #first(topic: string): Promise<number> {
    const partitions = this.#options.ask(topic);
    this.#counts.set(topic, { partitions, askedAtMs: performance.now() });
    // Those who wait are told why; the next one asks again.
    partitions.catch(() => this.#counts.delete(topic));
    return partitions;
  }

  async #renew(topic: string, count: Count): Promise<void> {
    count.askedAtMs = performance.now();
    try {
      count.partitions = Promise.resolve(await this.#options.ask(topic));
    } catch (error) {
      this.#options.logger.debug({ topic, error }, 'the partition count could not be found out');
    }
  }
}
