import type { KeepAlive } from '../port.ts';
import type { KafkaConnection } from './client.ts';
import type { StateListener } from './state-report.ts';

export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next record to process; everything below it is processed and committed. */
  readonly nextOffset: number;
  /** Offset that the next record written to the partition will get, as of the last fetch. */
  readonly endOffset: number;
  /** Records between the two, 0 or more. */
  readonly lag: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Who commits the offsets in place of the source: a sink that does it together with what it writes. */
export interface CommittedOffsets {
  /**
   * Fences every other owner of the partition, then gives the offset that the group has committed; `null` without one.
   * May be behind when somebody else has written since: writing fails then. Never is below `startOffset` for that reason.
   */
  committed(input: TopicPartition, startOffset: number, keepAlive: KeepAlive): Promise<number | null>;
  /** Told of all partitions that this process reads now, after each join. */
  assigned(partitions: readonly TopicPartition[]): void;
}

/** Defaults with their reasons: `SOURCE_DEFAULTS`. */
export interface KafkaSourceOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly topic: string;
  /** Where a group without committed offsets begins, and one whose offsets are gone: at the oldest record, or the end. */
  readonly fromBeginning?: boolean;
  /** Absent: the source commits what its handler has done. */
  readonly offsets?: CommittedOffsets;
  /** 1 or more. */
  readonly maxBatchRecords?: number;
  /** 1 or more. */
  readonly partitionsConsumedConcurrently?: number;
  /** Within the broker's group.min.session.timeout.ms and group.max.session.timeout.ms (6 s to 30 min). */
  readonly sessionTimeoutMs?: number;
  /** Below `sessionTimeoutMs`, a third of it at most. */
  readonly heartbeatIntervalMs?: number;
  readonly rebalanceTimeoutMs?: number;
  /** 0 gives a batch up as soon as a rebalance is known. */
  readonly rebalanceGraceMs?: number;
  readonly commitTimeoutMs?: number;
  /** 0 or more. */
  readonly stopTimeoutMs?: number;
  readonly maxWaitTimeMs?: number;
  readonly maxBytesPerPartition?: number;
  readonly maxBytesPerFetch?: number;
  /**
   * Name of a member of the group whose process has ended without a goodbye: it is dismissed before joining, else the group
   * would wait for it until its session timeout.
   */
  readonly previousMemberId?: string | undefined;
  /** Called after each join with the name that the group knows this process by. */
  readonly onJoin?: (memberId: string) => void;
  /** Called after each join with all partitions this process reads now, and with none when it has left the group. */
  readonly onAssignment?: (partitions: readonly TopicPartition[]) => void;
  /**
   * Called before and after each batch. A partition without new records is silent, so its lag stays at what was said
   * last, which is 0 once it has been read to its end.
   */
  readonly onProgress?: (progress: PartitionProgress) => void;
  /** `waiting` from a lost connection, or a commit that failed, until it is mended. Logged by the source itself. */
  readonly onState?: StateListener;
}

export const SOURCE_DEFAULTS = {
  /** Error logs of the time before the first start are worth having; a live tail is not what the group is for. */
  fromBeginning: true,
  /** Records per handed-over batch: a bound on what is in flight per partition, and on what is read twice after a crash. */
  maxBatchRecords: 500,
  /** Partitions whose handlers may overlap. Waits for acknowledgements overlap then; the work itself shares one core. */
  partitionsConsumedConcurrently: 4,
  /** Milliseconds without a heartbeat until the group gives the partitions away. Long enough for a full GC or a slow disk. */
  sessionTimeoutMs: 30_000,
  /** A tenth of the session timeout: several may be lost. */
  heartbeatIntervalMs: 3_000,
  /** Milliseconds that a rebalance waits for a member to come. */
  rebalanceTimeoutMs: 60_000,
  /** Milliseconds that a batch may go on after a rebalance was announced; well below `rebalanceTimeoutMs`. */
  rebalanceGraceMs: 5_000,
  /** Milliseconds until a commit that fails makes us look for another coordinator. Brokers find one dead after 9 s. */
  commitTimeoutMs: 10_000,
  /** Milliseconds that handlers may still work after a stop: a healthy broker takes a batch in some tens of them. */
  stopTimeoutMs: 2_500,
  /** Milliseconds that a fetch without records waits at the broker; also how long a stop may have to wait. */
  maxWaitTimeMs: 500,
  /** Bytes per partition and fetch. With `maxBytesPerFetch` the bound on fetched memory per broker. */
  maxBytesPerPartition: 1_048_576,
  /** Bytes per fetch of one broker. */
  maxBytesPerFetch: 10_485_760,
} as const;
