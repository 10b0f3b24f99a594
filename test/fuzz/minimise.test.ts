import { describe, expect, it } from 'vitest';
import type { Input } from '../../fuzz/input.ts';
import { minimise } from '../../fuzz/minimise.ts';

const LIMITS = { maxTries: 1_000, maxMs: 60_000 };

describe('minimising', () => {
  it('leaves out every part and every unit that the finding does not need', async () => {
    const input: Input = [
      ['header a', Buffer.from('whatever')],
      ['value', Buffer.from(`${'x'.repeat(300)}!${'y'.repeat(300)}?`)],
      ['text', 'unneeded'],
    ];
    const fails = async (smaller: Input) => smaller.some(([, part]) => /!.*\?/s.test(part.toString()));
    expect(await minimise(input, fails, LIMITS)).toEqual([['value', Buffer.from('!?')]]);
  });

  it('ends with what it has when it has tried often enough', async () => {
    let tries = 0;
    const fails = async () => {
      tries++;
      return false;
    };
    const input: Input = [['text', 'x'.repeat(500)]];
    expect(await minimise(input, fails, { ...LIMITS, maxTries: 20 })).toEqual(input);
    expect(tries).toBe(20);
  });
});
