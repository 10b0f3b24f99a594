import { describe, expect, it } from 'vitest';
import { Examiner } from '../../fuzz/examine.ts';
import { causeOf } from '../../fuzz/finding.ts';
import type { Input } from '../../fuzz/input.ts';
import { type Budget, hold, type Subject } from '../../fuzz/target.ts';

const BUDGET: Budget = { timesReference: 100, baseMs: 20, heapPerByte: 400 };
const INPUT: Input = [['value', 'x'.repeat(100)]];

async function found(run: Subject['run'], budget: Partial<Budget> = {}) {
  return (await new Examiner({ ...BUDGET, ...budget }).examine({ run }, INPUT)).finding;
}

describe('an input', () => {
  it('that does what it should is no finding', async () => {
    expect(await found(() => 'fine')).toBeUndefined();
    expect(await found(async () => 'fine')).toBeUndefined();
  });

  it('whose code throws is one, with the place', async () => {
    const expected = { kind: 'threw', what: expect.stringMatching(/^TypeError: boom\nat .*examine\.test/) };
    const boom = () => {
      throw new TypeError('boom');
    };
    expect(await found(boom)).toMatchObject(expected);
    expect(await found(async () => boom())).toMatchObject(expected);
  });

  it('that breaks a promise is one', async () => {
    expect(await found(() => hold(false, 'spans are in order'))).toEqual({
      kind: 'broken-promise',
      what: 'spans are in order',
    });
  });

  it('that takes far longer than reading so many bytes of JSON is one', async () => {
    const work = () => {
      let sum = 0;
      for (let i = 0; i < 3e7; i++) sum += Math.sqrt(i);
      return sum;
    };
    expect(await found(work, { baseMs: 0.01 })).toMatchObject({ kind: 'too-slow' });
    // Whatever machine this is, an hour is enough.
    expect(await found(work, { baseMs: 3_600_000 })).toBeUndefined();
  });

  it('whose answer holds far more memory than it has bytes is one', async () => {
    const large = () => Array.from({ length: 8_000_000 }, (_, i) => i + 0.5);
    const patient = { baseMs: 3_600_000 };
    expect(await found(large, patient)).toMatchObject({ kind: 'too-much-memory' });
    expect(await found(large, { ...patient, heapPerByte: 10_000_000 })).toBeUndefined();
    // Garbage does not count.
    expect(await found(() => large().length, patient)).toBeUndefined();
  });
});

describe('two findings', () => {
  const of = (what: string) => causeOf({ kind: 'threw', what });

  it('have one cause when only numbers, quotations and places differ', () => {
    expect(of('RangeError: 12 is not in "abc"\nat a')).toBe(of('RangeError: 7 is not in "x"\nat b'));
    expect(of('RangeError: a')).not.toBe(of('RangeError: b'));
  });
});
