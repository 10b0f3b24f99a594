/** Random catalogs and messages from few words, so that they meet often. */
import fc from 'fast-check';
import type { Cue } from '../../src/catalog/schema.ts';
import type { EntrySketch } from './catalogs.ts';

const WORDS = ['io', 'error', 'read', 'AF20012', 'FooBarException', 'SomeOtherFailure', '400', '401', 'com', 'nested'];
const SEPARATORS = [
  ' ',
  ': ',
  '.',
  ' - ',
  '-',
  '":"',
  '\\n',
  '\\"',
  '%20',
  '&quot;',
  '\u200b',
  '\n\t',
  '<br/>',
  '\u001b[31m',
  '{',
  '=',
];

const word = fc.constantFrom(...WORDS);
const gap = fc.constantFrom('{... without nested}', '{...}', '{id}', '{number}', '{word}', '{text}', '{host}');

const segment = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ': ', '.')), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));

export const patternText: fc.Arbitrary<string> = fc
  .tuple(segment, fc.array(fc.tuple(gap, segment), { maxLength: 2 }))
  .map(([first, rest]) => [first, ...rest.flat()].join(' ').trim());

export const sketches: fc.Arbitrary<EntrySketch[]> = fc
  .array(
    fc.record({
      app: fc.constantFrom('all', 'box', 'okta'),
      patterns: fc.array(
        fc.record({ text: patternText, adjacent: fc.boolean(), unless: fc.constantFrom([], [], ['nested']) }),
        { minLength: 1, maxLength: 3 },
      ),
      generic: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((entries) =>
    entries.map(({ app, patterns, generic }, i) => ({
      id: `${app}.e${i}`,
      generic,
      patterns: patterns.map(({ text, adjacent, unless }) => ({
        text,
        unless,
        adjacent: adjacent && !text.includes('{'),
      })),
    })),
  );

const upper = fc.boolean();

export const cues: fc.Arbitrary<Cue[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom('before', 'after'),
      fc.constantFrom('io', 'read 400', 'error', 'ERROR'),
      fc.nat(4),
      fc.boolean(),
    )
    .map(([side, text, within, verbatim]) => ({ [side]: text, within, verbatim })),
  { maxLength: 2 },
);

export const message: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 6, arbitrary: word }, { weight: 1, arbitrary: fc.string({ maxLength: 4 }) }),
      fc.constantFrom(...SEPARATORS),
      upper,
    ),
    {
      maxLength: 24,
    },
  )
  .map((parts) =>
    parts.map(([text, separator, isUpper]) => (isUpper ? text.toUpperCase() : text) + separator).join(''),
  );
