import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleOf, ownedExample } from '../../src/dashboard/example.ts';
import { EXAMPLE_CHARS } from '../../src/dashboard/limits.ts';
import { eventOf } from './events.ts';

function matched(message: string, start: number, end: number) {
  return exampleOf(
    eventOf({ message, match: { field: 'message', pattern: 'p', start, end, cause: null, captures: {} } }),
  );
}

describe('an example', () => {
  it('is the whole of a short text', () => {
    expect(matched('xx BAD yy', 3, 6)).toMatchObject({
      text: 'xx BAD yy',
      cut_before: false,
      cut_after: false,
      span: { start: 3, end: 6 },
    });
  });

  it('is what stands around the match of a long one', () => {
    const { text, span, cut_before, cut_after } = matched(`${'a'.repeat(5_000)}BAD${'b'.repeat(5_000)}`, 5_000, 5_003);
    expect(text).toHaveLength(EXAMPLE_CHARS);
    expect(text.slice(span!.start, span!.end)).toBe('BAD');
    expect([cut_before, cut_after]).toEqual([true, true]);
  });

  it('marks the beginning of a match that is longer than the example', () => {
    const { text, span } = matched('a'.repeat(5_000), 100, 4_000);
    expect(span).toEqual({ start: 100, end: EXAMPLE_CHARS });
    expect(text).toHaveLength(EXAMPLE_CHARS);
  });

  it('marks nothing when the match lies behind where the event was cut', () => {
    expect(matched('short', 40_000, 40_010).span).toBeNull();
  });

  it('is of the field in which something was found', () => {
    const error = { type: 'Oops', code: null, http_status: 403, message: 'no BAD', stack_trace: null };
    const found = (field: 'error.message' | 'error.http_status', start: number, end: number) =>
      exampleOf(eventOf({ error, match: { field, pattern: 'p', start, end, cause: null, captures: {} } }));
    expect(found('error.message', 3, 6)).toMatchObject({ text: 'no BAD', span: { start: 3, end: 6 } });
    expect(found('error.http_status', 0, 8)).toMatchObject({ text: '403', span: null });
  });

  it('says when the event itself holds only the beginning of the message', () => {
    expect(exampleOf(eventOf({ message: 'BAD', message_truncated: true })).cut_after).toBe(true);
  });

  it('marks the same text as the event does, wherever it stands, and halves no character', () => {
    const text = fc.string({ unit: 'grapheme-composite', maxLength: 1_500 });
    fc.assert(
      fc.property(text, fc.string({ minLength: 1, maxLength: 50 }), text, (before, found, after) => {
        const message = `${before}${found}${after}`;
        const start = before.length;
        const example = ownedExample(matched(message, start, start + found.length));
        const { span } = example;
        expect(example.text.slice(span!.start, span!.end)).toBe(found.toWellFormed());
        expect(example.text.length).toBeLessThanOrEqual(EXAMPLE_CHARS);
        if (message.isWellFormed()) expect(message.includes(example.text)).toBe(true);
      }),
    );
  });
});
