/** Lag and delay by partition. */
import { MAX_PARTITIONS } from './limits.ts';
import { owned } from './text.ts';

export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

interface Progress {
  lagRecords: number;
  delayMs: number | null;
}

export class Partitions {
  private readonly byId = new Map<string, Progress>();
  /** When records were left again after none were, in milliseconds since 1970; 0: never. */
  waitingSinceMs = 0;
  /** Undefined before the first assignment, and where there is no group: then every partition counts. */
  private assigned: ReadonlySet<string> | undefined;

  /** This process reads these and no others from now on: what is known of the others is forgotten. */
  assign(partitions: readonly PartitionId[]): void {
    const assigned = new Set(partitions.map(idOf));
    for (const id of this.byId.keys()) if (!assigned.has(id)) this.byId.delete(id);
    this.assigned = assigned;
  }

  /** What is told of a partition that went to another process meanwhile is left out: nobody would take it back. */
  setLag(partition: PartitionId, lagRecords: number, atMs: number): void {
    const progress = this.progressOf(partition);
    if (progress === undefined) return;
    if (lagRecords > 0 && this.lagRecords === 0) this.waitingSinceMs = atMs;
    progress.lagRecords = lagRecords;
  }

  setDelay(partition: PartitionId, delayMs: number | null): void {
    const progress = this.progressOf(partition);
    if (progress !== undefined) progress.delayMs = delayMs;
  }

  /** Partitions assigned, or seen where nothing assigns any. */
  get count(): number {
    return this.assigned?.size ?? this.byId.size;
  }

  get lagRecords(): number {
    let sum = 0;
    for (const { lagRecords } of this.byId.values()) sum += lagRecords;
    return sum;
  }

  /** The longest; null where no record had a time. */
  get delayMs(): number | null {
    let longest: number | null = null;
    for (const { delayMs } of this.byId.values()) if (delayMs !== null) longest = Math.max(longest ?? 0, delayMs);
    return longest;
  }

  private progressOf(partition: PartitionId): Progress | undefined {
    const id = idOf(partition);
    if (this.assigned?.has(id) === false) return undefined;
    let progress = this.byId.get(id);
    if (progress === undefined) {
      if (this.byId.size >= MAX_PARTITIONS) return undefined;
      progress = { lagRecords: 0, delayMs: null };
      this.byId.set(owned(id), progress);
    }
    return progress;
  }
}

function idOf({ topic, partition }: PartitionId): string {
  return `${topic}\n${partition}`;
}
