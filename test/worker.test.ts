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
    const batch = { topic: 'in', partition: 0, records: [recordOf({ message: 'Service timeout' })], endOffset: 8 };
    const keepAlive = async () => {
      throw new Error('the partition belongs to another member');
    };
    await expect(handle(batch, keepAlive)).rejects.toThrow('another member');
    expect(told).toEqual([expect.stringContaining('Kafka refused 1 record(s)'), undefined]);
  });
});
