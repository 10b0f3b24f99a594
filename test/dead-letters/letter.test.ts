import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passes, whySkipped } from '../../src/dead-letters/filter.ts';
import { REDRIVE_HEADERS, receiptFor, toLetter, toReceipt, toRedriven } from '../../src/dead-letters/letter.ts';
import { toDeadLetterRecord } from '../../src/events/dead-letter.ts';
import type { SourceRecord } from '../../src/transport/port.ts';

function original(given: Partial<SourceRecord> = {}): SourceRecord {
  return {
    topic: 'in',
    partition: 1,
    offset: 5,
    timestampMs: 7,
    key: null,
    value: Buffer.from('x'),
    headers: {},
    ...given,
  };
}

/** What the dead letter topic holds of the record. */
function deadLettered(record: SourceRecord): SourceRecord {
  const letter = { reason: 'not-json', stage: 'decode', error: 'no good' } as const;
  const { key, value, headers } = toDeadLetterRecord(record, letter, 'dlq', '1.0.0');
  return { topic: 'dlq', partition: 2, offset: 9, timestampMs: record.timestampMs, key, value, headers };
}

describe('a dead letter', () => {
  it('that is sent back is the record as it was, and its attempt', () => {
    const bytes = fc.option(fc.uint8Array().map((array) => Buffer.from(array)));
    const headers = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => !name.startsWith('triage.')),
      fc.string(),
    );
    fc.assert(
      fc.property(bytes, bytes, headers, (key, value, given) => {
        const record = original({ key, value, headers: given });
        const back = toRedriven(toLetter(deadLettered(record)), 'in');
        expect(back).toMatchObject({ topic: 'in', key, value, timestampMs: 7 });
        expect(back.headers).toEqual({ ...given, [REDRIVE_HEADERS.attempt]: '1', [REDRIVE_HEADERS.from]: 'dlq:2:9' });
      }),
    );
  });

  it('counts its attempts over the rounds', () => {
    let record = original();
    for (let round = 1; round <= 3; round++) {
      const { headers } = toRedriven(toLetter(deadLettered(record)), 'in');
      record = original({ headers });
      expect(toLetter(deadLettered(record)).attempt).toBe(round);
    }
    const limits = { status: 'waiting', maxAttempts: 3, inputTopic: 'in' } as const;
    expect(whySkipped(toLetter(deadLettered(record)), limits)).toBe('too many attempts');
  });

  it('has a receipt in its own partition, which is no dead letter', () => {
    const record = deadLettered(original());
    const receipt = toReceipt(toLetter(record));
    expect(receipt).toMatchObject({ topic: 'dlq', key: null, value: null, partitionHint: 2 });
    expect(receiptFor({ ...record, headers: receipt.headers })).toBe(9);
    expect(receiptFor(record)).toBeUndefined();
  });

  it.each([
    ['redriven before', {}, 'redriven'],
    ['from another topic', { topic: 'other' }, 'waiting'],
    ['cut', { headers: { 'triage.dlq.value.bytes': '12' } }, 'waiting'],
    [undefined, {}, 'waiting'],
  ] as const)('is skipped when it is: %s', (why, given, status) => {
    const letter = toLetter(deadLettered(original(given)));
    expect(whySkipped(letter, { status, maxAttempts: 3, inputTopic: 'in' })).toBe(why);
  });

  it('by another program is listed, but not sent back', () => {
    const letter = toLetter(original({ topic: 'dlq', headers: { other: 'x' } }));
    expect(letter).toMatchObject({ reason: '-', error: '-', source: undefined, attempt: 0 });
    expect(whySkipped(letter, { status: 'waiting', maxAttempts: 3, inputTopic: 'in' })).toBe('not ours');
  });

  it.each(['abc', '', '-1', '1.5', '9'.repeat(30)])('with the source partition "%s" names no source', (partition) => {
    const letter = toLetter(deadLettered(original()));
    const headers = { ...letter.record.headers, 'triage.dlq.source.partition': partition };
    expect(toLetter({ ...letter.record, headers }).source).toBeUndefined();
  });

  it('passes a filter when all of it holds', () => {
    const letter = toLetter(deadLettered(original({ value: Buffer.from('{"app":"Box"}') })));
    expect(passes(letter, {})).toBe(true);
    expect(passes(letter, { reason: 'not-json', app: 'bOX', sinceMs: 7, untilMs: 8, ids: new Set(['2:9']) })).toBe(
      true,
    );
    expect(passes(letter, { untilMs: 7 })).toBe(false);
    expect(passes(letter, { sinceMs: 8 })).toBe(false);
    expect(passes(letter, { app: 'okta' })).toBe(false);
    expect(passes(letter, { reason: 'empty-value' })).toBe(false);
    expect(passes(letter, { ids: new Set(['2:8']) })).toBe(false);
  });
});
