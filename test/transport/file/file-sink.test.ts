import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileSink } from '../../../src/transport/file/file-sink.ts';
import { OutputClosedError } from '../../../src/transport/file/target.ts';
import type { OutboundRecord } from '../../../src/transport/port.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-file-sink-'));
});
afterAll(() => rm(folder, { recursive: true }));

function record(topic: string, value: string | null): OutboundRecord {
  return { topic, key: null, value: value === null ? null : Buffer.from(value), headers: {}, partitionHint: 0 };
}

describe('FileSink', () => {
  test('writes values as lines, per topic, in order, on disk when publish resolves', async () => {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const sink = new FileSink({ targets: { resolutions: a, dlq: b } });
    await sink.publish([record('resolutions', '1'), record('dlq', 'x'), record('resolutions', '2')]);
    expect(await readFile(a, 'utf8')).toBe('1\n2\n');
    expect(await readFile(b, 'utf8')).toBe('x\n');
    await Promise.all([sink.publish([record('resolutions', '3')]), sink.publish([record('resolutions', '4')])]);
    await sink.close();
    expect(await readFile(a, 'utf8')).toBe('1\n2\n3\n4\n');
  });

  test('topics may share a file, and a record without a value is not written', async () => {
    const path = join(folder, 'shared');
    const sink = new FileSink({ targets: { one: path, two: path } });
    await sink.publish([record('one', 'a'), record('two', null), record('two', 'b')]);
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe('a\nb\n');
  });

  test('publish waits for a slow stream, and close does not end a stream it was given', async () => {
    const release = Promise.withResolvers<void>();
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        void release.promise.then(() => done());
      },
    });
    const sink = new FileSink({ targets: { t: stream } });
    let resolved = false;
    const publishing = sink.publish([record('t', 'a')]).then(() => {
      resolved = true;
    });
    await new Promise(setImmediate);
    expect(resolved).toBe(false);
    release.resolve();
    await publishing;
    await sink.close();
    expect(stream.writableEnded).toBe(false);
  });

  test('a reader that has gone is an OutputClosedError, also for later calls, and does not end the process', async () => {
    const child = spawn('head', ['-n', '1'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const sink = new FileSink({ targets: { t: child.stdin } });
    await sink.publish([record('t', 'first')]);
    await once(child, 'close');
    await expect(sink.publish([record('t', 'x'.repeat(1_000_000))])).rejects.toBeInstanceOf(OutputClosedError);
    await expect(sink.publish([record('t', 'y')])).rejects.toMatchObject({ kind: 'file' });
    await sink.close();
  });

  test('a path whose folder is missing is an error that names it', async () => {
    const sink = new FileSink({ targets: { t: join(folder, 'missing', 'file') } });
    await expect(sink.publish([record('t', 'a')])).rejects.toMatchObject({
      kind: 'file',
      message: expect.stringMatching(/missing.*folder does not exist/),
    });
  });

  test('a topic without a target is a mistake of the program', async () => {
    await expect(new FileSink({ targets: {} }).publish([record('t', 'a')])).rejects.toMatchObject({ kind: 'internal' });
  });

  test('overwrites by default; appends when told so, cutting off half a line and saying so', async () => {
    const path = join(folder, 'kept');
    await writeFile(path, '{"a":1}\n{"a":');
    const cut: unknown[] = [];
    const append = new FileSink({ targets: { t: path }, mode: 'append', onLineCutOff: (...what) => cut.push(what) });
    await append.publish([record('t', '{"a":2}')]);
    await append.close();
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n{"a":2}\n');
    expect(cut).toEqual([[path, 5]]);
    const overwrite = new FileSink({ targets: { t: path } });
    await overwrite.close();
    expect(await readFile(path, 'utf8')).toBe('');
  });

  test('sync resolves after what was published, and fails as publish does', async () => {
    const path = join(folder, 'synced');
    const sink = new FileSink({ targets: { t: path, out: new PassThrough() } });
    const publishing = sink.publish([record('t', 'a')]);
    await sink.sync();
    expect(await readFile(path, 'utf8')).toBe('a\n');
    await publishing;
    await sink.close();
    const broken = new FileSink({ targets: { t: join(folder, 'missing', 'file') } });
    await expect(broken.sync()).rejects.toThrow(/folder does not exist/);
  });

  test.skipIf(process.platform !== 'linux')('a full disk is an error that says so', async () => {
    const sink = new FileSink({ targets: { t: '/dev/full' } });
    await expect(sink.publish([record('t', 'a')])).rejects.toThrow('Cannot write /dev/full: the disk is full.');
    await expect(sink.close()).rejects.toThrow(/disk is full/);
  });
});
