/** Which patterns are called too short, too general or shadowed, and which only look so. */
import { describe, expect, it } from 'vitest';
import { checkOverlaps } from '../../src/catalog/check-overlaps.ts';
import { checkPatterns } from '../../src/catalog/check-patterns.ts';
import { compile } from '../../src/matcher/matcher.ts';
import { catalogOf, type EntrySketch } from '../matcher/catalogs.ts';

type PatternSketch = EntrySketch['patterns'][number];

describe('checkPatterns', () => {
  it.each<[pattern: PatternSketch, code: string | undefined, generic?: boolean]>([
    ['oops', 'short-pattern'],
    ['E17', 'short-pattern'],
    ['12345678', 'general-pattern'],
    ['401 403', 'general-pattern'],
    ['something', 'general-pattern'],
    ['timeout error', 'general-pattern'],
    ['Error: 500', 'general-pattern'],
    ['request {...} failed', 'general-pattern'],
    ['folder {...} vanished', 'general-pattern'],
    ['12345 {...} 67890', 'general-pattern'],
    ['NullPointerException', 'general-pattern'],
    ['12345678', 'general-pattern', true],

    ['AF20012', undefined],
    ['team_not_authorized', undefined],
    ['folder {text} vanished', undefined],
    ['NullPointerException {...} failed', 'general-pattern'],
    ['AF20012 {...} failed', undefined],
    ['Server returned: 500 Internal server error', undefined],
    ['Failed to parse response', undefined],
    ['GoogleJsonResponseException: 401', undefined],
    ['Server returned 401', undefined, true],
    ['NullPointerException', undefined, true],
    [{ text: 'NullPointerException', needsApp: true }, undefined],
    [{ text: 'Service timeout', adjacent: true }, undefined],
    [{ text: 'status 404', confidence: 'inferred' }, undefined],
  ])('%j is %s', (pattern, code, generic = false) => {
    const found = checkPatterns(catalogOf({ id: 'box.a', patterns: [pattern], generic }));
    expect(found.map((each) => each.code)).toEqual(code === undefined ? [] : [code]);
  });
});

describe('checkOverlaps', () => {
  const partial = (text: string) => ({ text, confidence: 'partial' as const });

  it.each<[what: string, entries: readonly EntrySketch[], codes: readonly string[]]>([
    [
      'a text inside a longer one of another entry',
      [
        { id: 'box.a', patterns: ['tide is low'] },
        { id: 'box.b', patterns: ['tide is low today'] },
      ],
      [],
    ],
    [
      'a generic text inside a telling one',
      [
        { id: 'box.a', patterns: ['server returned 400'], generic: true },
        { id: 'box.b', patterns: ['server returned 400 AF20012'] },
      ],
      [],
    ],
    [
      'one text in two apps',
      [
        { id: 'box.a', patterns: ['tide is low'] },
        { id: 'okta.a', patterns: ['tide is low'] },
      ],
      [],
    ],
    [
      'one text in an app and in all apps',
      [
        { id: 'all.a', patterns: ['tide is low'] },
        { id: 'box.a', patterns: ['tide is low'] },
      ],
      [],
    ],
    [
      'a tie that is declared by `partial` on both sides',
      [
        { id: 'box.a', patterns: ['alpha tide is low', partial('tide is low')] },
        { id: 'box.b', patterns: ['beta tide is low', partial('tide is low')] },
      ],
      [],
    ],
    [
      'a tie that only one side declares',
      [
        { id: 'box.a', patterns: ['alpha tide is low', partial('tide is low')] },
        { id: 'box.b', patterns: ['beta tide is low', 'tide is low'] },
      ],
      ['equal-pattern', 'shadowed-pattern'],
    ],
    [
      'a declared tie in an entry that has nothing else',
      [
        { id: 'box.a', patterns: [partial('tide is low')] },
        { id: 'box.b', patterns: [partial('tide is low')] },
      ],
      ['shadowed-entry'],
    ],
    [
      'a text with a package and the same without, of other confidence',
      [
        {
          id: 'box.a',
          patterns: ['com.box.TideException: low', { text: 'TideException: low', confidence: 'normalized' }],
        },
      ],
      [],
    ],
    [
      'a gap that another text covers only when nothing is in it',
      [
        { id: 'box.a', patterns: ['tide {...} is low'], generic: true },
        { id: 'box.b', patterns: ['tide is low'] },
      ],
      [],
    ],
    [
      'a gap inside a narrower one that covers it',
      [
        { id: 'box.a', patterns: ['tide {word} is low'], generic: true },
        { id: 'box.b', patterns: ['tide {...} is low'] },
      ],
      ['shadowed-entry'],
    ],
    [
      'a gap that another text covers only without a certain word in it',
      [
        { id: 'box.a', patterns: ['tide {...} is low'], generic: true },
        { id: 'box.b', patterns: ['tide {... without yesterday} is low'] },
      ],
      [],
    ],
    [
      'the same condition in other words',
      [
        { id: 'box.a', patterns: ['alpha tide', { text: 'status 404', confidence: 'inferred' }] },
        { id: 'box.b', patterns: ['beta tide', { text: 'status 404', confidence: 'inferred' }] },
      ],
      [],
    ],
    [
      'texts that run into each other, one of them longer',
      [
        { id: 'box.a', patterns: ['tide is very low'] },
        { id: 'box.b', patterns: ['very low water everywhere'] },
      ],
      [],
    ],
    [
      'texts of equal length that only one word joins',
      [
        { id: 'box.a', patterns: ['tide was low'] },
        { id: 'box.b', patterns: ['low was rain'] },
      ],
      [],
    ],
  ])('%s', (_, entries, codes) => {
    expect(checkOverlaps(compile(catalogOf(...entries))).map(({ code }) => code)).toEqual(codes);
  });
});
