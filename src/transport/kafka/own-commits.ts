import type { TopicPartition } from './source-options.ts';

/**
 * What a member has committed. After a start of all brokers, a group's coordinator answers for up to two seconds with
 * offsets from before (Kafka 4.3.1: as of the high watermark, which it does not know yet, and no error). A member that joins
 * again without a rebalance would begin there, write again what it has written, and move the group back.
 * The group cannot be moved by anybody else while it has members; but a topic can be made anew.
 */
export class OwnCommits {
  readonly #commits = new Map<string, { readonly nextOffset: number; doubtedSinceMs?: number }>();
  #memberId: string | undefined;

  /** What was committed as another member is forgotten: the group may have been empty in between, and moved by a person. */
  joined(memberId: string): void {
    if (memberId !== this.#memberId) this.#commits.clear();
    this.#memberId = memberId;
  }

  committed(partition: TopicPartition, nextOffset: number): void {
    this.#commits.set(keyOf(partition), { nextOffset });
  }

  /** The group has no position any more: the topic was made anew, or has lost its end. */
  forget(partition: TopicPartition): void {
    this.#commits.delete(keyOf(partition));
  }

  /** Whether everything below `offset` is committed by this member, and more. */
  goesBeyond(partition: TopicPartition, offset: number): boolean {
    return offset < (this.#commits.get(keyOf(partition))?.nextOffset ?? 0);
  }

  /**
   * Whether the group's position is to be asked again rather than read from `offset`, as it lies before what is committed.
   * For so long as a coordinator may need to know better; then it is believed.
   */
  doubts(partition: TopicPartition, offset: number, nowMs: number): boolean {
    const commit = this.#commits.get(keyOf(partition));
    if (commit === undefined) return false;
    if (offset >= commit.nextOffset) {
      delete commit.doubtedSinceMs;
      return false;
    }
    commit.doubtedSinceMs ??= nowMs;
    if (nowMs - commit.doubtedSinceMs < DOUBT_MS) return true;
    this.forget(partition);
    return false;
  }
}

const DOUBT_MS = 4_000;

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
