import { describe, expect, it } from 'vitest';
import { SchemaCache } from '../../src/avro/schema-cache.ts';

function cacheOf(maxEntries: number, maxWeight: number) {
  const clock = { nowMs: 0 };
  return { clock, cache: new SchemaCache<string>({ maxEntries, maxWeight, now: () => clock.nowMs }) };
}

describe('a cache', () => {
  it('never holds more entries than it may', () => {
    const { cache } = cacheOf(3, 1_000);
    for (let id = 0; id < 100; id++) cache.set(id, `${id}`, 1);
    expect(cache.size).toBe(3);
    expect([97, 98, 99].map((id) => cache.get(id))).toEqual(['97', '98', '99']);
  });

  it('never holds more weight than it may, except for one entry that is heavier by itself', () => {
    const { cache } = cacheOf(10, 100);
    cache.set(1, 'a', 60);
    cache.set(2, 'b', 50);
    expect([cache.get(1), cache.get(2)]).toEqual([undefined, 'b']);
    cache.set(3, 'c', 500);
    expect([cache.get(2), cache.get(3)]).toEqual([undefined, 'c']);
    cache.set(4, 'd', 40);
    cache.set(5, 'e', 60);
    expect([cache.get(3), cache.get(4), cache.get(5)]).toEqual([undefined, 'd', 'e']);
  });

  it('keeps what was used last', () => {
    const { cache } = cacheOf(2, 1_000);
    cache.set(1, 'a', 1);
    cache.set(2, 'b', 1);
    cache.get(1);
    cache.set(3, 'c', 1);
    expect([cache.get(1), cache.get(2)]).toEqual(['a', undefined]);
  });

  it('counts an entry that is replaced once, and forgets it when its time is over', () => {
    const { cache, clock } = cacheOf(2, 10);
    for (let i = 0; i < 5; i++) cache.set(1, 'a', 8, 100);
    cache.set(2, 'b', 2);
    expect([cache.get(1), cache.get(2)]).toEqual(['a', 'b']);
    clock.nowMs = 100;
    expect([cache.get(1), cache.get(2)]).toEqual([undefined, 'b']);
    cache.set(3, 'c', 8);
    expect(cache.get(2)).toBe('b');
  });
});
