import { expect, test } from 'vitest';
import { printable, renderTable } from '../src/render.ts';

test.each([
  ['an escape sequence', 'a\u001b[2Jb', 'a\ufffd[2Jb'],
  ['a mark of direction', 'user\u202egnp.exe', 'user\ufffdgnp.exe'],
  ['a character without width', 'to\u200bken\ufeff', 'to\ufffdken\ufffd'],
  ['tags that spell something', 'ok\u{e0041}', 'ok\ufffd'],
  ['line breaks and tabs', 'one\r\ntwo\tthree\u2028four', 'one two three\ufffdfour'],
  ['other writing', 'Zürich 東京 😀', 'Zürich 東京 😀'],
])('%s is harmless in a terminal', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('columns are as wide as what is shown in them', () => {
  expect(renderTable(['app', 'count'], [['a\nb c', '1']])).toBe('app    count\na b c  1\n');
});
