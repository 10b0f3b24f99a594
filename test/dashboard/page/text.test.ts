import { describe, expect, it } from 'vitest';
import { ago, duration, moment, rate, shortCount } from '../../../src/dashboard/page/format.js';
import { viewAt } from '../../../src/dashboard/page/router.js';
import { line } from '../../../src/dashboard/page/text.js';

describe('a text in one line', () => {
  it('shows by name what cannot be seen or turns text around, and half characters', () => {
    expect(line('a\u202eb\u200bc\u0000d\ud800e\u2066f\ufeffg')).toBe(
      'a[U+202E]b[U+200B]c[U+0000]d[U+D800]e[U+2066]f[U+FEFF]g',
    );
  });

  it.each([
    ['tags', '\u{e0000}', '\u{e0041}', '\u{e007f}'],
    ['fillers', '\u115f', '\u1160', '\u3164', '\uffa0'],
    ['variation selectors', '\ufe00', '\ufe0f', '\u{e0100}', '\u{e01ef}'],
  ])('shows by name %s, in which a text may be hidden', (_, ...chars) => {
    for (const char of chars) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase();
      expect(line(`a${char}b`)).toBe(`a[U+${code}]b`);
    }
  });

  it('leaves alone what people write, in any script', () => {
    const text = 'Zugriff für Jürgen verweigert – שלום مرحبا 接続エラー 🙂';
    expect(line(text)).toBe(text);
  });

  it('has no line breaks, and an end', () => {
    expect(line('a\r\n\tb')).toBe('a b');
    expect(line('x'.repeat(1_000_000)).length).toBe(40_000);
  });
});

describe('figures', () => {
  it('are short and keep their meaning', () => {
    expect([0, 0.04, 3.14, 99.96, 1_234.5, 1_234_567].map(rate)).toEqual(['0', '<0.1', '3.1', '100', '1,235', '1.2M']);
    expect([0, 99_999, 100_000].map(shortCount)).toEqual(['0', '99,999', '100K']);
    expect([0.42, 3.25, 59, 60, 3_660, 7_200, 90_000].map(duration)).toEqual([
      '420 ms',
      '3.3 s',
      '59 s',
      '1 min',
      '1 h 1 min',
      '2 h',
      '1 d 1 h',
    ]);
  });

  it('give a time without its day only where that is today', () => {
    const noon = new Date(2026, 10, 24, 12, 0, 0).getTime();
    expect(moment(noon, noon + 3_600_000)).toBe('12:00:00');
    expect(moment(new Date(2026, 10, 23, 23, 59, 59).getTime(), noon)).toBe('2026-11-23 23:59:59');
    expect(moment(new Date(2025, 10, 24, 12, 0, 0).getTime(), noon)).toBe('2025-11-24 12:00:00');
  });

  it('never say that something was in the future', () => {
    const iso = '2026-11-24T12:00:00Z';
    expect(ago(iso, Date.parse(iso) - 5_000)).toBe('now');
    expect(ago(iso, Date.parse(iso) + 61_000)).toBe('1 min ago');
  });
});

describe('addresses', () => {
  it('name a view and what it shows, decoded', () => {
    expect(viewAt('/connectors/a%2Fb')).toEqual({ name: 'connector', key: 'a/b' });
    expect(viewAt('/error-types')).toEqual({ name: 'error-types', key: '' });
    expect(viewAt('/metrics')).toEqual({ name: 'nothing', key: '' });
  });
});
