/** Ways to spoil a text. Bytes go through them as Latin-1 texts, a character a byte. */
import fc from 'fast-check';

/** Longer inputs are cut: what is not linear shows long before. */
export const MAX_UNITS = 131_072;

const KINDS = [
  'insert',
  'insert',
  'replace',
  'replace',
  'delete',
  'delete',
  'flip',
  'unit',
  'truncate',
  'behead',
  'splice',
  'swap',
  'number',
  'repeat',
  'run',
  'nest',
] as const;

const NUMBERS = [
  '0',
  '-1',
  '1e400',
  '-0',
  '9007199254740993',
  '1.7976931348623157e308',
  '253402300800000',
  '1e-7',
  'NaN',
  '00',
];

/** What opens and what closes: nested deep, each is a trap for code that recurses. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['[', ']'],
  ['{"a":', '}'],
  ['{', '}'],
  ['(', ')'],
  ['<a>', '</a>'],
  ['"', '"'],
  ['\\', ''],
  ['%25', ''],
  ['&amp;', ''],
  ['{"kvlistValue":{"values":[{"key":"a","value":', '}]}}'],
  ['{"arrayValue":{"values":[', ']}}'],
  ['{"type":"array","items":', '}'],
  ['- ', ''],
  ['a:\n ', ''],
];

export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  /** Where, as a part of 2^32 of the text. */
  readonly at: number;
  /** How much: units, times, levels; small numbers are the most frequent. */
  readonly count: number;
  readonly token: string;
  readonly pair: (typeof PAIRS)[number];
}

const place = fc.nat({ max: 0xffff_ffff });
const smallCount = fc.nat({ max: 24 });
/** Two to the power of up to 14. */
const largeCount = fc
  .tuple(fc.nat({ max: 13 }), fc.nat({ max: 0xffff }))
  .map(([power, rest]) => (1 << power) + (rest % (1 << power)));

export function mutations(tokens: readonly string[]): fc.Arbitrary<Mutation> {
  return fc.record(
    {
      kind: fc.constantFrom(...KINDS),
      at: place,
      count: fc.oneof({ weight: 4, arbitrary: smallCount }, { weight: 1, arbitrary: largeCount }),
      token: fc.constantFrom(...tokens),
      pair: fc.constantFrom(...PAIRS),
    },
    { noNullPrototype: true },
  );
}

/** `other`: another sample, to be spliced in. `maxUnit`: 255 for bytes, 65,535 for text. */
export function mutate(
  text: string,
  other: string,
  { kind, at, count, token, pair }: Mutation,
  maxUnit: number,
): string {
  const from = Math.floor((at / 0x1_0000_0000) * (text.length + 1));
  const [head, tail] = [text.slice(0, from), text.slice(from)];
  return changed().slice(0, MAX_UNITS);

  function changed(): string {
    switch (kind) {
      case 'insert':
        return head + token + tail;
      case 'replace':
        return head + token + tail.slice(count);
      case 'delete':
        return head + tail.slice(count + 1);
      case 'flip':
        return head + withUnit(tail, (unit) => unit ^ (1 << (count % (maxUnit === 255 ? 8 : 16))));
      case 'unit':
        return head + withUnit(tail, () => Math.imul(at, 0x9e3779b1) >>> 16);
      case 'truncate':
        return head;
      case 'behead':
        return tail;
      case 'splice':
        return head + other.slice(Math.floor((at / 0x1_0000_0000) * other.length));
      case 'swap':
        return tail + head;
      case 'number':
        return head + tail.replace(/-?\d+(?:\.\d+)?/, NUMBERS[count % NUMBERS.length]!);
      case 'repeat':
        return head + repeated(tail.slice(0, 1 + (at % 40)), count) + tail;
      case 'run':
        return head + repeated(token, count) + tail;
      case 'nest':
        return head + repeated(pair[0], count) + tail + repeated(pair[1], count);
    }
  }

  function withUnit(rest: string, change: (unit: number) => number): string {
    if (rest === '') return rest;
    return String.fromCharCode(change(rest.charCodeAt(0)) & maxUnit) + rest.slice(1);
  }
}

function repeated(piece: string, times: number): string {
  return piece.repeat(Math.min(times, Math.floor(MAX_UNITS / Math.max(1, piece.length))));
}
