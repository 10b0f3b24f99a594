import { expect, it } from 'vitest';
import { networkReasonOf } from '../src/errors.ts';

it('says why a connection failed, where Node and fetch hide it', () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`);
  const all = new AggregateError([refused('::1:9'), refused('127.0.0.1:9'), refused('::1:9')]);
  const sentence = 'connect ECONNREFUSED ::1:9, connect ECONNREFUSED 127.0.0.1:9';
  expect(networkReasonOf(all)).toBe(sentence);
  expect(networkReasonOf(new TypeError('fetch failed', { cause: all }))).toBe(sentence);
  expect(networkReasonOf(Object.assign(new Error(''), { code: 'ETIMEDOUT' }))).toBe('ETIMEDOUT');
});
