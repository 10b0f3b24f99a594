/**
 * The one contract between the pipeline and whatever carries records. A driver implements `Source` and `Sink`;
 * nothing outside `transport/` knows which driver it is.
 *
 * Folder rule: `transport/` may import `events/` and `errors.ts`, never `pipeline/`, `matcher/`, `catalog/` or `telemetry/`.
 */

/** Header values as Kafka has them; a header that occurs more than once holds an array. */
export type Headers = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

/** One record as it was read. `offset` is the position within the partition, 0 or more, exact up to 2^53. */
export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Record timestamp in milliseconds since 1970, -1 where the source has none. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** `null` is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Headers;
}

/** A stretch of one partition, in the words of consumer positions: from `startOffset` up to `nextOffset`, not included. */
export interface InputRange {
  readonly topic: string;
  readonly partition: number;
  /** Where reading stood before: everything below is done. At most the first record's offset. */
  readonly startOffset: number;
  /** Where reading stands when this is done: what is committed. At least the last record's offset + 1. */
  readonly nextOffset: number;
}

/** Consecutive records of one partition, oldest first, never empty. */
export interface SourceBatch extends InputRange {
  readonly records: readonly SourceRecord[];
  /** Offset that the next record written to this partition will get (the end of the partition when it was fetched). */
  readonly endOffset: number;
}

/** One record to write. */
export interface OutboundRecord {
  readonly topic: string;
  /** Decides the partition; `null` means `partitionHint` decides. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** Milliseconds since 1970; absent means the time of writing. */
  readonly timestampMs?: number;
  /** Used modulo the partition count when `key` is null, so that records of one source partition stay in order. */
  readonly partitionHint: number;
}

/** Lifts the pause on a batch that takes long: call it often while working, it costs nothing when it is not yet due. */
export type KeepAlive = () => Promise<void>;

/**
 * Handles one batch. Resolves only after everything made from the batch is acknowledged by the sink: the source
 * commits the batch right after. Rejects when that cannot be reached: nothing of the batch is committed then.
 */
export type BatchHandler = (batch: SourceBatch, keepAlive: KeepAlive) => Promise<void>;

export interface Source {
  /**
   * Reads until the end of the input or until `stop`. Batches of one partition are handed over one after another, in
   * order; those of different partitions may overlap.
   * @throws {TriageError} when the source cannot go on (the reason is in the error).
   */
  run(handle: BatchHandler): Promise<void>;
  /** Takes no further batch, waits for the running handlers and their commits, leaves. `run` resolves afterwards. */
  stop(): Promise<void>;
}

export interface Sink {
  /** Whether a call writes all of its records or none, and marks what it `covers` as done with them. */
  readonly atomic: boolean;
  /**
   * Resolves once every record is acknowledged by all in-sync replicas (or written and flushed). Records with the same
   * topic and partition are written in the given order, also across calls.
   * `covers` is the input that the records were made from, also when it made none: an atomic sink commits it with them,
   * others leave that to the source.
   * @throws {TriageError} when that failed for at least one of them; some may have been written unless the sink is atomic.
   */
  publish(records: readonly OutboundRecord[], keepAlive: KeepAlive, covers?: InputRange): Promise<void>;
  close(): Promise<void>;
}
