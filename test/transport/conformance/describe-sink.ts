import { describe, expect, test } from 'vitest';
import type { OutboundRecord, Sink } from '../../../src/transport/port.ts';
import { RecordTooLargeError } from '../../../src/transport/record-too-large.ts';
import { noKeepAlive } from '../records.ts';
import { isAble, reasonOf, type SinkHarness, type TestOutput, type WrittenRecord } from './harness.ts';
import { numbers, until } from './reader.ts';

/** Holds a sink to the port. Every test has an output of its own. */
export function describeSink(name: string, harness: SinkHarness): void {
  const { carries, severalPartitions } = harness;
  const partitions = isAble(severalPartitions) ? severalPartitions : 1;

  const recordFor = (
    { topic }: TestOutput,
    value: string | null,
    rest: Partial<OutboundRecord> = {},
  ): OutboundRecord => ({
    topic,
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: {},
    partitionHint: 0,
    ...rest,
  });
  const publish = (output: TestOutput, sink: Sink, records: readonly OutboundRecord[], keepAlive = noKeepAlive) =>
    sink.publish(records, keepAlive, output.nextCovers?.());
  const texts = (records: readonly WrittenRecord[]) => records.map(({ value }) => String(value));

  /** A sink that is closed at the end of the test. */
  function opened(context: { onTestFinished(fn: () => Promise<void>): void }, output: TestOutput): Sink {
    const sink = output.sink();
    context.onTestFinished(() =>
      // How it ends is part of the tests that close it themselves.
      sink.close().catch(() => undefined),
    );
    return sink;
  }

  describe.concurrent(`${name}: writing`, () => {
    test('what publish has resolved for can be read by others', async (context) => {
      const output = await harness.newOutput(1);
      const sink = opened(context, output);
      for (const round of [0, 1, 2]) {
        await publish(
          output,
          sink,
          numbers(round * 10, round * 10 + 10).map((value) => recordFor(output, value)),
        );
        expect(texts(await output.read())).toEqual(numbers(0, round * 10 + 10));
      }
    });

    test('records of a key stay in order, within a call and over calls that overlap', async (context) => {
      const output = await harness.newOutput(partitions);
      const sink = opened(context, output);
      const keys = ['a', 'b', 'c', 'd', 'e'];
      await Promise.all(
        numbers(0, 40).map((call) =>
          publish(
            output,
            sink,
            keys.flatMap((key) =>
              ['first', 'second'].map((which) =>
                recordFor(output, `${key} ${call} ${which}`, { key: Buffer.from(key) }),
              ),
            ),
          ),
        ),
      );
      const written = await output.read();
      expect(written).toHaveLength(400);
      for (const key of keys) {
        const ofKey = written.filter(({ value }) => String(value).startsWith(key));
        expect(texts(ofKey)).toEqual(
          numbers(0, 40).flatMap((call) => [`${key} ${call} first`, `${key} ${call} second`]),
        );
        expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1);
      }
    });

    if (isAble(severalPartitions)) {
      test('without a key the hint chooses the partition, modulo their number', async (context) => {
        const output = await harness.newOutput(severalPartitions);
        const sink = opened(context, output);
        const hints = [0, 1, severalPartitions, severalPartitions + 1];
        await publish(
          output,
          sink,
          hints.map((hint) => recordFor(output, String(hint), { partitionHint: hint })),
        );
        expect((await output.read()).map(({ partition, value }) => [partition, String(value)])).toEqual([
          [0, '0'],
          [0, String(severalPartitions)],
          [1, '1'],
          [1, String(severalPartitions + 1)],
        ]);
      });
    } else {
      test(`every hint leads to the one partition, in order, since ${reasonOf(severalPartitions)}`, async (context) => {
        const output = await harness.newOutput(1);
        const sink = opened(context, output);
        await publish(
          output,
          sink,
          [5, 0, 3].map((hint) => recordFor(output, String(hint), { partitionHint: hint })),
        );
        expect(texts(await output.read())).toEqual(['5', '0', '3']);
      });
    }

    test('values are written byte for byte', async (context) => {
      const output = await harness.newOutput(1);
      const value = Buffer.from([0xff, 0x00, 0x80, 0xc3, 0x20]);
      const text = Buffer.from('ä€😀');
      const values = [value, text, value, Buffer.from([0xfe])];
      await publish(
        output,
        opened(context, output),
        values.map((one) => recordFor(output, null, { value: one })),
      );
      expect((await output.read()).map((record) => record.value)).toEqual(values);
    });

    test('a call without records resolves and writes nothing', async (context) => {
      const output = await harness.newOutput(1);
      const sink = opened(context, output);
      await publish(output, sink, []);
      await publish(output, sink, [recordFor(output, 'only')]);
      expect(texts(await output.read())).toEqual(['only']);
    });
  });

  describe.concurrent(`${name}: what is carried besides the value`, () => {
    const timestampMs = Date.now() - 86_400_000;
    const headers = { one: Buffer.from('1'), many: [Buffer.from('a'), Buffer.from('b')] };
    const parts = {
      key: { given: { key: Buffer.from('k') }, absent: { key: null } },
      headers: { given: { headers }, absent: { headers: {} } },
      timestamp: { given: { timestampMs }, absent: {} },
    };
    for (const part of ['key', 'headers', 'timestamp'] as const) {
      const support = carries[part];
      test(
        isAble(support) ? `the ${part}` : `no ${part}, since ${reasonOf(support)}, and the value all the same`,
        async (context) => {
          const output = await harness.newOutput(1);
          await publish(output, opened(context, output), [recordFor(output, 'value', parts[part].given)]);
          const [written] = await output.read();
          expect(written).toMatchObject(isAble(support) ? parts[part].given : parts[part].absent);
          if (part === 'timestamp' && !isAble(support)) expect(written?.timestampMs).toBe(-1);
          expect(String(written?.value)).toBe('value');
        },
      );
    }

    const { tombstone } = carries;
    test(
      isAble(tombstone) ? 'tombstones' : `no tombstones, since ${reasonOf(tombstone)}, and the records around them`,
      async (context) => {
        const output = await harness.newOutput(1);
        const key = Buffer.from('k');
        await publish(
          output,
          opened(context, output),
          ['before', null, 'after'].map((value) => recordFor(output, value, { key })),
        );
        const values = (await output.read()).map(({ value }) => (value === null ? null : String(value)));
        expect(values).toEqual(isAble(tombstone) ? ['before', null, 'after'] : ['before', 'after']);
      },
    );
  });

  describe.concurrent(`${name}: what cannot be written`, () => {
    const { newLimitedOutput } = harness;
    if (isAble(newLimitedOutput)) {
      test('too large a record is refused by name; the others are written, or with an atomic sink none', async (context) => {
        const { output, bytes } = await newLimitedOutput();
        const sink = opened(context, output);
        const small = numbers(0, 7).map((value) => recordFor(output, value));
        const large = ['x', 'y'].map((text) => recordFor(output, text.repeat(bytes)));
        const records = [...small.slice(0, 3), large[0]!, ...small.slice(3, 5), large[1]!, ...small.slice(5)];
        const error = await publish(output, sink, records).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(RecordTooLargeError);
        expect((error as RecordTooLargeError).records.length).toBeGreaterThan(0);
        if (!sink.atomic) expect((error as RecordTooLargeError).records).toEqual(large);
        // An atomic sink writes nothing and may find them one after another.
        for (const record of (error as RecordTooLargeError).records) expect(large).toContain(record);
        expect(texts(await output.read())).toEqual(sink.atomic ? [] : numbers(0, 7));
        await publish(output, sink, [recordFor(output, 'after')]);
        expect(texts(await output.read())).toEqual([...(sink.atomic ? [] : numbers(0, 7)), 'after']);
      });
    } else {
      test(`no record is too large, since ${reasonOf(newLimitedOutput)}`, async (context) => {
        const output = await harness.newOutput(1);
        const value = 'x'.repeat(20_000_000);
        await publish(output, opened(context, output), [recordFor(output, value), recordFor(output, 'after')]);
        const written = texts(await output.read());
        expect(written.map(({ length }) => length)).toEqual([20_000_000, 5]);
      });
    }

    const { newStalledOutput } = harness;
    if (isAble(newStalledOutput)) {
      test('while it cannot write, publish waits and calls keepAlive; then it goes on by itself', async (context) => {
        const { output, mend } = await newStalledOutput();
        const sink = opened(context, output);
        let beats = 0;
        let resolved = false;
        const publishing = publish(output, sink, [recordFor(output, 'patient')], async () => {
          beats += 1;
        }).then(() => {
          resolved = true;
        });
        await until('keepAlive was called twice', () => beats >= 2);
        expect(resolved).toBe(false);
        await mend();
        await publishing;
        expect(texts(await output.read())).toEqual(['patient']);
      });

      test('a keepAlive that rejects ends the wait with its error', async (context) => {
        const { output } = await newStalledOutput();
        const gone = new Error('the partition is gone');
        const publishing = publish(output, opened(context, output), [recordFor(output, 'x')], () =>
          Promise.reject(gone),
        );
        await expect(publishing).rejects.toBe(gone);
      });

      test('close ends the wait: the call rejects', async () => {
        const { output } = await newStalledOutput();
        const sink = output.sink();
        const publishing = publish(output, sink, [recordFor(output, 'x')]);
        const settled = publishing.catch((error: unknown) => error);
        await sink.close();
        expect(await settled).toMatchObject({ name: 'TriageError', retriable: true });
      });
    } else {
      test(`an output that cannot be written is an error that is not retriable, since ${reasonOf(newStalledOutput)}`, async (context) => {
        const output = await harness.newBrokenOutput!();
        const sink = opened(context, output);
        for (const value of ['first', 'second']) {
          await expect(publish(output, sink, [recordFor(output, value)])).rejects.toMatchObject({
            name: 'TriageError',
            retriable: false,
          });
        }
        await expect(sink.close()).rejects.toMatchObject({ name: 'TriageError' });
      });
    }
  });

  describe.concurrent(`${name}: close`, () => {
    test('settles the calls under way, and those that resolve are written', async () => {
      const output = await harness.newOutput(1);
      const sink = output.sink();
      await publish(output, sink, [recordFor(output, 'before')]);
      const calls = numbers(0, 20).map((value) => publish(output, sink, [recordFor(output, value)]));
      const settled = Promise.allSettled(calls);
      await sink.close();
      const resolved = (await settled).flatMap(({ status }, index) => (status === 'fulfilled' ? [String(index)] : []));
      expect(texts(await output.read())).toEqual(expect.arrayContaining(['before', ...resolved]));
    });

    test('later calls reject and write nothing, also those without records', async () => {
      const output = await harness.newOutput(1);
      const sink = output.sink();
      await publish(output, sink, [recordFor(output, 'before')]);
      await sink.close();
      await expect(publish(output, sink, [recordFor(output, 'late')])).rejects.toMatchObject({ name: 'TriageError' });
      await expect(publish(output, sink, [])).rejects.toMatchObject({ name: 'TriageError' });
      expect(texts(await output.read())).toEqual(['before']);
    });

    test('may be called twice, at once and again, and on a sink that was never used', async () => {
      const output = await harness.newOutput(1);
      const sink = output.sink();
      await Promise.all([sink.close(), sink.close()]);
      await sink.close();
    });

    test('a new sink on the same output goes on behind what is written', async (context) => {
      const output = await harness.newOutput(1);
      const first = output.sink();
      await publish(output, first, [recordFor(output, 'one')]);
      await first.close();
      await publish(output, opened(context, output), [recordFor(output, 'two')]);
      expect(texts(await output.read())).toEqual(['one', 'two']);
    });
  });
}
