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
  /** Milliseconds that a fetch without records waits at the broker; also how long a stop may have to wait. */
  maxWaitTimeMs: 500,
  /** Bytes per partition and fetch. With `maxBytesPerFetch` the bound on fetched memory per broker. */
  maxBytesPerPartition: 1_048_576,
  /** Bytes per fetch of one broker. */
  maxBytesPerFetch: 10_485_760,
} as const;
