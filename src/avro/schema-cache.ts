/** A bounded memory of what the registry said, least recently used out first. */

interface Entry<T> {
  readonly value: T;
  readonly weight: number;
  /** Milliseconds of `now`; after that it is asked for again. */
  readonly validUntilMs: number;
}

export interface SchemaCacheOptions {
  /** 1 or more. */
  readonly maxEntries: number;
  /** Of all entries together; the newest stays even when it is heavier. */
  readonly maxWeight: number;
  /** Milliseconds since 1970. While the clock is set back, answers that may change are kept for that much longer. */
  readonly now: () => number;
}

export class SchemaCache<T> {
  /** In the order of their last use. */
  readonly #entries = new Map<number, Entry<T>>();
  readonly #options: SchemaCacheOptions;
  #weight = 0;

  constructor(options: SchemaCacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: number): T | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#remove(id, entry);
    if (entry.validUntilMs <= this.#options.now()) return undefined;
    this.#add(id, entry);
    return entry.value;
  }

  /** `lifetimeMs`: for answers that may change. */
  set(id: number, value: T, weight: number, lifetimeMs = Number.POSITIVE_INFINITY): void {
    const old = this.#entries.get(id);
    if (old !== undefined) this.#remove(id, old);
    this.#add(id, { value, weight, validUntilMs: this.#options.now() + lifetimeMs });
    for (const [oldest, entry] of this.#entries) {
      const isFull = this.#entries.size > this.#options.maxEntries || this.#weight > this.#options.maxWeight;
      if (!isFull || this.#entries.size === 1) break;
      this.#remove(oldest, entry);
    }
  }

  #add(id: number, entry: Entry<T>): void {
    this.#entries.set(id, entry);
    this.#weight += entry.weight;
  }

  #remove(id: number, entry: Entry<T>): void {
    this.#entries.delete(id);
    this.#weight -= entry.weight;
  }
}
