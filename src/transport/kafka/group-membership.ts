import type { TopicPartition } from './source-options.ts';

/**
 * What the batch reader has to know about the consumer group. kafkajs tells a running batch nothing about a rebalance
 * (there is no revoke callback) and still hands out the batches it had fetched before, so it is kept here.
 */
export class GroupMembership {
  /** Counts the joins. Work begun under another generation may be about a partition that is somebody else's now. */
  generation = 0;
  #assigned: ReadonlySet<string> = new Set();
  /** Set from the moment when the group is known to change until the next join; thrown into kafkajs, it joins again. */
  change: unknown;
  /** When the change became known, milliseconds of the monotonic clock. */
  changeKnownAtMs = 0;

  joined(assigned: readonly TopicPartition[]): void {
    this.generation += 1;
    this.change = undefined;
    this.#assigned = new Set(assigned.map(({ topic, partition }) => `${topic}/${partition}`));
  }

  owns(topic: string, partition: number): boolean {
    return this.#assigned.has(`${topic}/${partition}`);
  }

  changed(error: unknown, nowMs: number): void {
    if (this.change !== undefined) return;
    this.change = error;
    this.changeKnownAtMs = nowMs;
  }
}
