/** Resolution events and finished batches for tests of the board. */

import { Board } from '../../src/dashboard/board.ts';
import type { FinishedBatch } from '../../src/dashboard/observations.ts';
import { summarise } from '../../src/dashboard/observations.ts';
import type { Outcome } from '../../src/events/outcome.ts';
import type { ResolutionEvent } from '../../src/events/resolution-event.ts';
import { templateOf } from '../../src/pipeline/template.ts';
import { matcher } from '../pipeline/records.ts';

export const START_MS = Date.parse('2026-11-24T06:00:00.000Z');
export const MINUTE_MS = 60_000;

/** A type whose action is to connect again, one worth a retry, and one that lasts but breaks nothing. */
export const BREAKING = 'box.refresh-token-invalid';
export const RETRYABLE = typeWith((action, retryable) => retryable && action === 'retry');
export const LASTING = typeWith((action, retryable) => !retryable && action === 'grant-permission');

function typeWith(fits: (action: string, retryable: boolean) => boolean): string {
  return matcher.catalog.entries.find(({ resolution }) => fits(resolution.action, resolution.retryable))!.id;
}

export function eventOf(given: Partial<ResolutionEvent> = {}): ResolutionEvent {
  const type = given.error_type === undefined ? BREAKING : given.error_type;
  const message = given.message ?? 'Invalid refresh token';
  const app = given.app === undefined ? 'box' : given.app;
  const group = type === null ? templateOf(message, app ?? undefined) : undefined;
  return {
    event_id: 'in:0:1',
    outcome: type === null ? 'unclassified' : 'resolved',
    id: null,
    error_type: type,
    seed_row: null,
    confidence: type === null ? null : 'exact',
    generic: false,
    app,
    connector_id: 'c-1',
    tenant_id: 't-1',
    severity: 'error',
    message,
    message_truncated: false,
    error: null,
    match: type === null ? null : { field: 'message', pattern: 'p', start: 0, end: 7, cause: null, captures: {} },
    alternatives: [],
    title: null,
    description: null,
    resolution: null,
    fingerprint: group?.fingerprint ?? null,
    template: group?.template ?? null,
    catalog: { version: '1.0.0', digest: '0' },
    source: { topic: 'in', partition: 0, offset: 1, timestamp: null },
    correlation: { trace_id: null, request_id: null },
    occurred_at: '2026-11-24T05:59:59.000Z',
    processed_at: '2026-11-24T06:00:00.000Z',
    attributes: {},
    attributes_dropped: 0,
    ...given,
  };
}

export function outcomeOf(event: ResolutionEvent): Outcome {
  return { kind: event.error_type === null ? 'unclassified' : 'resolved', event };
}

export interface BatchSketch {
  readonly atMs: number;
  readonly events?: readonly ResolutionEvent[];
  readonly others?: readonly Outcome[];
  readonly partition?: number;
  /** Records that are left after it. */
  readonly lag?: number;
  /** Age of its last record. */
  readonly delayMs?: number;
}

export function batchOf({
  atMs,
  events = [],
  others = [],
  partition = 0,
  lag = 0,
  delayMs = 0,
}: BatchSketch): FinishedBatch {
  const outcomes = [...events.map(outcomeOf), ...others];
  const record = {
    topic: 'in',
    partition,
    offset: 0,
    timestampMs: atMs - delayMs,
    key: null,
    value: null,
    headers: {},
  };
  const records = outcomes.map((_, offset) => ({ ...record, offset }));
  const nextOffset = records.length;
  const batch = { topic: 'in', partition, startOffset: 0, nextOffset, endOffset: nextOffset + lag };
  return { batch: { ...batch, records: records.length === 0 ? [record] : records }, outcomes, ackedAtMs: atMs };
}

export function newBoard(startedMs: number = START_MS): Board {
  return new Board({ catalog: () => matcher.catalog, startedMs });
}

export function addTo(board: Board, sketch: BatchSketch): void {
  board.add(summarise(batchOf(sketch)));
}
