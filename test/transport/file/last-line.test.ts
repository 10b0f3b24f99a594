import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mendLastLine } from '../../../src/transport/file/last-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triage-last-line-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LONG = `{"a":"${'x'.repeat(200_000)}`;

describe('mendLastLine', () => {
  test.each([
    ['an empty file stays', '', '', 0],
    ['an ended last line stays', '{"a":1}\n', '{"a":1}\n', 0],
    ['half a line is cut off', '{"a":1}\n{"a":', '{"a":1}\n', 5],
    ['also when there is no other', '{"a":', '', 5],
    ['and when it is longer than a block', `{"a":1}\n${LONG}`, '{"a":1}\n', LONG.length],
    ['half a character too', Buffer.concat([Buffer.from('1\n"'), Buffer.from('ä').subarray(0, 1)]), '1\n', 2],
    ['a number may be half of one', '1\n12', '1\n', 2],
    ['whole JSON gets its line end', '{"a":1}\n{"a":2}', '{"a":1}\n{"a":2}\n', 0],
    ['empty lines at the end stay', '1\n\n', '1\n\n', 0],
  ])('%s', async (name, before, after, cutBytes) => {
    const path = join(folder, name);
    await writeFile(path, before);
    const handle = await open(path, 'a+');
    expect(await mendLastLine(handle)).toBe(cutBytes);
    await handle.appendFile('next\n');
    await handle.close();
    expect(await readFile(path, 'utf8')).toBe(`${after}next\n`);
  });
});
