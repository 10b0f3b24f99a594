import { describe, expect, test } from 'vitest';
import { TriageError } from '../../../src/errors.ts';
import { isAble, reasonOf, type SourceHarness } from './harness.ts';
import { numbers, Reader, stays, until, valuesOf } from './reader.ts';

const MANY = { maxBatchRecords: 1_000 };

/**
 * Holds a source to the port. Every test has an input of its own, and they run at the same time: most of them wait for a
 * broker.
 */
export function describeSource(name: string, harness: SourceHarness): void {
  const { severalPartitions, patienceMs } = harness;
  const partitions = isAble(severalPartitions) ? severalPartitions : 1;

  async function inputOf(...perPartition: (readonly string[])[]) {
    const input = await harness.newInput(perPartition.length);
    for (const [partition, values] of perPartition.entries()) await input.write(partition, values);
    return input;
  }

  /** `count` values in each partition. */
  function fullInput(count: number) {
    return inputOf(...Array.from({ length: partitions }, () => numbers(0, count)));
  }

  describe.concurrent(`${name}: order and ranges`, () => {
    test('hands over every record once, in the order of its partition, in batches of one partition and bounded size', async (context) => {
      const input = await fullInput(250);
      const reader = new Reader(context, input.source({ maxBatchRecords: 40 }), async () => undefined);
      await reader.handled(250 * partitions);
      for (let partition = 0; partition < partitions; partition++)
        expect(reader.values(partition)).toEqual(numbers(0, 250));
      for (const { batch } of reader.calls) {
        expect(batch.records.length).toBeGreaterThan(0);
        expect(batch.records.length).toBeLessThanOrEqual(40);
        for (const { topic, partition } of batch.records)
          expect({ topic, partition }).toEqual({ topic: batch.topic, partition: batch.partition });
      }
    });

    test('each range begins where the one before ended, and holds the offsets of its records', async (context) => {
      const input = await fullInput(100);
      const reader = new Reader(context, input.source({ maxBatchRecords: 30 }), async () => undefined);
      await reader.handled(100 * partitions);
      const reached = new Map<number, number>();
      for (const { batch } of reader.calls) {
        expect(batch.startOffset).toBe(reached.get(batch.partition) ?? 0);
        const offsets = batch.records.map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        expect(offsets[0]).toBeGreaterThanOrEqual(batch.startOffset);
        expect(batch.nextOffset).toBe(offsets.at(-1)! + 1);
        expect(batch.endOffset).toBeGreaterThanOrEqual(batch.nextOffset);
        reached.set(batch.partition, batch.nextOffset);
      }
    });

    test('positions without a record are stepped over, at no cost to the records around them', async (context) => {
      const input = await inputOf(numbers(0, 3));
      await input.writeGap(0);
      await input.write(0, numbers(3, 5));
      const reader = new Reader(context, input.source({ maxBatchRecords: 2 }), async () => undefined);
      await reader.handled(5);
      expect(reader.values()).toEqual(numbers(0, 5));
      let reached = 0;
      for (const { batch } of reader.calls) {
        expect(batch.startOffset).toBeGreaterThanOrEqual(reached);
        expect(batch.startOffset).toBeLessThanOrEqual(batch.records[0]!.offset);
        reached = batch.nextOffset;
      }
      expect(reached).toBeGreaterThan(5);
      await reader.source.stop();
      await input.write(0, ['after']);
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(1);
      expect(next.values()).toEqual(['after']);
    });
  });

  describe.concurrent(`${name}: backpressure`, () => {
    test('a partition has one batch in hand; what is behind it waits for its handler, and goes on by itself', async (context) => {
      const input = await inputOf(numbers(0, 3_000));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      await stays('one batch is in hand', () => reader.calls.length === 1, [held.keepAlive]);
      held.resolve();
      const second = await reader.next();
      await stays('one more batch is in hand', () => reader.calls.length === 2, [second.keepAlive]);
      reader.goOn();
      await reader.handled(3_000);
      expect(reader.values()).toEqual(numbers(0, 3_000));
    });

    if (isAble(severalPartitions)) {
      test('partitions do not wait for each other', async (context) => {
        const input = await fullInput(50);
        const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
        const held = [await reader.next(), await reader.next()];
        expect(new Set(held.map(({ batch }) => batch.partition)).size).toBe(2);
        await stays(
          'at most one batch a partition',
          () => reader.calls.length <= severalPartitions,
          held.map(({ keepAlive }) => keepAlive),
        );
        reader.goOn();
        await reader.handled(50 * severalPartitions);
        for (let partition = 0; partition < severalPartitions; partition++)
          expect(reader.values(partition)).toEqual(numbers(0, 50));
      });
    } else {
      test(`has a single partition, 0, since ${reasonOf(severalPartitions)}`, async (context) => {
        const input = await inputOf(numbers(0, 50));
        const reader = new Reader(context, input.source({ maxBatchRecords: 10 }), async () => undefined);
        await reader.handled(50);
        expect(new Set(reader.calls.map(({ batch }) => batch.partition))).toEqual(new Set([0]));
      });
    }

    const longMs = isAble(patienceMs) ? patienceMs * 1.3 : 300;
    test(
      isAble(patienceMs)
        ? 'a handler that calls keepAlive may take longer than the source may be silent'
        : `a handler may take any time, since ${reasonOf(patienceMs)}`,
      async (context) => {
        const input = await inputOf(numbers(0, 20));
        const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
        const held = await reader.next();
        const releaseAt = performance.now() + longMs;
        await until('the handler took long', async () => {
          await Promise.all([held.keepAlive(), held.keepAlive()]);
          return performance.now() > releaseAt;
        });
        reader.goOn();
        await reader.handled(20);
        expect(reader.calls.map(({ batch }) => valuesOf(batch))).toEqual([numbers(0, 10), numbers(10, 20)]);
        await reader.source.stop();
        await input.write(0, ['after']);
        const next = new Reader(context, input.source(MANY), async () => undefined);
        await next.handled(1);
        expect(next.values()).toEqual(['after']);
      },
    );
  });

  describe.concurrent(`${name}: commits`, () => {
    test('a batch in hand at a crash is handed over again at the next start, and so is what is behind it', async (context) => {
      const input = await inputOf(numbers(0, 30));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      await reader.next();
      reader.crash();
      await input.afterCrash();
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(30);
      expect(next.values()).toEqual(numbers(0, 30));
    });

    test('what is committed is not handed over again after a crash: reading goes on with the first record that is not', async (context) => {
      const input = await inputOf(numbers(0, 50));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      (await reader.next()).resolve();
      (await reader.next()).resolve();
      // Handed over only after the commit of the two before it.
      await reader.next();
      reader.crash();
      await input.afterCrash();
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(30);
      expect(next.values()).toEqual(numbers(20, 50));
      expect(next.calls[0]!.batch.startOffset).toBe(reader.calls[1]!.batch.nextOffset);
    });

    test('a crash around a commit leaves it made or not made, never further', async (context) => {
      const input = await inputOf(numbers(0, 30));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      reader.crash();
      held.resolve();
      await input.afterCrash();
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await until('the rest is handled', () => next.values().at(-1) === '29');
      expect([numbers(0, 30), numbers(10, 30)]).toContainEqual(next.values());
    });

    test('a batch whose handler rejects with a retriable error is handed over again, before anything behind it', async (context) => {
      const input = await inputOf(numbers(0, 30));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      (await reader.next()).resolve();
      const refused = await reader.next();
      refused.reject(new TriageError('transport', 'away for a moment', { retriable: true }));
      const again = await reader.next();
      expect(again.batch).toMatchObject({
        startOffset: refused.batch.startOffset,
        nextOffset: refused.batch.nextOffset,
      });
      expect(valuesOf(again.batch)).toEqual(valuesOf(refused.batch));
      again.resolve();
      (await reader.next()).resolve();
      await reader.handled(30);
      expect(reader.values()).toEqual(numbers(0, 30));
      expect(reader.calls).toHaveLength(4);
    });

    test('any other error ends run with that very error, and the batch is not committed', async (context) => {
      const input = await inputOf(numbers(0, 30));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      (await reader.next()).resolve();
      const failure = new TriageError('transport', 'not allowed');
      (await reader.next()).reject(failure);
      await reader.ended;
      expect(reader.outcome).toEqual({ rejectedWith: failure });
      expect((reader.outcome as { rejectedWith: unknown }).rejectedWith).toBe(failure);
      expect(reader.calls).toHaveLength(2);
      await reader.source.stop();
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(20);
      expect(next.values()).toEqual(numbers(10, 30));
    });
  });

  describe.concurrent(`${name}: a partition that is taken away`, () => {
    test('makes keepAlive reject, or the source lets nobody take it', async (context) => {
      const input = await inputOf(numbers(0, 20));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      if (!isAble(input.takeAway)) {
        expect(reasonOf(input.takeAway)).not.toBe('');
        await stays('the batch stays in hand', () => reader.calls.length === 1, [held.keepAlive]);
        reader.goOn();
        await reader.handled(20);
        return;
      }
      await input.takeAway();
      const owner = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const taken = await owner.next();
      expect(valuesOf(taken.batch)).toEqual(numbers(0, 10));
      let rejected: unknown;
      await until('keepAlive rejects', async () => {
        await held.keepAlive().catch((error: unknown) => {
          rejected = error;
        });
        return rejected !== undefined;
      });
      expect(rejected).toMatchObject({ name: 'TriageError', retriable: true });
      held.reject(rejected);
      // Both may share the work now; whoever has the partition goes on from the beginning.
      reader.goOn();
      owner.goOn();
      await until('every record is handled', () => {
        const handled = new Set([...reader.values(), ...owner.values()]);
        return handled.size === 20;
      });
      expect(reader.outcome).toBe('running');
    });

    test('is not committed by whoever had it before, even when that one finishes its work', async (context) => {
      const input = await inputOf(numbers(0, 20));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      if (!isAble(input.takeAway)) {
        held.resolve();
        // Nobody else can have it, so the commit is its own.
        await reader.next();
        expect(reader.values()).toEqual(numbers(0, 10));
        return;
      }
      await input.takeAway();
      const owner = new Reader(context, input.source({ maxBatchRecords: 10 }));
      await owner.next();
      held.resolve();
      await until('the handler has ended', () => held.ended);
      await stays('the one before is not dead', () => reader.outcome === 'running');
      owner.crash();
      await input.afterCrash();
      const next = new Reader(context, input.source({ maxBatchRecords: 10 }), async () => undefined);
      reader.goOn();
      await until('the first record is handed over once more', () =>
        [...next.calls, ...reader.calls.slice(1)].some(({ batch }) => valuesOf(batch)[0] === '0'),
      );
    });
  });

  describe.concurrent(`${name}: stop`, () => {
    test('waits for the running handler and its commit, hands over nothing more, and run resolves', async (context) => {
      const input = await inputOf(numbers(0, 30));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      let stopped = false;
      const stopping = reader.source.stop().then(() => {
        stopped = true;
      });
      await stays('the stop waits', () => !stopped && reader.outcome === 'running');
      held.resolve();
      await stopping;
      await reader.ended;
      expect(reader.outcome).toBe('resolved');
      expect(reader.calls).toHaveLength(1);
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(20);
      expect(next.values()).toEqual(numbers(10, 30));
    });

    test('a batch that cannot be finished while stopping is not committed, and is no error', async (context) => {
      const input = await inputOf(numbers(0, 20));
      const reader = new Reader(context, input.source({ maxBatchRecords: 10 }));
      const held = await reader.next();
      const stopping = reader.source.stop();
      held.reject(new TriageError('transport', 'closing', { retriable: true }));
      await stopping;
      await reader.ended;
      expect(reader.outcome).toBe('resolved');
      const next = new Reader(context, input.source(MANY), async () => undefined);
      await next.handled(20);
      expect(next.values()).toEqual(numbers(0, 20));
    });

    test('may be called before run, which then reads nothing', async (context) => {
      const input = await inputOf(numbers(0, 5));
      const source = input.source(MANY);
      await source.stop();
      const reader = new Reader(context, source);
      await reader.ended;
      expect(reader.outcome).toBe('resolved');
      expect(reader.calls).toEqual([]);
    });

    test('may be called right after run, twice, and after the end', async (context) => {
      const input = await inputOf(numbers(0, 5));
      const reader = new Reader(context, input.source(MANY), async () => undefined);
      await Promise.all([reader.source.stop(), reader.source.stop()]);
      await reader.ended;
      expect(reader.outcome).toBe('resolved');
      await reader.source.stop();
    });

    test('run may be called only once', async (context) => {
      const input = await inputOf(numbers(0, 5));
      const source = input.source(MANY);
      const reader = new Reader(context, source, async () => undefined);
      await reader.handled(5);
      await expect((async () => source.run(async () => undefined))()).rejects.toMatchObject({ kind: 'internal' });
    });
  });
}
