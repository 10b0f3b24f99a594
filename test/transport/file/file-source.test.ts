import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TriageError } from '../../../src/errors.ts';
import { FileSource } from '../../../src/transport/file/file-source.ts';
import type { SourceBatch } from '../../../src/transport/port.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-file-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(source: FileSource): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  await source.run(async (batch) => {
    batches.push(batch);
  });
  return batches;
}

describe('FileSource', () => {
  test('hands over the lines of a file with its name as topic and the line number as offset', async () => {
    const path = join(folder, 'events.ndjson');
    await writeFile(path, '{"a":1}\n\n{"a":2}\r\n{"a":3}');
    const batches = await readAll(new FileSource({ input: path }));
    expect(batches.flatMap(({ records }) => records)).toEqual(
      [
        [0, '{"a":1}'],
        [2, '{"a":2}'],
        [3, '{"a":3}'],
      ].map(([offset, text]) => ({
        topic: 'events.ndjson',
        partition: 0,
        offset,
        timestampMs: -1,
        key: null,
        value: Buffer.from(String(text)),
        headers: {},
      })),
    );
    expect(batches.at(-1)?.endOffset).toBe(4);
  });

  test('batches hold no more records than asked for, in order', async () => {
    const path = join(folder, 'many.ndjson');
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    await writeFile(path, lines.join('\n'));
    const batches = await readAll(new FileSource({ input: path, maxBatchRecords: 64 }));
    expect(Math.max(...batches.map(({ records }) => records.length))).toBe(64);
    expect(batches.flatMap(({ records }) => records.map(({ value }) => value?.toString()))).toEqual(lines);
  });

  test('a line above the limit is cut and says how long it was', async () => {
    const input = Readable.from([Buffer.alloc(3_000, 'x'), Buffer.from('\nshort\n')]);
    const [batch] = await readAll(new FileSource({ input, maxLineBytes: 100 }));
    const [long, short] = batch?.records ?? [];
    expect(long?.value).toEqual(Buffer.alloc(100, 'x'));
    expect(long?.headers).toEqual({ 'triage.cut': '3000' });
    expect(short).toMatchObject({ topic: 'stdin', offset: 1, headers: {} });
  });

  test('lines of a pipe are handed over as they come', async () => {
    const input = new PassThrough();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const running = new FileSource({ input }).run(async ({ records }) => {
      seen.push(...records.map(({ value }) => String(value)));
      first.resolve();
    });
    input.write('one\ntw');
    await first.promise;
    expect(seen).toEqual(['one']);
    input.end('o\n');
    await running;
    expect(seen).toEqual(['one', 'two']);
  });

  test('reads no further than its buffer while the handler works', async () => {
    let produced = 0;
    const input = Readable.from(
      (function* () {
        for (; produced < 1_000; produced++) yield Buffer.from('line\n');
      })(),
    );
    const blocked = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const running = new FileSource({ input }).run(async () => {
      entered.resolve();
      await blocked.promise;
    });
    await entered.promise;
    await new Promise(setImmediate);
    const whileBlocked = produced;
    blocked.resolve();
    await running;
    expect(whileBlocked).toBeLessThan(100);
    expect(produced).toBe(1_000);
  });

  test('stop waits for the running handler and hands over nothing more', async () => {
    const input = new PassThrough();
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let batches = 0;
    let finished = false;
    const source = new FileSource({ input, maxBatchRecords: 1 });
    const running = source.run(async () => {
      batches += 1;
      entered.resolve();
      await release.promise;
      finished = true;
    });
    input.write('a\nb\nc\n');
    await entered.promise;
    const stopped = source.stop();
    release.resolve();
    await stopped;
    await running;
    expect({ batches, finished }).toEqual({ batches: 1, finished: true });
  });

  test('stop ends a wait for input', async () => {
    const source = new FileSource({ input: new PassThrough() });
    const running = source.run(async () => undefined);
    await source.stop();
    await expect(running).resolves.toBeUndefined();
  });

  test('run rejects with what the handler rejected with', async () => {
    const failure = new TriageError('transport', 'no');
    const source = new FileSource({ input: Readable.from([Buffer.from('a\nb\n')]), maxBatchRecords: 1 });
    let calls = 0;
    const running = source.run(async () => {
      calls += 1;
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(calls).toBe(1);
  });

  test.each([
    ['a missing file', () => join(folder, 'missing'), /There is no file .*missing\. Check the path/],
    ['a folder', () => folder, /is a folder/],
  ])('%s is an error of kind file that names it', async (_name, path, message) => {
    const running = new FileSource({ input: path() }).run(async () => undefined);
    await expect(running).rejects.toMatchObject({
      name: 'TriageError',
      kind: 'file',
      message: expect.stringMatching(message),
    });
  });
});
