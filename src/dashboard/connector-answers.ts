/** Connectors as the page shows them: what needs attention first. */
import type { Board } from './board.ts';
import { type Connector, weightAt } from './connectors.ts';
import { UNCLASSIFIED } from './error-types.ts';
import { perMinute, rounded } from './ring.ts';
import { CONNECTOR_STATES } from './schema/base.ts';
import type { ConnectorCounts, ConnectorDetail, ConnectorList, ConnectorRow } from './schema/connectors.ts';
import type { Example } from './schema/error-types.ts';
import type { ConnectorsQuery } from './schema/queries.ts';
import { isoTime } from './text.ts';

/** The window of `connector-state.ts`, whose sum is at hand. */
const RATE_MINUTES = 10;

export function connectorCounts(board: Board, nowMs: number): ConnectorCounts {
  const counts = { total: board.connectors.size, failing: 0, degraded: 0, healthy: 0 };
  for (const { state } of board.connectors.all()) counts[state.at(nowMs).state]++;
  return { ...counts, folded_records: board.connectors.folded };
}

/** The `max` that need attention most, of all or of those given. */
export function attentionRows(
  board: Board,
  connectors: Iterable<Connector>,
  max: number,
  nowMs: number,
): ConnectorRow[] {
  const best: Ranked[] = [];
  for (const connector of connectors) {
    const ranked = rankOf(connector, nowMs);
    if (best.length === max && ORDERS.attention(ranked, best.at(-1)!) >= 0) continue;
    const before = best.findIndex((each) => ORDERS.attention(ranked, each) < 0);
    best.splice(before < 0 ? best.length : before, 0, ranked);
    if (best.length > max) best.pop();
  }
  return best.map(({ connector }) => rowOf(board, connector, nowMs));
}

export function connectorList(board: Board, query: ConnectorsQuery, nowMs: number): ConnectorList {
  const { offset, limit, sort } = query;
  const found = [...board.connectors.all()].filter((connector) => fits(board, connector, query, nowMs));
  return {
    now: isoTime(nowMs),
    total: found.length,
    offset,
    limit,
    counts: connectorCounts(board, nowMs),
    rows: sorted(found, sort, nowMs)
      .slice(offset, offset + limit)
      .map((connector) => rowOf(board, connector, nowMs)),
  };
}

/** Undefined when there is no such connector. */
export function connectorDetail(board: Board, key: string, nowMs: number): ConnectorDetail | undefined {
  const connector = board.connectors.withKey(key);
  if (connector === undefined) return undefined;
  const { halfHours, types } = connector;
  const frequent = [...types].sort((a, b) => weightAt(b, nowMs) - weightAt(a, nowMs));
  return {
    now: isoTime(nowMs),
    connector: rowOf(board, connector, nowMs),
    day: {
      start: isoTime(halfHours.startOf(nowMs)),
      step_seconds: halfHours.stepMs / 1000,
      counts: halfHours.list(nowMs),
    },
    types: frequent.map(({ type, count, firstMs, lastMs }) => ({
      error_type: type,
      title: board.catalogView.entry(type)?.title ?? null,
      error_count: count,
      first_seen: isoTime(firstMs),
      last_seen: isoTime(lastMs),
    })),
    types_forgotten: connector.typesForgotten,
    examples: frequent.flatMap(({ type }) => examplesOf(board, connector, type)),
  };
}

function examplesOf(board: Board, { app, connectorId }: Connector, type: string | null): Example[] {
  const seen = type === null ? undefined : board.types.get(type);
  // A record without an app counts as one of the app that its error type belongs to.
  const isOwn = (each: Example) => each.connector_id === connectorId && (each.app ?? app) === app;
  return (seen?.examples ?? []).filter(isOwn).reverse();
}

function rowOf(board: Board, connector: Connector, nowMs: number): ConnectorRow {
  const { catalogView: view } = board;
  const { state, sinceMs, reason } = connector.state.at(nowMs);
  const dominant = dominantOf(connector, nowMs);
  return {
    key: connector.key,
    app: connector.app,
    app_name: view.appName(connector.app),
    connector_id: connector.connectorId,
    state,
    since: sinceMs === undefined ? null : isoTime(Math.max(sinceMs, connector.firstMs)),
    reason: reason ?? null,
    error_count: connector.count,
    errors_1h: connector.minutes.sum(nowMs, 60),
    errors_per_minute: rateOf(connector, nowMs),
    first_seen: isoTime(connector.firstMs),
    last_seen: isoTime(connector.lastMs),
    dominant: {
      error_type: dominant.type,
      title: view.entry(dominant.type)?.title ?? null,
      share: dominant.share,
    },
    action: view.advice(dominant.type),
    sparkline: connector.minutes.list(nowMs),
  };
}

/** Of the errors counted here, not since the board began: a new connector's rate is not watered down. */
function rateOf({ minutes, firstMs }: Connector, nowMs: number): number {
  return perMinute(minutes, nowMs, RATE_MINUTES, firstMs);
}

/** Every connector has at least one type. */
function dominantOf({ types }: Connector, nowMs: number): { type: string | null; share: number } {
  let sum = 0;
  let most = types[0]!;
  for (const type of types) {
    sum += weightAt(type, nowMs);
    if (weightAt(type, nowMs) > weightAt(most, nowMs)) most = type;
  }
  return { type: most.type, share: sum === 0 ? 1 : rounded(weightAt(most, nowMs) / sum) };
}

function fits(board: Board, connector: Connector, query: ConnectorsQuery, nowMs: number): boolean {
  const { app, connectorId, state, types } = connector;
  if (query.app !== undefined && app !== query.app) return false;
  if (query.state !== undefined && state.at(nowMs).state !== query.state) return false;
  const wanted = query.error_type === UNCLASSIFIED ? null : query.error_type;
  if (wanted !== undefined && !types.some(({ type }) => type === wanted)) return false;
  if (query.q === undefined) return true;
  const text = query.q.toLowerCase();
  const names = [connectorId, app, board.catalogView.appName(app)];
  return names.some((name) => name?.toLowerCase().includes(text));
}

interface Ranked {
  readonly connector: Connector;
  readonly need: number;
  readonly rate: number;
}

type Compare = (a: Ranked, b: Ranked) => number;

const byName: Compare = ({ connector: a }, { connector: b }) =>
  compareTexts(a.app ?? '', b.app ?? '') || compareTexts(a.connectorId ?? '', b.connectorId ?? '');
const byRate: Compare = (a, b) => b.rate - a.rate;
const byLastSeen: Compare = ({ connector: a }, { connector: b }) => b.lastMs - a.lastMs;

const ORDERS: Readonly<Record<ConnectorsQuery['sort'], Compare>> = {
  attention: (a, b) => a.need - b.need || byRate(a, b) || byLastSeen(a, b) || byName(a, b),
  rate: (a, b) => byRate(a, b) || byLastSeen(a, b) || byName(a, b),
  last_seen: (a, b) => byLastSeen(a, b) || byName(a, b),
  name: byName,
};

function sorted(connectors: readonly Connector[], sort: ConnectorsQuery['sort'], nowMs: number): Connector[] {
  const ranked = connectors.map((connector) => rankOf(connector, nowMs));
  return ranked.sort(ORDERS[sort]).map(({ connector }) => connector);
}

function rankOf(connector: Connector, nowMs: number): Ranked {
  const need = CONNECTOR_STATES.indexOf(connector.state.at(nowMs).state);
  return { connector, need, rate: rateOf(connector, nowMs) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
