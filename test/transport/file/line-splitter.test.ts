import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Line, LineSplitter } from '../../../src/transport/file/line-splitter.ts';

interface Row {
  readonly name: string;
  readonly chunks: readonly (string | Buffer)[];
  readonly lines: readonly (readonly [number, string] | readonly [number, string, number])[];
  readonly maxLineBytes?: number;
}

const ROWS: readonly Row[] = [
  { name: 'no bytes, no lines', chunks: [], lines: [] },
  { name: 'one line with a line end', chunks: ['a\n'], lines: [[0, 'a']] },
  {
    name: 'the last line needs no line end',
    chunks: ['a\nb'],
    lines: [
      [0, 'a'],
      [1, 'b'],
    ],
  },
  {
    name: 'CR LF is one line end',
    chunks: ['a\r\nb\r\n'],
    lines: [
      [0, 'a'],
      [1, 'b'],
    ],
  },
  {
    name: 'CR and LF in different chunks',
    chunks: ['a\r', '\nb'],
    lines: [
      [0, 'a'],
      [1, 'b'],
    ],
  },
  { name: 'a CR within a line stays', chunks: ['a\rb\n'], lines: [[0, 'a\rb']] },
  { name: 'a CR at the end of the input stays', chunks: ['a\r'], lines: [[0, 'a\r']] },
  {
    name: 'empty lines are left out but counted',
    chunks: ['\n\r\na\n\nb'],
    lines: [
      [2, 'a'],
      [4, 'b'],
    ],
  },
  { name: 'white space is not an empty line', chunks: [' \n'], lines: [[0, ' ']] },
  { name: 'a line in three chunks', chunks: ['a', 'b', 'c\n'], lines: [[0, 'abc']] },
  {
    name: 'a line at the limit is whole',
    chunks: ['abc\r\nd'],
    lines: [
      [0, 'abc'],
      [1, 'd'],
    ],
    maxLineBytes: 3,
  },
  {
    name: 'a line above the limit is cut',
    chunks: ['abcd\nx'],
    lines: [
      [0, 'abc', 4],
      [1, 'x'],
    ],
    maxLineBytes: 3,
  },
  { name: 'so is one of many chunks', chunks: ['ab', 'cd', 'ef', '\r\n'], lines: [[0, 'abc', 6]], maxLineBytes: 3 },
  { name: 'and the last one', chunks: ['abcdef'], lines: [[0, 'abc', 6]], maxLineBytes: 3 },
  {
    name: 'a byte order mark is no part of the text',
    chunks: ['\ufeffa\nb'],
    lines: [
      [0, 'a'],
      [1, 'b'],
    ],
  },
  {
    name: 'later it is text',
    chunks: ['a\n\ufeffb'],
    lines: [
      [0, 'a'],
      [1, '\ufeffb'],
    ],
  },
];

function split(chunks: readonly (string | Buffer)[], maxLineBytes = 1_000) {
  const splitter = new LineSplitter(maxLineBytes);
  return [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.end()];
}

describe('LineSplitter', () => {
  test.each(ROWS)('$name', ({ chunks, lines, maxLineBytes }) => {
    const found = split(chunks, maxLineBytes);
    expect(found.map(({ bytes, number, originalBytes }) => [number, bytes.toString(), originalBytes])).toEqual(
      lines.map(([number, text, originalBytes]) => [number, text, originalBytes ?? Buffer.byteLength(text)]),
    );
  });

  test('invalid UTF-8 passes untouched', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc3]);
    expect(split([bytes, Buffer.from('\n')])[0]?.bytes).toEqual(bytes);
  });

  test('says where each line begins and ends in bytes, and goes on at a given place', () => {
    const text = Buffer.from('\ufeffä\r\n\nabc\n\nlast');
    const places = (lines: Line[]) => lines.map(({ number, startByte, endByte }) => [number, startByte, endByte]);
    const all = [
      [0, 0, 7],
      [2, 8, 12],
      [4, 13, 17],
    ];
    expect(places(split([text]))).toEqual(all);
    const rest = new LineSplitter(2, { line: 2, byte: 8 });
    expect(places([...rest.push(text.subarray(8)), ...rest.end()])).toEqual(all.slice(1));
  });

  test('where the chunks are cut makes no difference', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', 'ä'), { maxLength: 40 })
      .map((p) => p.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (whole, cuts, max) => {
        const bytes = Buffer.from(whole);
        const bounds = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = bounds.slice(1).map((bound, index) => bytes.subarray(bounds[index], bound));
        expect(split(chunks, max)).toEqual(split([bytes], max));
      }),
    );
  });
});
