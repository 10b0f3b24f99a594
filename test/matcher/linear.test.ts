/** The work per message is linear in its length, whatever the message: counted in steps, not in time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compileProgram } from '../../src/matcher/compile.ts';
import { Executor, MAX_STEPS_PER_WORD } from '../../src/matcher/execute.ts';
import { EVERY_APP } from '../../src/matcher/scope.ts';
import { catalogOf, type EntrySketch } from './catalogs.ts';

const bundled = loadCatalog(BUNDLED_CATALOG);

function stepsOf(executor: Executor, text: string): { steps: number; words: number } {
  executor.words.scan(text, false);
  executor.run(text, EVERY_APP);
  return { steps: executor.steps, words: executor.words.count };
}

/** Texts that make the matcher begin often and get far: each pattern, whole and without its last word, over and over. */
const PIECES = bundled.entries.flatMap((entry) =>
  entry.patterns.flatMap(({ text }) => {
    const literal = text.replace(/\{[^}"]*\}/g, 'x');
    return [literal, literal.replace(/\S+\s*$/, '')];
  }),
);

describe('the matcher', () => {
  it.each(PIECES)('takes twice the steps for twice as many of %s', (piece) => {
    const executor = new Executor(compileProgram(bundled));
    const once = stepsOf(executor, `${piece} `.repeat(500)).steps;
    const twice = stepsOf(executor, `${piece} `.repeat(1_000)).steps;
    expect(twice).toBeLessThanOrEqual(2.1 * once + 100);
  });

  it('takes at most so many steps for each word of a mix of all that', () => {
    const executor = new Executor(compileProgram(bundled));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 200 }), (pieces) => {
        const { steps, words } = stepsOf(executor, pieces.join(' '));
        expect(steps).toBeLessThanOrEqual(words * MAX_STEPS_PER_WORD);
      }),
      { numRuns: 300 },
    );
  });

  it('does not care how many entries there are that share no word with the message', () => {
    const own: EntrySketch = { id: 'box.own', patterns: ['connection refused by host'] };
    const others = Array.from(
      { length: 5_000 },
      (_, i): EntrySketch => ({ id: `box.e${i}`, patterns: [`code${i} failed with text${i}`] }),
    );
    const text = 'poll: connection refused by host (try 3)';
    const alone = stepsOf(new Executor(compileProgram(catalogOf(own))), text).steps;
    expect(stepsOf(new Executor(compileProgram(catalogOf(own, ...others))), text).steps).toBe(alone);
  });
});
