import type { Message } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { whileKeptAlive } from '../../../src/transport/kafka/keep-alive.ts';
import { PartitionQueue, type QueueContext, wireBytes } from '../../../src/transport/kafka/partition-queue.ts';
import { PublishCall } from '../../../src/transport/kafka/publish-call.ts';
import { StateReport } from '../../../src/transport/kafka/state-report.ts';
import type { KeepAlive, OutboundRecord } from '../../../src/transport/port.ts';
import { RecordTooLargeError } from '../../../src/transport/record-too-large.ts';
import { RecordingLogger } from '../recording-logger.ts';

type Attempt = (messages: readonly Message[]) => unknown;

/** A queue whose sends are answered by `answers`, one after another; without one left a send succeeds. */
function queueWith(
  options: { answers?: Attempt[]; maxSendBytes?: number; maxSendRecords?: number; keepAlive?: KeepAlive } = {},
) {
  const answers = options.answers ?? [];
  const sends: string[][] = [];
  const attempts: (readonly Message[])[] = [];
  const states: string[] = [];
  const abort = new AbortController();
  const logger = new RecordingLogger();
  const renewals = { count: 0 };
  const context: QueueContext = {
    async send(_topic, _partition, messages) {
      attempts.push(messages);
      sends.push(messages.map(({ value }) => String(value)));
      await answers.shift()?.(messages);
    },
    renewProducer: () => {
      renewals.count += 1;
    },
    onSendFailed: () => undefined,
    state: new StateReport((state) => states.push(state)),
    brokers: ['k:9092'],
    logger,
    maxSendBytes: options.maxSendBytes ?? 1_000_000,
    maxSendRecords: options.maxSendRecords ?? 1_000,
    backoff: { firstMs: 1, maxMs: 2 },
    signal: abort.signal,
  };
  const queue = new PartitionQueue('out', 0, context);
  const publishRecords = (records: readonly OutboundRecord[], keepAlive: KeepAlive = async () => undefined) => {
    const call = new PublishCall(records.length);
    for (const record of records) queue.add({ record, bytes: wireBytes(record), call });
    queue.start();
    return whileKeptAlive({ keepAlive, intervalMs: 1, signal: new AbortController().signal }, (signal) =>
      call.settledBy(signal),
    );
  };
  const publish = (values: readonly string[], keepAlive?: KeepAlive) => publishRecords(values.map(recordOf), keepAlive);
  return { publish, publishRecords, sends, attempts, states, abort, logger, renewals };
}

function recordOf(value: string): OutboundRecord {
  return { topic: 'out', key: null, value: Buffer.from(value), headers: {}, partitionHint: 0, timestampMs: 1_000 };
}

function protocol(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
}

function fails(type: string): Attempt {
  return () => {
    throw protocol(type);
  };
}

const tooLargeWith =
  (values: readonly string[]): Attempt =>
  (messages) => {
    if (messages.some(({ value }) => values.includes(String(value)))) throw protocol('MESSAGE_TOO_LARGE');
  };

describe('PartitionQueue', () => {
  test('what arrives while a send is under way goes together in the next one, in order', async () => {
    const release = Promise.withResolvers<void>();
    const { publish, sends } = queueWith({ answers: [() => release.promise] });
    const calls = [publish(['1']), publish(['2', '3']), publish(['4']), publish(['5'])];
    release.resolve();
    await Promise.all(calls);
    expect(sends).toEqual([['1'], ['2', '3', '4', '5']]);
  });

  test('a send holds no more bytes and records than allowed; a larger record goes alone', async () => {
    const large = 'x'.repeat(500);
    const { publish, sends } = queueWith({ maxSendBytes: 200, maxSendRecords: 3 });
    await publish(['a', 'b', 'c', 'd', large, 'e', 'y'.repeat(100), 'z'.repeat(100)]);
    expect(sends).toEqual([['a', 'b', 'c'], ['d'], [large], ['e', 'y'.repeat(100)], ['z'.repeat(100)]]);
  });

  test('a failed send is repeated as it was, and what came meanwhile waits', async () => {
    const { publish, attempts, sends, states } = queueWith({
      answers: [fails('NOT_LEADER_FOR_PARTITION'), fails('REQUEST_TIMED_OUT')],
    });
    await Promise.all([publish(['1', '2']), publish(['3'])]);
    expect(sends).toEqual([['1', '2'], ['1', '2'], ['1', '2'], ['3']]);
    expect(attempts[2]).toBe(attempts[0]);
    expect(states).toEqual(['waiting', 'ok']);
  });

  test('callers are kept alive while they wait', async () => {
    const enough = Promise.withResolvers<void>();
    let calls = 0;
    const { publish } = queueWith({ answers: [() => enough.promise] });
    await publish(['1'], async () => {
      calls += 1;
      if (calls === 3) enough.resolve();
    });
    expect(calls).toBeGreaterThanOrEqual(3);
  });

  test('a caller whose keepAlive rejects is rejected with it, and its unsent records are dropped', async () => {
    const release = Promise.withResolvers<void>();
    const { publish, sends } = queueWith({ answers: [() => release.promise] });
    const lost = new Error('partition lost');
    const first = publish(['1']);
    await expect(publish(['2'], () => Promise.reject(lost))).rejects.toBe(lost);
    const third = publish(['3']);
    release.resolve();
    await Promise.all([first, third]);
    expect(sends).toEqual([['1'], ['3']]);
  });

  test('only the record that is too large is refused, and its caller learns which after the others are written', async () => {
    const { publish, sends } = queueWith({ answers: Array.from({ length: 9 }, () => tooLargeWith(['6'])) });
    const other = publish(['1', '2']);
    const error = await publish(['3', '4', '5', '6', '7', '8']).catch((reason: unknown) => reason);
    await other;
    expect(error).toBeInstanceOf(RecordTooLargeError);
    expect(error).toMatchObject({ records: [recordOf('6')], retriable: false });
    const written = sends.filter((values) => !values.includes('6')).flat();
    expect(written).toEqual(['1', '2', '3', '4', '5', '7', '8']);
  });

  test('a failure that waiting does not mend rejects all callers in the send, and later ones are tried', async () => {
    const { publish, sends, renewals } = queueWith({ answers: [fails('TOPIC_AUTHORIZATION_FAILED')] });
    await expect(publish(['1'])).rejects.toMatchObject({ kind: 'access', retriable: false });
    await publish(['2']);
    expect(sends).toEqual([['1'], ['2']]);
    expect(renewals.count).toBe(0);
  });

  test('giving up what was perhaps written renews the producer: its next records must not pass for a repetition', async () => {
    const { publish, renewals } = queueWith({
      answers: [fails('REQUEST_TIMED_OUT'), fails('TOPIC_AUTHORIZATION_FAILED')],
    });
    await expect(publish(['1'])).rejects.toMatchObject({ retriable: false });
    expect(renewals.count).toBe(1);
  });

  test('a timestamp that the broker refuses is left out', async () => {
    const { publish, attempts, logger } = queueWith({ answers: [fails('INVALID_TIMESTAMP')] });
    await publish(['1']);
    expect(attempts.map(([message]) => message?.timestamp)).toEqual(['1000', undefined]);
    expect(logger.at('warn')).toHaveLength(1);
  });

  test('a mistake of the program is not tried for ever', async () => {
    const mistake: Attempt = () => {
      throw new TypeError('x is not a function');
    };
    const { publish } = queueWith({ answers: Array.from({ length: 20 }, () => mistake) });
    await expect(publish(['1'])).rejects.toMatchObject({ message: expect.stringMatching(/x is not a function/) });
  });

  test('a send that fails after the abort is not waited for, nor said', async () => {
    const { publish, abort, states, sends } = queueWith({
      answers: [
        () => {
          abort.abort();
          throw new Error('this client is closed');
        },
      ],
    });
    const published = publish(['a'], async () => abort.signal.throwIfAborted());
    await expect(published).rejects.toThrow();
    expect(sends).toHaveLength(1);
    expect(states).toEqual([]);
  });

  test('an abort ends the attempts', async () => {
    const { publish, abort, sends } = queueWith({
      answers: Array.from({ length: 1_000 }, () => () => {
        if (sends.length === 3) abort.abort();
        throw protocol('NETWORK_EXCEPTION');
      }),
    });
    void publish(['1']);
    await expect.poll(() => sends.length).toBe(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sends).toHaveLength(3);
  });

  test('a header without a value is written as an empty one', async () => {
    const { publishRecords, attempts } = queueWith();
    // As kafkajs reads it, whatever its types say.
    const headers = JSON.parse('{"kept":"a","empty":null}');
    await publishRecords([{ ...recordOf('1'), headers }]);
    expect(attempts[0]?.[0]?.headers).toEqual({ kept: 'a', empty: '' });
  });
});

describe('wireBytes', () => {
  test('counts key, value and headers', () => {
    const record: OutboundRecord = {
      topic: 't',
      key: Buffer.alloc(10),
      value: Buffer.alloc(100),
      headers: { a: 'é', b: [Buffer.alloc(5), 'x'] },
      partitionHint: 0,
    };
    expect(wireBytes(record)).toBeGreaterThanOrEqual(10 + 100 + 3 + 6 + 2);
    expect(wireBytes(record)).toBeLessThan(10 + 100 + 3 + 6 + 2 + 100);
  });
});
