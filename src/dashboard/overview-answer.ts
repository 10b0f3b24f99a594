/** What the page shows first. */
import type { Board } from './board.ts';
import { chartOf } from './chart.ts';
import { attentionRows, connectorCounts } from './connector-answers.ts';
import { seenTypes, spikingTypes } from './error-type-answers.ts';
import { type ProcessStatus, pipelineOf } from './pipeline-state.ts';
import { perMinute, rounded } from './ring.ts';
import type { Totals } from './schema/base.ts';
import type { Window } from './schema/error-types.ts';
import type { Overview } from './schema/overview.ts';
import { isoTime } from './text.ts';
import { unclassifiedCounts } from './unclassified-answers.ts';

/** Rows and ids listed in one answer; the lists have the rest. */
export const MAX_ROWS = 100;

/** In steps of 10 s. */
const MINUTE_STEPS = 6;
const FIVE_MINUTES_STEPS = 30;

export interface OverviewInput {
  readonly board: Board;
  readonly status: ProcessStatus;
  readonly version: string;
}

export function overviewOf({ board, status, version }: OverviewInput, window: Window, nowMs: number): Overview {
  const { catalog } = board.catalogView;
  return {
    now: isoTime(nowMs),
    version,
    catalog: {
      version: catalog.version,
      digest: catalog.digest,
      entries: catalog.entries.length,
      apps: catalog.apps.map(({ key, name }) => ({ key, name })),
    },
    pipeline: pipelineOf(board, status, nowMs),
    totals: totalsOf(board, nowMs),
    connectors: {
      counts: connectorCounts(board, nowMs),
      rows: attentionRows(board, board.connectors.all(), MAX_ROWS, nowMs),
    },
    error_types: { seen: seenTypes(board), spiking: spikingTypes(board, MAX_ROWS, nowMs) },
    unclassified: unclassifiedCounts(board),
    chart: chartOf(board, window, nowMs),
  };
}

export function totalsOf({ outcomes, records, errors, startedMs }: Board, nowMs: number): Totals {
  const { resolved, unclassified, ignored, deadLettered } = outcomes;
  return {
    since: isoTime(startedMs),
    records: resolved + unclassified + ignored + deadLettered,
    resolved,
    unclassified,
    ignored,
    dead_lettered: deadLettered,
    records_per_second: rounded(perMinute(records, nowMs, MINUTE_STEPS, startedMs) / 60),
    errors_per_minute: perMinute(errors, nowMs, FIVE_MINUTES_STEPS, startedMs),
  };
}
