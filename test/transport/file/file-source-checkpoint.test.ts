/** Where a `FileSource` with a checkpoint goes on. That crashes lose nothing is in the conformance suite. */
import { appendFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileSource, type FileSourceOptions } from '../../../src/transport/file/file-source.ts';
import type { FileStart } from '../../../src/transport/file/resumable-file.ts';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-file-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function newFile(content: string) {
  const path = join(folder, `${count++}.ndjson`);
  await writeFile(path, content);
  return { path, checkpoint: `${path}.checkpoint` };
}

/** What one run reads, as `line number: text`, and where it said to begin. */
async function run(options: { path: string; checkpoint: string } & Partial<FileSourceOptions>) {
  const { path, ...rest } = options;
  const read: string[] = [];
  let start: FileStart | undefined;
  const source = new FileSource({ input: path, ...rest, onStart: (where) => (start = where) });
  await source.run(async ({ records }) => {
    read.push(...records.map(({ offset, value }) => `${offset}: ${value}`));
  });
  return { read, start };
}

describe('FileSource with a checkpoint', () => {
  test('reads a file once, and later only what was added, with the line numbers going on', async () => {
    const file = await newFile('a\n\nb\n');
    expect(await run(file)).toEqual({ read: ['0: a', '2: b'], start: { how: 'beginning', line: 0, byte: 0 } });
    expect(await run(file)).toEqual({ read: [], start: { how: 'resumed', line: 3, byte: 5 } });
    await appendFile(file.path, '\r\nc\r\n');
    expect((await run(file)).read).toEqual(['4: c']);
    expect((await run(file)).start).toEqual({ how: 'resumed', line: 5, byte: 10 });
  });

  test('goes on within a chunk, at the byte behind the last batch', async () => {
    const lines = Array.from({ length: 2_000 }, (_, index) => `ä ${index}`);
    const file = await newFile(`\ufeff${lines.join('\r\n')}\r\n`);
    const failure = new Error('enough');
    let calls = 0;
    const source = new FileSource({ input: file.path, checkpoint: file.checkpoint, maxBatchRecords: 7 });
    await expect(
      source.run(async () => {
        if (calls++ === 100) throw failure;
      }),
    ).rejects.toBe(failure);
    const { read, start } = await run(file);
    expect(start).toMatchObject({ how: 'resumed', line: 700 });
    expect(read).toEqual(lines.slice(700).map((line, index) => `${index + 700}: ${line}`));
  });

  test('a last line without a line end is handed over, and once more when it was only half of one', async () => {
    const file = await newFile('a\nhal');
    expect((await run(file)).read).toEqual(['0: a', '1: hal']);
    expect((await run(file)).read).toEqual([]);
    await appendFile(file.path, 'f\nc\n');
    expect((await run(file)).read).toEqual(['1: half', '2: c']);
    expect((await run(file)).read).toEqual([]);
  });

  test('the file may be moved, and is known by its content', async () => {
    const file = await newFile('a\nb\n');
    await run(file);
    const other = join(folder, 'elsewhere');
    await rename(file.path, other);
    await appendFile(other, 'c\n');
    const topic = `${count - 1}.ndjson`;
    expect((await run({ path: other, checkpoint: file.checkpoint, topic })).read).toEqual(['2: c']);
  });

  test.each([
    ['other content', (path: string) => writeFile(path, 'x\ny\nz\nzz\n')],
    ['less of the same', (path: string) => truncate(path, 4)],
    ['the same beginning and another end', (path: string) => writeFile(path, `${'same\n'.repeat(1_999)}else\nmore\n`)],
  ])('a file that was replaced (%s) is read from its first line, and says so', async (_name, replace) => {
    const file = await newFile('same\n'.repeat(2_000));
    await run(file);
    await replace(file.path);
    const { read, start } = await run(file);
    expect(start).toEqual({ how: 'replaced', line: 0, byte: 0 });
    expect(read).toEqual(
      (await readFile(file.path, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line, index) => `${index}: ${line}`),
    );
    expect((await run(file)).start?.how).toBe('resumed');
  });

  test('the checkpoint of another file, or of other event ids, is refused, and stays', async () => {
    const [one, two] = [await newFile('a\n'), await newFile('b\n')];
    await run(one);
    const before = await readFile(one.checkpoint, 'utf8');
    for (const wrong of [
      { path: two.path },
      { path: two.path, topic: `${count - 2}.ndjson` },
      { path: one.path, topic: 't' },
    ]) {
      await expect(run({ ...wrong, checkpoint: one.checkpoint })).rejects.toMatchObject({
        kind: 'usage',
        message: `The checkpoint ${one.checkpoint} belongs to ${one.path}, not to ${wrong.path}. Name another checkpoint for this file.`,
      });
    }
    expect(await readFile(one.checkpoint, 'utf8')).toBe(before);
  });

  test('the output is flushed before each checkpoint; when that fails, so does run, and the checkpoint stays', async () => {
    const file = await newFile('a\nb\nc\n');
    const failure = new Error('disk gone');
    const lines: unknown[] = [];
    const beforeCheckpoint = async () => {
      lines.push(
        await readFile(file.checkpoint, 'utf8').then(
          (text) => JSON.parse(text).line,
          () => 'none',
        ),
      );
      if (lines.length === 3) throw failure;
    };
    await expect(run({ ...file, maxBatchRecords: 1, beforeCheckpoint })).rejects.toBe(failure);
    expect(lines).toEqual(['none', 1, 2]);
    expect((await run(file)).read).toEqual(['2: c']);
  });

  test('a stream has none, and neither has a device', async () => {
    expect(() => new FileSource({ input: Readable.from([]), checkpoint: 'c' })).toThrow(
      /A stream cannot be read again/,
    );
    await expect(run({ path: '/dev/null', checkpoint: join(folder, 'null') })).rejects.toMatchObject({
      kind: 'file',
      message: expect.stringMatching(/\/dev\/null is no regular file/),
    });
  });

  test('a missing file and a folder are errors as without one', async () => {
    const checkpoint = join(folder, 'none');
    await expect(run({ path: join(folder, 'missing'), checkpoint })).rejects.toThrow(/There is no file/);
    await expect(run({ path: folder, checkpoint })).rejects.toThrow(/is a folder/);
  });
});
