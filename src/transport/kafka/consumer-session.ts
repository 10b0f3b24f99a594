import { type Cluster, type Consumer, type EachBatchHandler, PartitionAssigners } from 'kafkajs';
import { messageOf, TriageError } from '../../errors.ts';
import type { BatchHandler } from '../port.ts';
import { BACKOFF_DEFAULTS, sleep } from './backoff.ts';
import { createBatchReader, progressOf } from './batch-reader.ts';
import { createKafkaClient, type KafkaClient } from './client.ts';
import { committedOffset } from './committed-offset.ts';
import { isUnknownMember } from './failure.ts';
import { GroupMembership } from './group-membership.ts';
import { dismissMember } from './member-dismissal.ts';
import { OwnCommits } from './own-commits.ts';
import { ReadPositions } from './read-positions.ts';
import { type KafkaSourceOptions, SOURCE_DEFAULTS, type TopicPartition } from './source-options.ts';
import type { StateReport } from './state-report.ts';

/**
 * Milliseconds in which kafkajs may leave the group once no batch is in hand, and after them we ourselves: a healthy broker
 * answers in some tens, a fetch that is under way may wait for `maxWaitTimeMs`.
 */
const LEAVING_TIME_MS = 750;

export type SessionEnd =
  | { readonly how: 'stopped' }
  /** `fatal`: the handler's own error, if that was the reason. */
  | { readonly how: 'crashed'; readonly error: unknown; readonly fatal: TriageError | undefined };

/**
 * The life of one kafkajs consumer, from connecting to its crash or stop. kafkajs' own restart is never used: it cannot
 * be stopped while it joins, and waits up to 21 s; the source makes a new session instead.
 */
export class ConsumerSession {
  /** Name by which the group knows this session; undefined before it has joined. */
  memberId: string | undefined;
  /** Whether a broker has answered this session as Kafka. */
  connected = false;
  readonly #client: KafkaClient;
  readonly #consumer: Consumer;
  readonly #previousMemberId: string | undefined;
  #cluster: (Cluster & CommittedAtJoin) | undefined;
  readonly #options: KafkaSourceOptions;
  readonly #state: StateReport;
  readonly #membership = new GroupMembership();
  readonly #positions = new ReadPositions((topic, partition) => this.#committedAtJoin(topic, partition));
  readonly #ownCommits = new OwnCommits();
  readonly #stopping = new AbortController();
  readonly #givenUp = new AbortController();
  readonly #inHand = new Set<Promise<void>>();
  readonly #ended = Promise.withResolvers<SessionEnd>();
  #started: Promise<void> = Promise.resolve();
  #fatal: TriageError | undefined;

  /** `previousMemberId`: of a session that could not say goodbye to the group. */
  constructor(options: KafkaSourceOptions, state: StateReport, previousMemberId?: string) {
    this.#options = options;
    this.#state = state;
    this.#previousMemberId = previousMemberId;
    this.#client = createKafkaClient(options.connection);
    const tuning = { ...SOURCE_DEFAULTS, ...options };
    this.#consumer = this.#client.kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: tuning.sessionTimeoutMs,
      rebalanceTimeout: tuning.rebalanceTimeoutMs,
      heartbeatInterval: tuning.heartbeatIntervalMs,
      maxWaitTimeInMs: tuning.maxWaitTimeMs,
      maxBytesPerPartition: tuning.maxBytesPerPartition,
      maxBytes: tuning.maxBytesPerFetch,
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          this.#cluster = config.cluster as Cluster & CommittedAtJoin;
          return PartitionAssigners.roundRobin(config);
        },
      ],
      retry: {
        // Short: they cover a rebalance or a moved leader. Whatever takes longer ends the session, and the next one
        // begins with fresh connections.
        retries: 4,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        factor: 0.2,
        multiplier: 2,
        restartOnFailure: async () => false,
      },
    });
  }

  /** Resolves at the end of the session. @throws when connecting or subscribing fails. */
  async run(handle: BatchHandler): Promise<SessionEnd> {
    this.#listen();
    this.#started = this.#start(handle);
    try {
      await this.#started;
    } catch (error) {
      this.#client.cutConnections();
      throw error;
    }
    try {
      return await this.#ended.promise;
    } finally {
      this.#tellAssignment([]);
      this.#client.cutConnections();
    }
  }

  /**
   * Waits for the running handlers and their commits up to `stopTimeoutMs`, lets `keepAlive` of the others reject, leaves the
   * group. A handler that does not call `keepAlive` is waited for. Idempotent.
   */
  async stop(): Promise<void> {
    this.#stopping.abort(stoppedError());
    const { stopTimeoutMs } = { ...SOURCE_DEFAULTS, ...this.#options };
    const givingUp = setTimeout(() => this.#givenUp.abort(stoppedError()), stopTimeoutMs);
    const left = new AbortController();
    const cutting = this.#cutUnlessLeft(left.signal, stopTimeoutMs);
    try {
      // kafkajs forgets a stop that comes while it joins. A failed start has told its reason to `run`.
      await this.#started.catch(() => undefined);
      await this.#consumer.disconnect();
    } finally {
      left.abort();
      clearTimeout(givingUp);
    }
    // What else is to be closed need not wait for what the group is told.
    this.#ended.resolve({ how: 'stopped' });
    await cutting;
  }

  /**
   * Gives kafkajs a while to leave, counted from the end of the last batch in hand and at most from the stop timeout. It
   * cannot be told to give up itself: it waits 30 s for an answer, and a minute for its turn in the group. The group would
   * give its partitions to the member all the same, and wait for it until its session timeout.
   */
  async #cutUnlessLeft(left: AbortSignal, stopTimeoutMs: number): Promise<void> {
    await Promise.race([Promise.all(this.#inHand), sleep(stopTimeoutMs, left)]);
    await sleep(LEAVING_TIME_MS, left);
    if (left.aborted) return;
    this.#client.cutConnections();
    if (this.memberId === undefined) return;
    const over = new AbortController();
    await Promise.race([this.#dismiss(this.memberId, over.signal), sleep(LEAVING_TIME_MS, over.signal)]);
    over.abort();
  }

  async #start(handle: BatchHandler): Promise<void> {
    const { topic } = this.#options;
    const tuning = { ...SOURCE_DEFAULTS, ...this.#options };
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: tuning.fromBeginning });
    // Not after `connect` alone: kafkajs takes an open port for a connection, but here it has fetched metadata.
    this.connected = true;
    // Without this the group would wait for the previous session's member before it lets us have the partitions: kafkajs
    // joins as a new member each time.
    if (this.#previousMemberId !== undefined) await this.#dismiss(this.#previousMemberId, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return;
    const read = this.#batchReader(handle);
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: tuning.partitionsConsumedConcurrently,
      eachBatch: async (payload) => {
        const reading = read(payload);
        const settled = reading.then(done, done);
        this.#inHand.add(settled);
        await reading.finally(() => this.#inHand.delete(settled));
      },
    });
  }

  #batchReader(handle: BatchHandler): EachBatchHandler {
    const tuning = { ...SOURCE_DEFAULTS, ...this.#options };
    const { connection } = this.#options;
    return createBatchReader({
      handle,
      membership: this.#membership,
      logger: connection.logger,
      brokers: connection.brokers,
      state: this.#state,
      maxBatchRecords: tuning.maxBatchRecords,
      heartbeatIntervalMs: tuning.heartbeatIntervalMs,
      rebalanceGraceMs: tuning.rebalanceGraceMs,
      commitTimeoutMs: tuning.commitTimeoutMs,
      positions: this.#positions,
      ownCommits: this.#ownCommits,
      askCommitted: (input) =>
        committedOffset(
          connection,
          { groupId: this.#options.groupId, ...input, requireStable: false },
          this.#stopping.signal,
        ),
      offsets: this.#options.offsets,
      backoff: BACKOFF_DEFAULTS,
      stopping: this.#stopping.signal,
      givenUp: this.#givenUp.signal,
      onProgress: (progress) => this.#options.onProgress?.(progress),
      onFatal: (error) => {
        this.#fatal ??= error;
      },
    });
  }

  async #dismiss(memberId: string, signal: AbortSignal): Promise<void> {
    const { groupId, connection } = this.#options;
    try {
      await dismissMember(connection, { groupId, memberId }, signal);
    } catch (error) {
      const fields = { groupId, memberId, error: messageOf(error) };
      if (isUnknownMember(error)) connection.logger.debug(fields, 'the member had left the group');
      else {
        connection.logger.info(
          { event: 'member-not-dismissed', ...fields },
          'the group was not told that its member is gone: it waits for it until its session timeout',
        );
      }
    }
  }

  #listen(): void {
    const { CRASH, GROUP_JOIN, END_BATCH_PROCESS } = this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload: { error } }) => {
      this.#ended.resolve({ how: 'crashed', error, fatal: this.#fatal });
    });
    this.#consumer.on(GROUP_JOIN, ({ payload: { memberAssignment, memberId } }) => {
      this.memberId = memberId;
      const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      this.#membership.joined(assigned);
      this.#positions.joined();
      this.#ownCommits.joined(memberId);
      this.#state.over('group');
      this.#options.onJoin?.(memberId);
      this.#tellAssignment(assigned);
    });
    this.#consumer.on(END_BATCH_PROCESS, async ({ payload }) => {
      // Nothing but control records or aborted transactions: kafkajs steps over them without asking, and without a
      // commit the group's lag would stay at their number until the next record.
      if (payload.batchSize > 0) return;
      const { topic, partition, lastOffset, highWatermark } = payload;
      const nextOffset = Number(lastOffset) + 1;
      this.#options.onProgress?.(progressOf(topic, partition, nextOffset, Number(highWatermark)));
      this.#positions.skipped(topic, partition, nextOffset);
      // Where a sink commits, the next batch's transaction does it: a commit from here could move a later one back.
      const isOurs =
        this.#options.offsets === undefined && !this.#ownCommits.goesBeyond({ topic, partition }, nextOffset);
      if (isOurs) await this.#commitSkipped(topic, partition, nextOffset);
    });
  }

  #tellAssignment(assigned: readonly TopicPartition[]): void {
    this.#options.offsets?.assigned(assigned);
    this.#options.onAssignment?.(assigned);
  }

  /** The offset that kafkajs began to read at; its own record of it is the only one. */
  #committedAtJoin(topic: string, partition: number): number | undefined {
    const offset = this.#cluster?.committedOffsets({ groupId: this.#options.groupId })[topic]?.[partition];
    return offset === undefined ? undefined : Number(offset);
  }

  async #commitSkipped(topic: string, partition: number, nextOffset: number): Promise<void> {
    try {
      await this.#consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }]);
    } catch (error) {
      // Costs nothing but the sight of a lag: the same records are skipped again.
      this.#options.connection.logger.debug({ topic, partition, nextOffset, error }, 'skipped records not committed');
    }
  }
}

function done(): void {
  // How a batch ended is told to kafkajs.
}

function stoppedError(): TriageError {
  return new TriageError('transport', 'Reading was stopped before the batch was done: it is read again.', {
    retriable: true,
  });
}

interface CommittedAtJoin {
  committedOffsets(group: { groupId: string }): Record<string, Record<number, string> | undefined>;
}
