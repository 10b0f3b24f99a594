import { describe, expect, it } from 'vitest';
import { Health } from '../src/telemetry/health.ts';
import type { Sink } from '../src/transport/port.ts';
import { RecordTooLargeError } from '../src/transport/record-too-large.ts';
import { createBatchHandler } from '../src/worker.ts';
import { matcher, NOW_MS, OPTIONS, recordOf } from './pipeline/records.ts';

describe('a batch whose records the broker refuses in every form', () => {
  it('no longer counts as waiting when the partition is taken away', async () => {
    const told: (string | undefined)[] = [];
    const sink: Sink = {
      atomic: false,
      publish: async (records) => {
        throw new RecordTooLargeError(records);
      },
      close: async () => undefined,
    };
    const handle = createBatchHandler({
      matcher: () => matcher,
      sink,
      pipeline: OPTIONS,
      health: new Health(() => NOW_MS),
      onRefused: (reason) => told.push(reason),
      report: () => expect.unreachable(),
      now: () => NOW_MS,
    });
    const records = [recordOf({ message: 'Service timeout' })];
    const batch = { topic: 'in', partition: 0, startOffset: 7, nextOffset: 8, records, endOffset: 8 };
    const keepAlive = async () => {
      throw new Error('the partition belongs to another member');
    };
    await expect(handle(batch, keepAlive)).rejects.toThrow('another member');
    expect(told).toEqual([expect.stringContaining('Kafka refused 1 record(s)'), undefined]);
  });
});

describe('a record too large in a batch of several', () => {
  async function published(atomic: boolean): Promise<{ calls: string[][]; covers: unknown }> {
    const calls: string[][] = [];
    let covers: unknown;
    const sink: Sink = {
      atomic,
      publish: async (records, _keepAlive, range) => {
        covers = range;
        calls.push(records.map(({ value }) => ((value ?? '').toString().includes('xxxxx') ? 'large' : 'small')));
        const refused = records.filter(({ value }) => (value?.length ?? 0) > 20_000);
        if (refused.length > 0) throw new RecordTooLargeError(refused);
      },
      close: async () => undefined,
    };
    const handle = createBatchHandler({
      matcher: () => matcher,
      sink,
      pipeline: OPTIONS,
      health: new Health(() => NOW_MS),
      onRefused: () => expect.unreachable(),
      report: () => undefined,
      now: () => NOW_MS,
    });
    const records = [{ message: 'Service timeout' }, { message: 'x'.repeat(30_000) }].map((value, i) =>
      recordOf(value, { offset: 7 + i }),
    );
    const batch = { topic: 'in', partition: 0, startOffset: 7, nextOffset: 10, records, endOffset: 10 };
    await handle(batch, async () => undefined);
    return { calls, covers };
  }

  it('alone is written again, smaller, by a sink that has written the others', async () => {
    expect((await published(false)).calls).toEqual([['small', 'large'], ['large']]);
  });

  it('is written again together with the others by an atomic sink, which is told what input that covers', async () => {
    const { calls, covers } = await published(true);
    expect(calls).toEqual([
      ['small', 'large'],
      ['small', 'large'],
    ]);
    expect(covers).toMatchObject({ topic: 'in', partition: 0, startOffset: 7, nextOffset: 10 });
  });
});

describe('what decoding needs', () => {
  it('is there before the first record of a batch is decoded, and the matcher is asked after that', async () => {
    const steps: string[] = [];
    const sink: Sink = { atomic: false, publish: async () => undefined, close: async () => undefined };
    const handle = createBatchHandler({
      matcher: () => {
        steps.push('matcher');
        return matcher;
      },
      sink,
      pipeline: {
        ...OPTIONS,
        decode: () => {
          steps.push('decode');
          return { kind: 'tombstone' };
        },
      },
      prepare: async (records) => {
        await Promise.resolve();
        steps.push(`prepared ${records.length}`);
      },
      health: new Health(() => NOW_MS),
      onRefused: () => expect.unreachable(),
      report: () => undefined,
      now: () => NOW_MS,
    });
    const records = [recordOf({}), recordOf({})];
    await handle(
      { topic: 'in', partition: 0, startOffset: 7, nextOffset: 9, records, endOffset: 9 },
      async () => undefined,
    );
    expect(steps).toEqual(['prepared 2', 'matcher', 'decode', 'decode']);
  });
});
