/** The bounds of `limits.ts`: whatever comes, so much is kept and no more. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Board } from '../../src/dashboard/board.ts';
import * as limits from '../../src/dashboard/limits.ts';
import { totalsOf } from '../../src/dashboard/overview-answer.ts';
import type { ResolutionEvent } from '../../src/events/resolution-event.ts';
import { addTo, eventOf, newBoard, START_MS } from './events.ts';

const LONGEST_NAME = 256;
const LONGEST_MESSAGE = 32_768;

function isWithinLimits({ connectors, types, templates }: Board): void {
  expect(connectors.size).toBeLessThanOrEqual(limits.MAX_CONNECTORS);
  expect(templates.size).toBeLessThanOrEqual(limits.MAX_TEMPLATES);
  expect([...types.all()].length).toBeLessThanOrEqual(limits.MAX_ERROR_TYPES);
  for (const type of types.all()) {
    expect(type.tenants.size).toBeLessThanOrEqual(limits.MAX_TENANTS_PER_TYPE);
    expect(type.examples.length).toBeLessThanOrEqual(limits.MAX_EXAMPLES_PER_TYPE);
  }
  for (const { types: own } of connectors.all()) expect(own.length).toBeLessThanOrEqual(limits.MAX_TYPES_PER_CONNECTOR);
}

/** A name of the greatest length, of characters that take two bytes each. */
function name(kind: string, number: number): string {
  return `${kind}${number}`.padEnd(LONGEST_NAME, '\u65e5');
}

function errors(board: Board): number {
  const { resolved, unclassified } = board.outcomes;
  return resolved + unclassified;
}

describe('the board within its limits', () => {
  it('counts every error, also of connectors, tenants and groups without a place', () => {
    const many = fc.array(
      fc.record({
        connector: fc.integer({ min: 0, max: 200_000 }),
        tenant: fc.integer({ min: 0, max: 5_000 }),
        type: fc.integer({ min: 0, max: 5_000 }),
        isKnown: fc.boolean(),
        count: fc.integer({ min: 1, max: 3 }),
        afterMs: fc.oneof({ weight: 40, arbitrary: fc.constantFrom(0, 5, 20_000) }, fc.constant(4_000_000)),
      }),
      { minLength: 1, maxLength: 40 },
    );
    const board = newBoard();
    let atMs = START_MS;
    let added = 0;
    fc.assert(
      fc.property(many, (sketches) => {
        for (const { connector, tenant, type, isKnown, count, afterMs } of sketches) {
          atMs += afterMs;
          // A hundred different ones at a time, so that the limits are reached.
          const events = Array.from({ length: 100 * count }, (_, i) =>
            eventOf({
              connector_id: `c-${connector + i}`,
              tenant_id: `t-${tenant + i}`,
              error_type: isKnown ? `box.type-${type + (i % 40)}` : null,
              message: `no ${letters(type + i)} here`,
            }),
          );
          addTo(board, { atMs, events });
          added += events.length;
        }
        isWithinLimits(board);
        expect(errors(board)).toBe(added);
        expect(totalsOf(board, atMs).records).toBe(added);
        const { connectors, types } = board;
        const perType = [...types.all()].reduce((sum, { count }) => sum + count, 0);
        expect(perType).toBe(added);
        for (const { count, tenants, tenantsOther } of types.all()) {
          let ofTenants = tenantsOther;
          for (const tenant of tenants.values()) ofTenants += tenant.count;
          if (ofTenants !== count) expect(ofTenants).toBe(count);
        }
        const kept = [...connectors.all()].reduce((sum, { count }) => sum + count, 0);
        expect(kept + connectors.folded).toBeLessThanOrEqual(added);
      }),
      { numRuns: 20 },
    );
    // The property is about full boards: without these it would say nothing.
    const more = Array.from({ length: limits.MAX_CONNECTORS + 1 }, (_, i) => eventOf({ connector_id: `d-${i}` }));
    addTo(board, { atMs, events: more });
    expect(errors(board)).toBe(added + more.length);
    expect([board.connectors.size, board.templates.size]).toEqual([limits.MAX_CONNECTORS, limits.MAX_TEMPLATES]);
    expect(board.connectors.folded).toBeGreaterThan(0);
    expect(board.types.get('other')?.count).toBeGreaterThan(0);
  });

  it('gives the places of connectors without errors for an hour to new ones, and folds before that', () => {
    const board = newBoard();
    const add = (atMs: number, ...ids: string[]) =>
      addTo(board, { atMs, events: ids.map((connector_id) => eventOf({ connector_id })) });
    const ids = Array.from({ length: limits.MAX_CONNECTORS }, (_, i) => `c-${i}`);
    add(START_MS, ...ids);
    add(START_MS + 10_000, 'c-0');
    add(START_MS + limits.CONNECTOR_KEPT_MS - 1, 'too-early');
    expect(board.connectors.folded).toBe(1);
    add(START_MS + limits.CONNECTOR_KEPT_MS, 'new');
    const kept = [...board.connectors.all()].map(({ connectorId }) => connectorId);
    expect(kept.sort()).toEqual(['c-0', 'new']);
  });

  it('takes no more memory than is said, with everything full of the longest texts', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return (heapUsed + arrayBuffers) / 1e6;
    };
    const before = used();
    const board = newBoard();
    let number = 0;
    const add = (atMs: number, count: number, given: (i: number) => Partial<ResolutionEvent>) =>
      addTo(board, { atMs, events: Array.from({ length: count }, (_, i) => longEvent(number++, given(i))) });
    const types = Array.from({ length: limits.MAX_ERROR_TYPES }, (_, i) => `box.type-${i}`.padEnd(100, 'x'));
    for (let round = 0; round < limits.MAX_EXAMPLES_PER_TYPE; round++) {
      const atMs = START_MS + round * limits.EXAMPLE_INTERVAL_MS;
      for (const error_type of types) add(atMs, 1, () => ({ error_type }));
    }
    const atMs = START_MS + 60_000;
    for (const error_type of types) {
      add(atMs, limits.MAX_TENANTS_PER_TYPE, (i) => ({ error_type, tenant_id: name('tenant', i), message: 'x' }));
    }
    for (let i = 0; i < limits.MAX_TYPES_PER_CONNECTOR; i++) {
      add(atMs, limits.MAX_CONNECTORS, (at) => ({ error_type: types[(at + i) % types.length]!, message: 'x' }));
    }
    for (let i = 0; i < limits.MAX_TEMPLATES; i++) add(atMs, 1, () => ({ error_type: null }));
    isWithinLimits(board);
    expect(board.connectors.size).toBe(limits.MAX_CONNECTORS);
    expect(board.templates.size).toBe(limits.MAX_TEMPLATES);
    const taken = used() - before;

    expect(taken).toBeLessThan(80);
    expect(errors(board)).toBe(number);
  });
});

/** Of letters alone, so that it does not count as something that changes. */
function letters(number: number): string {
  return String(number).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
}

const PADDING = '\u65e5'.repeat(LONGEST_MESSAGE);

/** What is kept of its message is a small part of it: the rest must not stay in memory. */
function longEvent(number: number, given: Partial<ResolutionEvent>): ResolutionEvent {
  const connector = number % limits.MAX_CONNECTORS;
  return eventOf({
    event_id: `${'in'.padEnd(249, 'n')}:${number}:${number}`,
    app: name('app', connector % 50),
    connector_id: name('connector', connector),
    tenant_id: name('tenant', 0),
    message: `${letters(number)} `.repeat(20) + PADDING,
    ...given,
  });
}
