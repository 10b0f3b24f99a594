/** The compiled inner loop at its seams; that it finds the right words in any text is in `reference.test.ts`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dictionary } from '../../src/matcher/dictionary.ts';
import { WordScanner } from '../../src/matcher/scan.ts';
import { appBits, EVERY_APP, scopeBits } from '../../src/matcher/scope.ts';
import { unknownVendorCode } from '../../src/matcher/vendor-code.ts';
import { wordsOf } from '../../src/matcher/words.ts';

function dictionaryOf(words: readonly string[], apps?: readonly number[]): Dictionary {
  const dictionary = new Dictionary();
  for (const word of words) dictionary.add(word);
  dictionary.freeze(apps && Int32Array.from([0, ...apps]));
  return dictionary;
}

function scanned(scanner: WordScanner, text: string): [start: number, end: number, id: number][] {
  scanner.scan(text, false);
  return Array.from({ length: scanner.count }, (_, i) => [scanner.starts[i]!, scanner.ends[i]!, scanner.ids[i]!]);
}

function expected(dictionary: Dictionary, text: string): [start: number, end: number, id: number][] {
  return wordsOf(text, (word) => dictionary.has(word)).map(({ text: word, start, end }) => [
    start,
    end,
    dictionary.idOf(word),
  ]);
}

/** Words of all lengths that begin and end alike, so that only the middle tells them apart. */
const TWINS = Array.from(
  { length: 40 },
  (_, i) => `${'abcdefgh'.slice(0, i)}${'x'.repeat(Math.max(0, i - 16))}${'stuvwxyz'.slice(0, Math.max(0, i - 8))}`,
).filter((word) => word !== '');
const OTHER_MIDDLE = TWINS.filter((word) => word.length > 16).flatMap((word) => [
  word.replace('x', 'y'),
  word.replace(/x(?=stuvwxyz)/, 'y'),
]);
const KNOWN = [...TWINS, 'n', 'tab', 'ab', 'name', 'ame', '401', 'read', 'caf\u00e9', '\u00e9', '\u0169', 'n\u00e9'];
/** They have the same bytes as known words. */
const OTHER_LETTERS = ['caf\u0169', 'n\u0169', '\u01e9'];

/** What may stand between words; escapes of all control characters, and of none. */
const GAPS = ['', ' ', '  ', '"', '\n', '\u007f', '@', '`', '[', '{', '/', ':', '\\', '\\\\', ...escapes('bfnrtvcx')];
/** With these, the plain loop reads the text. */
const ODD_GAPS = ['\u0000', '\u200b'];

function escapes(letters: string): string[] {
  return [...letters].map((letter) => `\\${letter}`);
}

describe('the word scanner', () => {
  it.each([
    { in: 'an ASCII text', gaps: GAPS, others: [] },
    { in: 'a text with other letters', gaps: GAPS, others: OTHER_LETTERS },
    { in: 'any text', gaps: [...GAPS, ...ODD_GAPS], others: OTHER_LETTERS },
  ])(
    'finds the same words in $in as the slow one, wherever they stand, and looks at all their letters',
    ({ gaps, others }) => {
      const dictionary = dictionaryOf(KNOWN);
      const scanner = new WordScanner(dictionary);
      const piece = fc.constantFrom(
        ...KNOWN.filter((word) => others.length > 0 || !/[^ -~]/.test(word)),
        ...OTHER_MIDDLE,
        ...others,
        'NAME',
        'unknown',
        '_',
        '$x',
      );
      fc.assert(
        fc.property(
          fc.array(fc.tuple(piece, fc.constantFrom(...gaps)), { maxLength: 40 }),
          fc.nat(70),
          (parts, blanks) => {
            const text = ' '.repeat(blanks) + parts.flat().join('');
            expect(scanned(scanner, text)).toEqual(expected(dictionary, text));
          },
        ),
        { numRuns: 3_000 },
      );
    },
  );

  it.each([0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 5_000, 70_000])(
    'reads a word that ends at %i characters',
    (length) => {
      const dictionary = dictionaryOf(KNOWN);
      const text = 'a '.repeat(length).slice(0, length);
      const word = 'a'.repeat(length);
      expect(scanned(new WordScanner(dictionary), text)).toEqual(expected(dictionary, text));
      expect(scanned(new WordScanner(dictionary), word)).toEqual(expected(dictionary, word));
    },
  );

  it('does not see what an earlier, longer text left behind', () => {
    const scanner = new WordScanner(dictionaryOf(KNOWN));
    scanned(scanner, 'read tab '.repeat(100));
    expect(scanned(scanner, 'tab')).toEqual([[0, 3, expect.any(Number)]]);
    expect(scanned(scanner, '')).toEqual([]);
  });

  it('takes turns with a scanner of another dictionary', () => {
    const [small, large] = [dictionaryOf(['read']), dictionaryOf(Array.from({ length: 20_000 }, (_, i) => `w${i}`))];
    const [first, second] = [new WordScanner(small), new WordScanner(large)];
    for (let i = 0; i < 20; i++) {
      const text = `read w${i * 997}`;
      expect(scanned(first, text)).toEqual(expected(small, text));
      expect(scanned(second, text)).toEqual(expected(large, text));
    }
  });

  it('names the words that begin something for the apps asked for, and for no others', () => {
    const apps = Array.from({ length: 70 }, (_, i) => appBits(i));
    const scanner = new WordScanner(
      dictionaryOf(
        apps.map((_, i) => `w${i}`),
        apps,
      ),
    );
    const text = apps.map((_, i) => `w${i} none`).join(' ');
    for (const [scope, indices] of [
      [EVERY_APP, apps.map((_, i) => i)],
      [0, [0]],
      [5, [0, 5, 36, 67]],
      [36, [0, 5, 36, 67]],
    ] as const) {
      for (const each of [text, `${text} \u00e9`]) {
        scanner.scan(each, false, scopeBits(scope));
        expect([...scanner.active.subarray(0, scanner.activeCount)]).toEqual(indices.map((index) => 2 * index));
      }
    }
  });

  it('says that there may be a code whenever there is one', () => {
    const dictionary = dictionaryOf(['code', 'af20012', 'ncode']);
    const scanner = new WordScanner(dictionary);
    const part = fc.constantFrom(
      'AF20012',
      'E1234',
      'X12345',
      'code',
      'errorCode',
      'error_code',
      '"code"',
      ' ',
      '=',
      ':',
      '\\',
      '"',
      'n',
      '$',
      '\u00e9',
      '\u200b',
      '-',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        scanner.scan(text, false);
        expect(unknownVendorCode(text, dictionary) === undefined || scanner.mayHoldCode()).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});
