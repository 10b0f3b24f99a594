import kafkajs, { type EachBatchPayload, type Offsets } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { TriageError } from '../../../src/errors.ts';
import { createBatchReader, type FetchedBatch } from '../../../src/transport/kafka/batch-reader.ts';
import { GroupMembership } from '../../../src/transport/kafka/group-membership.ts';
import { OwnCommits } from '../../../src/transport/kafka/own-commits.ts';
import { ReadPositions } from '../../../src/transport/kafka/read-positions.ts';
import type { CommittedOffsets, PartitionProgress } from '../../../src/transport/kafka/source-options.ts';
import { StateReport } from '../../../src/transport/kafka/state-report.ts';
import type { BatchHandler } from '../../../src/transport/port.ts';
import { RecordingLogger } from '../recording-logger.ts';

function protocol(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
}

interface Setup {
  readonly handle?: BatchHandler;
  readonly offsets?: readonly number[];
  /** Last offset fetched, control records included. */
  readonly lastOffset?: number;
  readonly fetchedOffset?: number;
  readonly highWatermark?: number;
  readonly heartbeat?: () => Promise<void>;
  readonly commit?: (attempt: number) => void;
  readonly rebalanceGraceMs?: number;
  readonly committedAtJoin?: number;
  readonly committedNow?: number;
  readonly offsetsOfSink?: (log: string[]) => CommittedOffsets;
}

function setup(given: Setup = {}) {
  const offsets = given.offsets ?? [0, 1, 2, 3, 4];
  const lastOffset = given.lastOffset ?? offsets.at(-1) ?? 0;
  const membership = new GroupMembership();
  membership.joined([{ topic: 'in', partition: 0 }]);
  const logger = new RecordingLogger();
  const log: string[] = [];
  const positions = new ReadPositions(() => given.committedAtJoin);
  const ownCommits = new OwnCommits();
  ownCommits.joined('me');
  const progress: PartitionProgress[] = [];
  const fatal: TriageError[] = [];
  const stop = new AbortController();
  const givenUp = new AbortController();
  const states: string[] = [];
  let commits = 0;
  const reader = createBatchReader({
    handle: async (batch, keepAlive) => {
      log.push(`handle ${batch.records.map(({ offset }) => offset).join(',')}`);
      await given.handle?.(batch, keepAlive);
    },
    membership,
    positions,
    ownCommits,
    askCommitted: async () => given.committedNow ?? null,
    offsets: given.offsetsOfSink?.(log),
    logger,
    brokers: ['k:9092'],
    state: new StateReport((state, reason) => states.push(`${state}: ${reason}`)),
    maxBatchRecords: 2,
    heartbeatIntervalMs: 1,
    rebalanceGraceMs: given.rebalanceGraceMs ?? 0,
    commitTimeoutMs: 50,
    backoff: { firstMs: 1, maxMs: 2 },
    stopping: stop.signal,
    givenUp: givenUp.signal,
    onProgress: (one) => progress.push(one),
    onFatal: (error) => fatal.push(error),
  });
  const payload: EachBatchPayload & { batch: FetchedBatch } = {
    batch: {
      topic: 'in',
      partition: 0,
      fetchedOffset: String(given.fetchedOffset ?? offsets[0] ?? 0),
      highWatermark: String(given.highWatermark ?? lastOffset + 1),
      messages: offsets.map((offset) => ({
        key: null,
        value: Buffer.from(`v${offset}`),
        timestamp: '1700000000000',
        attributes: 0,
        offset: String(offset),
        headers: {},
      })),
      isEmpty: () => offsets.length === 0,
      firstOffset: () => String(offsets[0]),
      lastOffset: () => String(lastOffset),
      offsetLag: () => '0',
      offsetLagLow: () => '0',
    },
    resolveOffset: (offset) => log.push(`resolve ${offset}`),
    heartbeat: async () => {
      await given.heartbeat?.();
    },
    pause: () => () => undefined,
    commitOffsetsIfNecessary: async (committed?: Offsets) => {
      commits += 1;
      given.commit?.(commits);
      log.push(`commit ${committed?.topics[0]?.partitions[0]?.offset}`);
    },
    uncommittedOffsets: () => ({ topics: [] }),
    isRunning: () => !stop.signal.aborted,
    isStale: () => false,
  };
  return {
    read: () => reader(payload),
    log,
    logger,
    progress,
    fatal,
    stop,
    givenUp,
    membership,
    positions,
    ownCommits,
    states,
  };
}

describe('the batch reader', () => {
  test('hands a batch over in slices and commits each one after its handler', async () => {
    const { read, log, progress } = setup({ highWatermark: 9 });
    await read();
    expect(log).toEqual([
      'handle 0,1',
      'resolve 1',
      'commit 2',
      'handle 2,3',
      'resolve 3',
      'commit 4',
      'handle 4',
      'resolve 4',
      'commit 5',
    ]);
    expect(progress.map(({ nextOffset, lag }) => [nextOffset, lag])).toEqual([
      [0, 9],
      [2, 7],
      [2, 7],
      [4, 5],
      [4, 5],
      [5, 4],
    ]);
  });

  test('commits past the control records at the end of a batch', async () => {
    const { read, log, progress } = setup({ offsets: [7], lastOffset: 8 });
    await read();
    expect(log).toEqual(['handle 7', 'resolve 8', 'commit 9']);
    expect(progress.at(-1)?.lag).toBe(0);
  });

  test('tells the handler the range of positions that each slice covers', async () => {
    const ranges: [number, number][] = [];
    const { read } = setup({
      offsets: [4, 6, 7],
      fetchedOffset: 3,
      lastOffset: 9,
      handle: async ({ startOffset, nextOffset }) => {
        ranges.push([startOffset, nextOffset]);
      },
    });
    await read();
    expect(ranges).toEqual([
      [3, 7],
      [7, 10],
    ]);
  });

  test('hands a slice over again when the handler rejects with a retriable error', async () => {
    let failures = 2;
    const { read, log, logger } = setup({
      offsets: [0],
      handle: async () => {
        if (failures-- > 0) throw new TriageError('transport', 'not yet', { retriable: true });
      },
    });
    await read();
    expect(log).toEqual(['handle 0', 'handle 0', 'handle 0', 'resolve 0', 'commit 1']);
    expect(logger.at('warn').map(({ fields }) => fields)).toMatchObject([
      { topic: 'in', partition: 0, offset: 0, attempt: 1, error: 'not yet' },
      { attempt: 2 },
    ]);
  });

  test('ends the consumer with the error of a handler that cannot be helped, and commits nothing', async () => {
    const failure = new TriageError('transport', 'not allowed');
    const { read, log, fatal } = setup({ handle: () => Promise.reject(failure) });
    await expect(read()).rejects.toBeInstanceOf(kafkajs.KafkaJSNonRetriableError);
    expect(log).toEqual(['handle 0,1']);
    expect(fatal).toEqual([failure]);
  });

  test('says where a bug in the handler struck', async () => {
    const { read, fatal } = setup({ handle: () => Promise.reject(new TypeError('x is undefined')) });
    await expect(read()).rejects.toThrow();
    expect(fatal[0]).toMatchObject({
      kind: 'internal',
      message: expect.stringMatching(/in\/0 from offset 0: x is undefined/),
    });
  });

  test('a stop lets the running slice finish and commit, and begins no other', async () => {
    const { read, log, stop } = setup({ handle: async () => stop.abort() });
    await read();
    expect(log).toEqual(['handle 0,1', 'resolve 1', 'commit 2']);
  });

  test('a handler that gives up during a stop leaves its slice uncommitted and no error', async () => {
    const { read, log, stop, logger } = setup({
      handle: async () => {
        stop.abort();
        throw new TriageError('transport', 'given up', { retriable: true });
      },
    });
    await read();
    expect(log).toEqual(['handle 0,1']);
    expect(logger.at('warn', 'error')).toEqual([]);
  });

  test('a handler that waits is told when a stop has waited long enough for it, also where a heartbeat has no answer', async () => {
    const { read, log, fatal, stop, givenUp } = setup({
      heartbeat: () => new Promise(() => undefined),
      handle: async (_batch, keepAlive) => {
        stop.abort();
        setTimeout(() => givenUp.abort(new TriageError('transport', 'stopped', { retriable: true })), 5);
        await keepAlive();
        await keepAlive();
      },
    });
    await read();
    expect({ log, fatal }).toEqual({ log: ['handle 0,1'], fatal: [] });
  });

  test('a partition lost while the handler works ends the slice without a commit, and is no error', async () => {
    const lost = protocol('ILLEGAL_GENERATION');
    const { read, log, logger, fatal } = setup({
      rebalanceGraceMs: 60_000,
      heartbeat: () => Promise.reject(lost),
      handle: (_batch, keepAlive) => keepAlive(),
    });
    await expect(read()).rejects.toBe(lost);
    expect(log).toEqual(['handle 0,1']);
    expect(fatal).toEqual([]);
    expect(logger.at('warn', 'error')).toEqual([]);
  });

  test('an announced rebalance lets the slice finish and commit within the grace period', async () => {
    const announced = protocol('REBALANCE_IN_PROGRESS');
    const { read, log } = setup({
      rebalanceGraceMs: 60_000,
      heartbeat: () => Promise.reject(announced),
      handle: async (_batch, keepAlive) => {
        await keepAlive();
        await keepAlive();
      },
    });
    await expect(read()).rejects.toBe(announced);
    expect(log).toEqual(['handle 0,1', 'resolve 1', 'commit 2']);
  });

  test('and ends it after that', async () => {
    const announced = protocol('REBALANCE_IN_PROGRESS');
    const { read, log } = setup({
      rebalanceGraceMs: 20,
      heartbeat: () => Promise.reject(announced),
      handle: async (_batch, keepAlive) => {
        for (;;) {
          await keepAlive();
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      },
    });
    await expect(read()).rejects.toBe(announced);
    expect(log).toEqual(['handle 0,1']);
  });

  test('a heartbeat that fails for another reason does not end a slice', async () => {
    const { read, log } = setup({
      offsets: [0],
      heartbeat: () => Promise.reject(new Error('Closed connection')),
      handle: (_batch, keepAlive) => keepAlive(),
    });
    await read();
    expect(log).toEqual(['handle 0', 'resolve 0', 'commit 1']);
  });

  test('batches fetched before a rebalance are not begun', async () => {
    const { read, log, membership } = setup();
    const change = protocol('REBALANCE_IN_PROGRESS');
    membership.changed(change, 0);
    await expect(read()).rejects.toBe(change);
    membership.joined([{ topic: 'in', partition: 1 }]);
    await read();
    expect(log).toEqual([]);
  });

  test('a slice during which the group was joined anew is neither resolved nor committed', async () => {
    const { read, log, membership } = setup({
      handle: async () => membership.joined([{ topic: 'in', partition: 0 }]),
    });
    await read();
    expect(log).toEqual(['handle 0,1']);
  });

  test('a failed commit is tried again, and said once', async () => {
    const { read, log, states } = setup({
      offsets: [0],
      commit: (attempt) => {
        if (attempt < 3) throw new Error('Closed connection');
      },
    });
    await read();
    expect(log).toEqual(['handle 0', 'resolve 0', 'commit 1']);
    expect(states).toEqual([
      expect.stringMatching(/^waiting: Cannot commit offset 1 of in\/0: Kafka at k:9092/),
      expect.stringMatching(/^ok/),
    ]);
  });

  test('a batch from before our own last commit is not handed over: the group is asked again where it stands', async () => {
    const { read, log } = setup({ offsets: [0, 1], committedNow: 0 });
    await read();
    await expect(read()).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
    expect(log).toEqual(['handle 0,1', 'resolve 1', 'commit 2']);
  });

  test('but is where the group has no position any more: the topic was made anew', async () => {
    const { read, log } = setup({ offsets: [0, 1] });
    await read();
    await read();
    expect(log).toEqual(['handle 0,1', 'resolve 1', 'commit 2', 'handle 0,1', 'resolve 1', 'commit 2']);
  });

  test('but not for ever: then the group is joined again, where its coordinator is by then', async () => {
    const { read, log, membership } = setup({
      commit: () => {
        throw new Error('Closed connection');
      },
    });
    await expect(read()).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
    expect(log).toEqual(['handle 0,1', 'resolve 1']);
    await expect(read()).rejects.toBe(membership.change);
  });
});

describe('the batch reader where a sink commits', () => {
  const standingAt =
    (...answers: (number | null)[]) =>
    (log: string[]): CommittedOffsets => ({
      committed: async (_input, startOffset) => {
        log.push(`ask at ${startOffset}`);
        return answers.shift() ?? null;
      },
      assigned: () => undefined,
    });

  test('asks before each slice, hands it over where the group stands at its begin, and commits nothing itself', async () => {
    const { read, log } = setup({ offsets: [0, 1, 2], offsetsOfSink: standingAt(0, 2) });
    await read();
    expect(log).toEqual(['ask at 0', 'handle 0,1', 'resolve 1', 'ask at 2', 'handle 2', 'resolve 2']);
  });

  test('passes over what is committed already, also a part of a slice', async () => {
    const { read, log } = setup({ offsetsOfSink: standingAt(3, 3, 4) });
    await read();
    expect(log).toEqual([
      'ask at 0',
      'resolve 1',
      'ask at 2',
      'handle 3',
      'resolve 3',
      'ask at 4',
      'handle 4',
      'resolve 4',
    ]);
  });

  test('writes nothing and joins again where it is ahead of the group', async () => {
    const { read, log, membership, logger } = setup({ fetchedOffset: 0, offsetsOfSink: standingAt(0, 1) });
    await expect(read()).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
    expect(log).toEqual(['ask at 0', 'handle 0,1', 'resolve 1', 'ask at 2']);
    expect(membership.change).toBeDefined();
    expect(logger.at('warn')).toHaveLength(1);
  });

  test('asks again after a handler that failed: it may have written', async () => {
    let failures = 1;
    const { read, log } = setup({
      offsets: [0, 1],
      offsetsOfSink: standingAt(0, 2),
      handle: async () => {
        if (failures-- > 0) throw new TriageError('transport', 'unknown', { retriable: true });
      },
    });
    await read();
    expect(log).toEqual(['ask at 0', 'handle 0,1', 'ask at 0', 'resolve 1']);
  });

  test('begins where the control records begin that were stepped over before', async () => {
    const { read, log, positions } = setup({ offsets: [7], committedAtJoin: 4, offsetsOfSink: standingAt(4) });
    positions.skipped('in', 0, 7);
    await read();
    expect(log).toEqual(['ask at 4', 'handle 7', 'resolve 7']);
  });

  test('a stop ends the wait for an answer: nothing is in hand yet', async () => {
    const { read, log, fatal, stop } = setup({
      offsetsOfSink: () => ({
        committed: async (_input, _startOffset, keepAlive) => {
          await keepAlive();
          stop.abort(new TriageError('transport', 'stopped', { retriable: true }));
          await keepAlive();
          return 0;
        },
        assigned: () => undefined,
      }),
    });
    await read();
    expect({ log, fatal }).toEqual({ log: [], fatal: [] });
  });

  test('keeps its membership while it waits for an answer, and gives up when that is lost', async () => {
    const lost = protocol('ILLEGAL_GENERATION');
    const { read, log } = setup({
      heartbeat: () => Promise.reject(lost),
      offsetsOfSink: () => ({
        committed: async (_input, _startOffset, keepAlive) => {
          await keepAlive();
          return 0;
        },
        assigned: () => undefined,
      }),
    });
    await expect(read()).rejects.toBe(lost);
    expect(log).toEqual([]);
  });
});
