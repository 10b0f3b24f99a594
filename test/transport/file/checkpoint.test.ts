import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../../src/transport/file/checkpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CHECKPOINT: Checkpoint = {
  input: '/logs/a.ndjson',
  topic: 'a.ndjson',
  line: 3,
  byte: 40,
  handledBytes: 44,
  fingerprint: 'f',
};

describe('checkpoint file', () => {
  test('is read as it was written, again and again, and leaves nothing else behind', async () => {
    const path = join(folder, 'good');
    expect(await readCheckpoint(path)).toBeUndefined();
    await writeCheckpoint(path, CHECKPOINT);
    await writeCheckpoint(path, { ...CHECKPOINT, line: 4 });
    expect(await readCheckpoint(path)).toEqual({ ...CHECKPOINT, line: 4 });
    expect(await readdir(folder)).toEqual(['good']);
  });

  test('a rest of a write that a crash cut is overwritten', async () => {
    const path = join(folder, 'cut');
    await writeFile(`${path}.next`, '{"version":1,"inp');
    expect(await readCheckpoint(path)).toBeUndefined();
    await writeCheckpoint(path, CHECKPOINT);
    expect(await readCheckpoint(path)).toEqual(CHECKPOINT);
  });

  const valid = { version: 1, ...CHECKPOINT };
  test.each([
    ['nothing', '', 'an empty file'],
    ['half of one', JSON.stringify(valid).slice(0, 30), '{"version":1'],
    ['a list', '[]', '"[]"'],
    ['null', 'null', '"null"'],
    ['another version', JSON.stringify({ ...valid, version: 2 }), '"version":2'],
    ['a negative position', JSON.stringify({ ...valid, byte: -1 }), 'version'],
    ['a position that is no number', JSON.stringify({ ...valid, line: '3' }), 'version'],
    ['less handled than the position', JSON.stringify({ ...valid, handledBytes: 39 }), 'version'],
    ['no fingerprint', JSON.stringify({ ...valid, fingerprint: undefined }), 'version'],
    ['a line of the input', '{"id":"1","message":"x"}', '"id":"1"'],
  ])('%s is refused: what was expected, what was found, what to do', async (name, text, found) => {
    const path = join(folder, `bad ${name}`);
    await writeFile(path, text);
    await expect(readCheckpoint(path)).rejects.toMatchObject({ kind: 'file' });
    const error: Error = await readCheckpoint(path).catch((reason) => reason);
    expect(error.message).toContain(`${path} is no checkpoint of version 1: found`);
    expect(error.message).toContain(found);
    expect(error.message).toContain('delete it to read the input from its first line');
  });

  test('a folder in its place, or a missing folder, is an error that names it', async () => {
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      kind: 'file',
      message: expect.stringContaining(`Cannot read the checkpoint ${folder}`),
    });
    const path = join(folder, 'missing', 'checkpoint');
    await expect(writeCheckpoint(path, CHECKPOINT)).rejects.toMatchObject({
      kind: 'file',
      message: expect.stringContaining(`Cannot write the checkpoint ${path}`),
    });
  });
});
