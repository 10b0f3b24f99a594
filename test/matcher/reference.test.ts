import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dictionary } from '../../src/matcher/dictionary.ts';
import { compile, MAX_ALTERNATIVES } from '../../src/matcher/matcher.ts';
import { WordScanner } from '../../src/matcher/scan.ts';
import { wordsOf } from '../../src/matcher/words.ts';
import { cues, message, sketches } from './arbitraries.ts';
import { catalogOf, type EntrySketch } from './catalogs.ts';
import { referenceMatches } from './reference.ts';

/** The long run: TRIAGE_PROPERTY_RUNS=100000 npx vitest run test/matcher/reference.test.ts */
const RUNS = Number(process.env.TRIAGE_PROPERTY_RUNS ?? 3_000);

/** With gaps, the place nearest before the gap's end counts, so that quotes elsewhere do not; the reference tries all. */
function withoutGaps(entries: readonly EntrySketch[]): EntrySketch[] {
  const textOf = (pattern: EntrySketch['patterns'][number]) => (typeof pattern === 'string' ? pattern : pattern.text);
  return entries.map((entry) => ({
    ...entry,
    patterns: entry.patterns.map((each) => textOf(each).split('{')[0]!.trim()),
  }));
}

const APPS = [undefined, 'box', 'okta'];

describe('the compiled matcher', () => {
  it('finds the same entries as the naive reference', () => {
    fc.assert(
      fc.property(sketches, cues, message, fc.constantFrom(...APPS), (entries, quoted, text, app) => {
        const catalog = { ...catalogOf(...(quoted.length === 0 ? entries : withoutGaps(entries))), quoted };
        const matcher = compile(catalog);
        const known = catalog.apps.some(({ key }) => key === app);
        fc.pre(app === undefined || known);
        const ids = new Set(matcher.candidates(text, matcher.resolveApp(app)).map(({ entry }) => entry.id));
        expect([...ids].sort()).toEqual(referenceMatches(catalog, text, app));
      }),
      { numRuns: RUNS },
    );
  });

  it('does not pass over a class name, known or not, as if it were a package', () => {
    const matcher = compile(catalogOf({ id: 'all.a', patterns: ['400 FooBarException'] }));
    expect(matcher.candidates('400 SomeOtherFailure.FooBarException', matcher.resolveApp(undefined))).toEqual([]);
    expect(matcher.candidates('400 com.other.FooBarException', matcher.resolveApp(undefined))).toHaveLength(1);
  });

  it('gives the same answer whatever the order of the entries', () => {
    fc.assert(
      fc.property(sketches, message, fc.infiniteStream(fc.nat()), (entries, text, numbers) => {
        const shuffled = [...entries]
          .map((entry) => ({ entry, key: numbers.next().value as number }))
          .sort((a, b) => a.key - b.key);
        const answer = (order: typeof entries) => {
          const matcher = compile(catalogOf(...order));
          const found = matcher.classify(text, matcher.resolveApp('box'));
          return found.kind === 'match'
            ? [found.match.entry.id, found.match.pattern, found.match.confidence, found.match.span]
            : found.kind;
        };
        expect(answer(shuffled.map(({ entry }) => entry))).toEqual(answer(entries));
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the entry of the best pattern, and the other entries in the order of their best ones', () => {
    fc.assert(
      fc.property(sketches, message, fc.constantFrom('box', 'okta'), (entries, text, app) => {
        const matcher = compile(catalogOf(...entries));
        const ref = matcher.resolveApp(app);
        const ids = [...new Set(matcher.candidates(text, ref).map(({ entry }) => entry.id))];
        fc.pre(ids.length > 0);
        const found = matcher.classify(text, ref);
        const given =
          found.kind === 'match' ? [found.match.entry, ...found.match.alternatives.map(({ entry }) => entry)] : [];
        expect(given.map(({ id }) => id)).toEqual(ids.slice(0, 1 + MAX_ALTERNATIVES));
      }),
      { numRuns: RUNS },
    );
  });

  it('gives spans that lie in the message, for any text', () => {
    const matcher = compile(catalogOf({ id: 'box.a', patterns: ['io error', 'read {...} 400'] }));
    fc.assert(
      fc.property(message, (text) => {
        for (const { span } of matcher.candidates(text, matcher.resolveApp('box'))) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the fast word scanner', () => {
  it('finds the same words as the plain one, for any text', () => {
    const anyText = fc.oneof(message, fc.string({ unit: 'binary', maxLength: 60 }));
    fc.assert(
      fc.property(anyText, fc.array(fc.string({ minLength: 1, maxLength: 4 })), (text, known) => {
        const dictionary = new Dictionary();
        for (const word of [...known.flatMap((each) => wordsOf(each)), ...wordsOf(text).slice(0, 3)])
          dictionary.add(word.text);
        dictionary.freeze();
        const scanner = new WordScanner(dictionary);
        scanner.scan(text, false);
        const fast = Array.from({ length: scanner.count }, (_, i) => [
          scanner.starts[i],
          scanner.ends[i],
          scanner.ids[i],
        ]);
        const plain = wordsOf(text, (word) => dictionary.has(word)).map(({ text: word, start, end }) => [
          start,
          end,
          dictionary.idOf(word),
        ]);
        expect(fast).toEqual(plain);
      }),
      { numRuns: RUNS },
    );
  });
});
