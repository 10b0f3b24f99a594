import { describe, expect, test, vi } from 'vitest';
import { PartitionCounts } from '../../../src/transport/kafka/partition-counts.ts';
import { RecordingLogger } from '../recording-logger.ts';

const HOUR_MS = 3_600_000;

function countsWith(ask: (topic: string) => Promise<number>, maxAgeMs: number) {
  const logger = new RecordingLogger();
  return { counts: new PartitionCounts({ ask, maxAgeMs, logger }), logger };
}

/** Gives or throws these, one after another. */
function answering(...answers: readonly (number | Error)[]) {
  const left = [...answers];
  return async () => {
    const answer = left.shift();
    if (typeof answer !== 'number') throw answer ?? new Error('asked once more than expected');
    return answer;
  };
}

describe('the partition count of a topic', () => {
  test('is asked for once, also by several at the same time, and each topic has its own', async () => {
    const ask = vi.fn(async (topic: string) => topic.length);
    const { counts } = countsWith(ask, HOUR_MS);
    expect(await Promise.all([counts.of('a'), counts.of('a'), counts.of('bc')])).toEqual([1, 1, 2]);
    expect(await counts.of('a')).toBe(1);
    expect(ask.mock.calls).toEqual([['a'], ['bc']]);
  });

  test('is renewed behind the scenes when it is old: added partitions are seen', async () => {
    let partitions = 2;
    const ask = vi.fn(async () => partitions);
    const { counts } = countsWith(ask, 0);
    expect(await counts.of('t')).toBe(2);
    partitions = 5;
    expect(await counts.of('t')).toBe(2);
    await expect.poll(() => counts.of('t')).toBe(5);
  });

  test('stays when it cannot be renewed, and that is logged', async () => {
    const { counts, logger } = countsWith(answering(2, new Error('away'), 2), 0);
    await counts.of('t');
    await counts.of('t');
    await expect.poll(() => logger.at('debug').length).toBe(1);
    expect(await counts.of('t')).toBe(2);
  });

  test('is asked for again after the first question failed, which all that waited are told', async () => {
    const { counts } = countsWith(answering(new Error('away'), 3), HOUR_MS);
    const waiting = await Promise.allSettled([counts.of('t'), counts.of('t')]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await counts.of('t')).toBe(3);
  });
});
