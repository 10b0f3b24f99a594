/** What happened to one deployment, as read back from its topics afterwards; input of verify.ts. Times: ms since 1970. */

export type Delivery = 'at-least-once' | 'exactly-once';

/** What has to become of a record. */
export const EXPECTED = ['resolved', 'unclassified', 'ignored', 'dead-lettered'] as const;
export type Expected = (typeof EXPECTED)[number];

export interface InputRecord {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly expected: Expected;
  /** When the broker appended it. */
  readonly appendedAtMs: number;
}

export interface OutputRecord {
  readonly topic: 'output' | 'deadLetter';
  /** Counts how often the topic was deleted and made anew before. */
  readonly incarnation: number;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly appendedAtMs: number;
  /** `event_id` of a resolution event; made from the source headers of a dead letter in the same form. */
  readonly eventId: string;
  /** The input's id: of a dead letter, as its headers have it. */
  readonly id: string | null;
  readonly outcome: Expected;
  /** The whole value of the input, which a dead letter carries; null for others. */
  readonly original: string | null;
  /** Who wrote it. */
  readonly writer: Writer;
  /** Everything that must be equal in duplicates: all but the time of processing. */
  readonly content: string;
}

/** What the batch in which a record lies says of its producer. */
export interface Writer {
  /** Id and epoch: of a transactional producer, until the next one with its transactional id is opened. */
  readonly producer: string;
  readonly inTransaction: boolean;
}

/** One commit of the group. */
export interface CommitRecord {
  readonly partition: number;
  /** Everything below it is done. */
  readonly offset: number;
  /** When the coordinator took it. */
  readonly atMs: number;
  readonly writer: Writer;
}

/** A time in which records may have been written that are written again later: their commit may not have come through. */
export interface Disturbance {
  readonly fromMs: number;
  /** Equal to `fromMs` for a moment, such as that of an assignment. */
  readonly toMs: number;
}

/** From when on output must be there again within a limit, such as the return of the brokers. */
export interface RecoveryMark {
  readonly what: string;
  readonly atMs: number;
  readonly limitMs: number;
}

export interface History {
  readonly inputTopic: string;
  readonly delivery: Delivery;
  /** Ids whose writing was acknowledged to the load generator. */
  readonly acknowledged: ReadonlySet<string>;
  readonly input: readonly InputRecord[];
  readonly output: readonly OutputRecord[];
  /** Every commit that was ever taken, in their order: as the offsets topic has them, not as seen now and then. */
  readonly commits: readonly CommitRecord[];
  /** Offset after the last record, by input partition. */
  readonly inputEnds: ReadonlyMap<number, number>;
  readonly marks: readonly RecoveryMark[];
  /** What may be behind duplicates: the faults, assignments of partitions, and times in which workers could not write. */
  readonly disturbances: readonly Disturbance[];
  /** What was seen to go wrong while it ran: unexpected exits, slow stops and the like. */
  readonly incidents: readonly string[];
  /** Most duplicates that the scenario allows; absent: any number (at-least-once). */
  readonly maxDuplicates?: number;
}

/** Event id -> its output records, first one first. */
export type OutputByInput = ReadonlyMap<string, readonly OutputRecord[]>;

/** As the service makes it for a record of the input topic. */
export function eventIdOf(topic: string, { partition, offset }: { partition: number; offset: number }): string {
  return `${topic}:${partition}:${offset}`;
}
