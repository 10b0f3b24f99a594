import type { TransportLogger } from '../log.ts';

interface Count {
  readonly partitions: number;
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
  async of(topic: string): Promise<number> {
    const known = this.#counts.get(topic);
    if (known === undefined) return this.#ask(topic);
    if (performance.now() - known.askedAtMs > this.#options.maxAgeMs) {
      known.askedAtMs = performance.now();
      this.#ask(topic).catch((error: unknown) => {
        this.#options.logger.debug({ topic, error }, 'the partition count could not be found out');
      });
    }
    return known.partitions;
  }

  async #ask(topic: string): Promise<number> {
    const partitions = await this.#options.ask(topic);
    this.#counts.set(topic, { partitions, askedAtMs: performance.now() });
    return partitions;
  }
}
