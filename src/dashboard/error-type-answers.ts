/** Error types as the page shows them. */
import type { CatalogEntry } from '../catalog/catalog.ts';
import type { Board } from './board.ts';
import { chartOfType, isSpiking } from './chart.ts';
import { OTHER_TYPES, type SeenType, UNCLASSIFIED } from './error-types.ts';
import { perMinute, type Ring } from './ring.ts';
import type { ErrorTypeDetail, ErrorTypeList, ErrorTypeRow } from './schema/error-types.ts';
import type { ErrorTypesQuery } from './schema/queries.ts';
import { isoTime } from './text.ts';

const MAX_CONNECTORS = 100;
/** 5 minutes in steps of 10 s. */
const RATE_STEPS = 30;

/** Ids of the types that are spiking, at most `max`. */
export function spikingTypes(board: Board, max: number, nowMs: number): string[] {
  const spiking: string[] = [];
  for (const type of board.types.all()) {
    if (spiking.length === max) break;
    if (isSpiking(board, type, nowMs)) spiking.push(type.id);
  }
  return spiking;
}

/** How many types of the catalog were seen. */
export function seenTypes(board: Board): number {
  let seen = 0;
  for (const { id } of board.types.all()) if (id !== UNCLASSIFIED && id !== OTHER_TYPES) seen++;
  return seen;
}

export function errorTypeList(board: Board, query: ErrorTypesQuery, nowMs: number): ErrorTypeList {
  const { offset, limit } = query;
  const connectors = connectorsByType(board);
  const rows = idsOf(board, query)
    .map((id) => rowOf(board, id, connectors.get(id) ?? 0, nowMs))
    .filter((row) => fits(row, query));
  rows.sort(ORDERS[query.sort]);
  return { now: isoTime(nowMs), total: rows.length, offset, limit, rows: rows.slice(offset, offset + limit) };
}

/** Undefined when neither the catalog nor any record has it. */
export function errorTypeDetail(board: Board, id: string, nowMs: number): ErrorTypeDetail | undefined {
  const seen = board.types.get(id);
  const entry = board.catalogView.entry(id);
  if (seen === undefined && entry === undefined) return undefined;
  const affected = affectedConnectors(board, id, nowMs);
  const lastSeen = [...(seen?.tenants ?? [])].sort(([, a], [, b]) => b.lastMs - a.lastMs);
  const tenants = lastSeen.map(([tenant_id, { count, lastMs }]) => ({
    tenant_id,
    error_count: count,
    last_seen: isoTime(lastMs),
  }));
  return {
    now: isoTime(nowMs),
    type: rowOf(board, id, affected.length, nowMs),
    entry: entry === undefined ? null : entryAnswer(entry),
    hour: chartOfType(board, seen, '1h', nowMs),
    day: chartOfType(board, seen, '24h', nowMs),
    connectors: affected.slice(0, MAX_CONNECTORS),
    tenants,
    tenants_other: seen?.tenantsOther ?? 0,
    examples: [...(seen?.examples ?? [])].reverse(),
  };
}

function entryAnswer({ description, generic, source, patterns, resolution }: CatalogEntry): ErrorTypeDetail['entry'] {
  const { links = [], steps, ...rest } = resolution;
  return {
    description,
    generic,
    seed_row: source?.row ?? null,
    patterns: patterns.map(({ text }) => text),
    resolution: { ...rest, steps: [...steps], links: [...links] },
  };
}

function idsOf(board: Board, { seen }: ErrorTypesQuery): string[] {
  const ids = new Set([...board.types.all()].map(({ id }) => id));
  if (seen === 'all') for (const { id } of board.catalogView.catalog.entries) ids.add(id);
  ids.delete(UNCLASSIFIED);
  return [...ids];
}

function rowOf(board: Board, id: string, connectors: number, nowMs: number): ErrorTypeRow {
  const seen = board.types.get(id);
  const entry = board.catalogView.entry(id);
  return {
    error_type: id,
    app: entry?.app ?? null,
    title: entry?.title ?? (id === OTHER_TYPES ? 'Types past the limit of those counted on their own' : null),
    error_count: seen?.count ?? 0,
    inferred_count: seen?.inferred ?? 0,
    connectors,
    action: board.catalogView.advice(id),
    ...ratesOf(board, seen, nowMs),
  };
}

function ratesOf(board: Board, seen: SeenType | undefined, nowMs: number) {
  if (seen === undefined) {
    const never = { first_seen: null, last_seen: null, spiking: false };
    return { errors_1h: 0, errors_per_minute: 0, sparkline: new Array<number>(60).fill(0), ...never };
  }
  const { tenSeconds, firstMs, lastMs } = seen;
  return {
    errors_1h: tenSeconds.sum(nowMs, tenSeconds.steps),
    errors_per_minute: perMinute(tenSeconds, nowMs, RATE_STEPS, board.startedMs),
    first_seen: isoTime(firstMs),
    last_seen: isoTime(lastMs),
    spiking: isSpiking(board, seen, nowMs),
    sparkline: byMinute(tenSeconds, nowMs),
  };
}

/** The last 60 minutes of the clock, the running one included. */
function byMinute(tenSeconds: Ring, nowMs: number): number[] {
  const counts = tenSeconds.list(nowMs);
  const inRunning = Math.floor((nowMs % 60_000) / tenSeconds.stepMs) + 1;
  const minutes = new Array<number>(60).fill(0);
  for (let age = 0; age < counts.length; age++) {
    const minute = 59 - (age < inRunning ? 0 : 1 + Math.floor((age - inRunning) / 6));
    if (minute >= 0) minutes[minute]! += counts[counts.length - 1 - age]!;
  }
  return minutes;
}

function connectorsByType(board: Board): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { types } of board.connectors.all()) {
    for (const { type } of types) if (type !== null) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

function affectedConnectors(board: Board, id: string, nowMs: number): ErrorTypeDetail['connectors'] {
  const wanted = id === UNCLASSIFIED ? null : id;
  const affected: { lastMs: number; answer: ErrorTypeDetail['connectors'][number] }[] = [];
  for (const { key, app, connectorId, state, types } of board.connectors.all()) {
    const own = types.find(({ type }) => type === wanted);
    if (own === undefined) continue;
    const last = { error_count: own.count, last_seen: isoTime(own.lastMs) };
    const answer = { key, app, connector_id: connectorId, state: state.at(nowMs).state, ...last };
    affected.push({ lastMs: own.lastMs, answer });
  }
  return affected.sort((a, b) => b.lastMs - a.lastMs).map(({ answer }) => answer);
}

function fits({ error_type, app, title }: ErrorTypeRow, query: ErrorTypesQuery): boolean {
  if (query.app !== undefined && app !== query.app) return false;
  const text = query.q?.toLowerCase();
  return text === undefined || [error_type, title].some((each) => each?.toLowerCase().includes(text));
}

type Compare = (a: ErrorTypeRow, b: ErrorTypeRow) => number;

const byId: Compare = (a, b) => (a.error_type < b.error_type ? -1 : 1);
/** Times of one form compare as texts; never seen comes last. */
const byLastSeen: Compare = (a, b) =>
  (a.last_seen ?? '') < (b.last_seen ?? '') ? 1 : a.last_seen === b.last_seen ? 0 : -1;

const ORDERS: Readonly<Record<ErrorTypesQuery['sort'], Compare>> = {
  attention: (a, b) =>
    Number(b.spiking) - Number(a.spiking) || b.errors_1h - a.errors_1h || byLastSeen(a, b) || byId(a, b),
  count: (a, b) => b.error_count - a.error_count || byId(a, b),
  last_seen: (a, b) => byLastSeen(a, b) || byId(a, b),
  id: byId,
};
