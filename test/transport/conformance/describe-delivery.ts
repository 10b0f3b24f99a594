import { describe, expect, type TestContext, test } from 'vitest';
import type { KeepAlive, Sink, SourceBatch } from '../../../src/transport/port.ts';
import type { DeliveryHarness, TestDelivery } from './harness.ts';
import { numbers, Reader, until, valuesOf } from './reader.ts';

/** So many that something is left behind all the batches in which a process dies. */
const RECORDS = 80;
const BATCH = { maxBatchRecords: 10 };
const NEVER = new Promise<never>(() => undefined);

interface Step {
  readonly name: string;
  /** What the handler does with the batch in which the process dies, up to its death. Then nothing more happens. */
  readonly lastAct: (publish: () => Promise<void>, die: () => void) => Promise<void>;
  /** What of this batch is in the output twice afterwards, with a sink that is not atomic. */
  readonly twice: 'nothing' | 'all' | 'all or nothing';
}

const STEPS: readonly Step[] = [
  {
    name: 'after a commit, before the next publish',
    lastAct: async (_publish, die) => {
      die();
      await NEVER;
    },
    twice: 'nothing',
  },
  {
    name: 'while it publishes',
    lastAct: async (publish, die) => {
      // What becomes of it nobody is there to see.
      publish().catch(() => undefined);
      die();
      await NEVER;
    },
    twice: 'all or nothing',
  },
  {
    name: 'after the publish, before the commit',
    lastAct: async (publish, die) => {
      await publish();
      die();
      await NEVER;
    },
    twice: 'all',
  },
  {
    name: 'around the commit',
    lastAct: async (publish, die) => {
      await publish();
      setImmediate(die);
    },
    twice: 'all or nothing',
  },
];

/**
 * Holds a source and a sink together: no record is lost whatever the step at which a process dies, and twice is only what
 * was in hand then. With an atomic sink nothing is written twice.
 */
export function describeDelivery(name: string, harness: DeliveryHarness): void {
  const publishTo = ({ topic }: TestDelivery, sink: Sink, batch: SourceBatch, keepAlive: KeepAlive) =>
    sink.publish(
      batch.records.map(({ value, partition }) => ({
        topic,
        key: null,
        value,
        headers: {},
        partitionHint: partition,
      })),
      keepAlive,
      batch,
    );

  const valuesIn = async (delivery: TestDelivery) => (await delivery.read()).map(({ value }) => String(value));

  /** Runs a process that dies with its batch `index`, and returns that batch. */
  async function dieAt(context: TestContext, delivery: TestDelivery, index: number, step: Step): Promise<SourceBatch> {
    const { source, sink } = delivery.process(BATCH);
    const died = Promise.withResolvers<SourceBatch>();
    let count = 0;
    const reader: Reader = new Reader(context, source, async (batch, keepAlive) => {
      const publish = () => publishTo(delivery, sink, batch, keepAlive);
      if (count++ < index) return publish();
      await step.lastAct(publish, () => {
        reader.crash();
        died.resolve(batch);
      });
    });
    context.onTestFinished(() => sink.close());
    const batch = await died.promise;
    await delivery.input.afterCrash();
    return batch;
  }

  /** A process that does all that is left. */
  async function finish(
    context: TestContext,
    delivery: TestDelivery,
  ): Promise<{ readonly values: string[]; readonly atomic: boolean }> {
    const { source, sink } = delivery.process(BATCH);
    const reader = new Reader(context, source, (batch, keepAlive) => publishTo(delivery, sink, batch, keepAlive));
    await until('the last record is handled', () => {
      if (typeof reader.outcome === 'object') throw reader.outcome.rejectedWith;
      return reader.values().at(-1) === String(RECORDS - 1);
    });
    await source.stop();
    await sink.close();
    return { values: await valuesIn(delivery), atomic: sink.atomic };
  }

  describe.concurrent(`${name}: a process dies`, () => {
    test.for(STEPS)('$name', async (step, context) => {
      const delivery = await harness.newDelivery();
      await delivery.input.write(0, numbers(0, RECORDS));
      const inHand = valuesOf(await dieAt(context, delivery, 1, step));
      const { values, atomic } = await finish(context, delivery);
      expect([...new Set(values)].toSorted(numerically)).toEqual(numbers(0, RECORDS));
      const twice = values.filter((value, index) => values.indexOf(value) !== index);
      const allowed = atomic || step.twice === 'nothing' ? [[]] : step.twice === 'all' ? [inHand] : [[], inHand];
      expect(allowed).toContainEqual(twice);
      // First occurrences are in the order of the input.
      expect([...new Set(values)]).toEqual(numbers(0, RECORDS));
    });

    test('again and again, and the work still gets done', async (context) => {
      const delivery = await harness.newDelivery();
      await delivery.input.write(0, numbers(0, RECORDS));
      const dead: string[] = [];
      for (const step of STEPS.slice(0, 3)) dead.push(...valuesOf(await dieAt(context, delivery, 1, step)));
      const { values, atomic } = await finish(context, delivery);
      expect([...new Set(values)]).toEqual(numbers(0, RECORDS));
      const twice = values.filter((value, index) => values.indexOf(value) !== index);
      if (atomic) expect(twice).toEqual([]);
      expect(dead).toEqual(expect.arrayContaining(twice));
    });
  });

  describe.concurrent(`${name}: progress`, () => {
    test('what is published and handled is not published again by the next process', async (context) => {
      const delivery = await harness.newDelivery();
      await delivery.input.write(0, numbers(0, RECORDS));
      expect((await finish(context, delivery)).values).toEqual(numbers(0, RECORDS));
      await delivery.input.write(0, ['after']);
      const { source, sink } = delivery.process(BATCH);
      context.onTestFinished(() => sink.close());
      const reader = new Reader(context, source, (batch, keepAlive) => publishTo(delivery, sink, batch, keepAlive));
      await reader.handled(1);
      await source.stop();
      expect(await valuesIn(delivery)).toEqual([...numbers(0, RECORDS), 'after']);
    });

    test('batches that make no record are done all the same', async (context) => {
      const delivery = await harness.newDelivery();
      await delivery.input.write(0, numbers(0, RECORDS));
      const { source, sink } = delivery.process(BATCH);
      context.onTestFinished(() => sink.close());
      const reader = new Reader(context, source, (batch, keepAlive) => sink.publish([], keepAlive, batch));
      await reader.handled(RECORDS);
      await source.stop();
      await delivery.input.write(0, ['after']);
      const next = delivery.process(BATCH);
      context.onTestFinished(() => next.sink.close());
      const second = new Reader(context, next.source, (batch, keepAlive) =>
        publishTo(delivery, next.sink, batch, keepAlive),
      );
      await second.handled(1);
      await next.source.stop();
      expect(await valuesIn(delivery)).toEqual(['after']);
    });
  });
}

function numerically(a: string, b: string): number {
  return Number(a) - Number(b);
}
