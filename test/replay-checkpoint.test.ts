import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReplayCheckpoint } from '../src/replay-checkpoint.ts';

const REPLAY = { input: 'in', output: 'again', catalog: 'abc' };
const POSITIONS = [{ partition: 0, startOffset: 5, endOffset: 9 }];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'triage-replay-checkpoint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('a replay checkpoint', () => {
  it('gives back what was saved last, and leaves no other file', async () => {
    const folder = newFolder();
    const path = join(folder, 'c.json');
    const first = await ReplayCheckpoint.open(path, REPLAY);
    expect(first.positions).toBeUndefined();
    await Promise.all([first.save([{ partition: 0, startOffset: 1, endOffset: 9 }]), first.save(POSITIONS)]);
    expect((await ReplayCheckpoint.open(path, REPLAY)).positions).toEqual(POSITIONS);
    expect(readdirSync(folder)).toEqual(['c.json']);
  });

  it.each(['input', 'output', 'catalog'] as const)('of another %s is refused', async (name) => {
    const path = join(newFolder(), 'c.json');
    await (await ReplayCheckpoint.open(path, REPLAY)).save(POSITIONS);
    await expect(ReplayCheckpoint.open(path, { ...REPLAY, [name]: 'other' })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(`${name} ${REPLAY[name]}, not other`),
    });
  });

  it.each([
    '',
    'x',
    '[]',
    '{"version":2}',
    JSON.stringify({ version: 1, ...REPLAY, positions: [{ partition: 0, startOffset: 10, endOffset: 9 }] }),
  ])('is no file that holds %j', async (text) => {
    const path = join(newFolder(), 'c.json');
    writeFileSync(path, text);
    await expect(ReplayCheckpoint.open(path, REPLAY)).rejects.toMatchObject({ kind: 'file' });
  });

  it('that cannot be written says where', async () => {
    const path = join(newFolder(), 'none', 'c.json');
    const checkpoint = await ReplayCheckpoint.open(path, REPLAY);
    await expect(checkpoint.save(POSITIONS)).rejects.toMatchObject({
      kind: 'file',
      message: expect.stringContaining(path),
    });
  });
});
