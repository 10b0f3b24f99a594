/**
 * Where reading stood before a batch. kafkajs steps over batches of nothing but control records and aborted
 * transactions without handing them out: the next batch then begins behind what is committed, with nothing lost in
 * between. This tells that case from a position that somebody has moved. Valid for one join of the group.
 */
export class ReadPositions {
  readonly #committedAtJoin: (topic: string, partition: number) => number | undefined;
  readonly #handled = new Map<string, number>();
  readonly #skipped = new Map<string, { readonly from: number; readonly to: number }>();

  /** `committedAtJoin`: the offset from which reading began. */
  constructor(committedAtJoin: (topic: string, partition: number) => number | undefined) {
    this.#committedAtJoin = committedAtJoin;
  }

  joined(): void {
    this.#handled.clear();
    this.#skipped.clear();
  }

  /** Everything below `nextOffset` was stepped over. */
  skipped(topic: string, partition: number, nextOffset: number): void {
    const key = keyOf(topic, partition);
    const from = this.#skipped.get(key)?.from ?? this.#handled.get(key) ?? this.#committedAtJoin(topic, partition);
    if (from !== undefined) this.#skipped.set(key, { from, to: nextOffset });
  }

  /** Everything below `nextOffset` was handed out and done. */
  handled(topic: string, partition: number, nextOffset: number): void {
    const key = keyOf(topic, partition);
    this.#handled.set(key, nextOffset);
    this.#skipped.delete(key);
  }

  /** Below this offset everything was done before the batch that was fetched from `fetchedOffset`. */
  before(topic: string, partition: number, fetchedOffset: number): number {
    const skipped = this.#skipped.get(keyOf(topic, partition));
    return skipped?.to === fetchedOffset ? skipped.from : fetchedOffset;
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
