import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectorList } from '../../src/dashboard/connector-answers.ts';
import { errorTypeList } from '../../src/dashboard/error-type-answers.ts';
import { totalsOf } from '../../src/dashboard/overview-answer.ts';
import { connectorsQuery, errorTypesQuery, unclassifiedQuery } from '../../src/dashboard/schema/queries.ts';
import { unclassifiedList } from '../../src/dashboard/unclassified-answers.ts';
import type { Outcome } from '../../src/events/outcome.ts';
import type { ResolutionEvent } from '../../src/events/resolution-event.ts';
import { addTo, BREAKING, eventOf, LASTING, newBoard, RETRYABLE, START_MS } from './events.ts';

const event = fc
  .record({
    error_type: fc.constantFrom(BREAKING, LASTING, RETRYABLE, null),
    app: fc.constantFrom('box', 'okta', null, 'null', 'some unknown app'),
    connector_id: fc.constantFrom('c-1', 'c-2', 'box', null, 'null', 'other'),
    tenant_id: fc.constantFrom('t-1', 't-2', null, 'null'),
    message: fc.constantFrom('no route to host 17', 'no route to host 18', 'disk is full', 'x'),
    inferred: fc.boolean(),
  })
  .map(({ inferred, ...given }) =>
    eventOf({ ...given, ...(given.error_type !== null && inferred && { confidence: 'inferred' }) }),
  );
const other = fc.constantFrom<Outcome>(
  { kind: 'ignored' },
  { kind: 'dead-lettered', letter: { reason: 'not-json', stage: 'decode', error: 'e' }, eventId: 'in:0:7' },
);
const batch = fc.record({
  afterMs: fc.integer({ min: 0, max: 120_000 }),
  events: fc.array(event, { maxLength: 12 }),
  others: fc.array(other, { maxLength: 3 }),
});

/** The board's rows and how often the naive way counts each. */
function counted<T>(events: readonly ResolutionEvent[], key: (event: ResolutionEvent) => T): Map<T, number> {
  const counts = new Map<T, number>();
  for (const each of events) counts.set(key(each), (counts.get(key(each)) ?? 0) + 1);
  return counts;
}

function appOf({ app, error_type }: ResolutionEvent): string | null {
  return app ?? error_type?.split('.')[0]?.replace(/^all$/, '') ?? null;
}

describe('the board', () => {
  it('counts what a naive count counts', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 20 }), (batches) => {
        const board = newBoard();
        let atMs = START_MS;
        for (const { afterMs, events, others } of batches) {
          atMs += afterMs;
          addTo(board, { atMs, events, others });
        }
        const events = batches.flatMap((each) => each.events);
        const others = batches.flatMap((each) => each.others);
        expect(totalsOf(board, atMs)).toMatchObject({
          records: events.length + others.length,
          resolved: events.filter(({ error_type }) => error_type !== null).length,
          unclassified: events.filter(({ error_type }) => error_type === null).length,
          ignored: others.filter(({ kind }) => kind === 'ignored').length,
          dead_lettered: others.filter(({ kind }) => kind === 'dead-lettered').length,
        });
        const connectors = connectorList(board, connectorsQuery.parse({ limit: '500' }), atMs).rows;
        expect(
          new Map(connectors.map((row) => [JSON.stringify([row.app, row.connector_id]), row.error_count])),
        ).toEqual(
          counted(events, (each) => JSON.stringify([appOf(each) === '' ? null : appOf(each), each.connector_id])),
        );
        const resolved = events.filter(({ error_type }) => error_type !== null);
        const types = errorTypeList(board, errorTypesQuery.parse({}), atMs).rows;
        expect(new Map(types.map((row) => [row.error_type, row.error_count]))).toEqual(
          counted(resolved, ({ error_type }) => error_type!),
        );
        const inferred = resolved.filter(({ confidence }) => confidence === 'inferred').length;
        expect(types.reduce((sum, row) => sum + row.inferred_count, 0)).toBe(inferred);
        const groups = unclassifiedList(board, unclassifiedQuery.parse({}), atMs).rows;
        expect(new Map(groups.map((row) => [row.fingerprint, row.error_count]))).toEqual(
          counted(
            events.filter(({ error_type }) => error_type === null),
            ({ fingerprint }) => fingerprint!,
          ),
        );
      }),
    );
  });

  it('tells the same of one batch as of its records one by one', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const [whole, single] = [newBoard(), newBoard()];
        addTo(whole, { atMs: START_MS, events });
        for (const each of events) addTo(single, { atMs: START_MS, events: [each] });
        const rows = (board: typeof whole) =>
          connectorList(board, connectorsQuery.parse({ sort: 'name' }), START_MS).rows;
        const facts = (board: typeof whole) =>
          rows(board).map(({ key, error_count, errors_1h, sparkline }) => ({ key, error_count, errors_1h, sparkline }));
        expect(facts(whole)).toEqual(facts(single));
      }),
    );
  });
});
