import { describe, expect, it } from 'vitest';
import { configWith } from '../../src/config.ts';
import { createRedactor } from '../../src/redaction/redactor.ts';
import { parseRule } from '../../src/redaction/rules.ts';

function redact(rule: string, text: string): string {
  return createRedactor({ mode: 'on', emails: true, rules: [rule] }).text(text);
}

describe('a rule', () => {
  it.each([
    [
      'internal ticket {id}',
      'see internal ticket INC-12345/x, please',
      'see internal ticket [redacted:custom], please',
    ],
    ['internal ticket {id}', '{"m":"Internal\\nTicket: AB-1"}', '{"m":"Internal\\nTicket: [redacted:custom]"}'],
    ['internal ticket {id}', 'internal%20ticket%20AB-1%20x', 'internal%20ticket%20[redacted:custom]%20x'],
    ['ticket {word:ticket}', 'ticket AB12 closed', 'ticket [redacted:ticket] closed'],
    ['employee {number:employee} of', 'employee 4711 of acme', 'employee [redacted:employee] of acme'],
    ['from {host} to', 'from a-b.c.d:80 to z', 'from [redacted:custom] to z'],
    ['note to self {text}', 'note to self buy milk\nnext', 'note to self [redacted:custom]\nnext'],
    ['Project Bluebird', 'the project "bluebird" failed', 'the [redacted:custom]" failed'],
    [
      'case {id:case} of {text:customer} failed',
      'case 7-1 of Ann Lee failed',
      'case [redacted:case] of [redacted:customer] failed',
    ],
  ])('%s: %s', (rule, text, expected) => {
    expect(redact(rule, text)).toBe(expected);
  });

  it.each([
    ['employee {number} of', 'employee Ann of acme'],
    ['ticket {id}', 'tickets AB-1'],
    ['ticket {id}', 'the ticket\nAB-1 is on another line'],
    ['ticket {id without none}', 'ticket none'],
    ['case {word} closed', 'case one two closed'],
    ['ticket {id}', 'the last word is ticket'],
  ])('does not hold where its words do not stand: %s: %s', (rule, text) => {
    expect(redact(rule, text)).toBe(text);
  });

  it('leaves the built-in kinds at work', () => {
    expect(redact('ticket {id}', 'ticket A-1 password=x1')).toBe(
      'ticket [redacted:custom] password=[redacted:password]',
    );
  });
});

describe('a rule that cannot be used', () => {
  it.each([
    ['ticket {...}', 'would redact all that follows'],
    ['ticket {token}', 'unknown placeholder {token}; expected one of {...}, {text}'],
    ['{id} ticket', 'a placeholder must have words before'],
    ['---', 'no letter or digit'],
    ['ticket {Id}', '{Id} is no placeholder; expected one of {text}, {id}'],
    ['{*}', '{*} is no placeholder'],
  ])('says why: %s', (rule, reason) => {
    expect(() => parseRule(rule)).toThrow(reason);
    expect(() => configWith({ redaction: { rules: [rule] } })).toThrow('expected words with placeholders such as');
  });
});
