/** What `triage top` shows, kept up to date by what the service tells. */

import { CONNECTOR_STATES } from '../dashboard/schema/base.ts';
import type { ConnectorRow } from '../dashboard/schema/connectors.ts';
import type { Beat, Overview, Update } from '../dashboard/schema/overview.ts';

export type News =
  | { readonly kind: 'snapshot'; readonly overview: Overview }
  | { readonly kind: 'update'; readonly update: Update }
  | { readonly kind: 'beat'; readonly beat: Beat };

export type View = Pick<
  Overview,
  'now' | 'version' | 'catalog' | 'pipeline' | 'totals' | 'connectors' | 'error_types' | 'unclassified'
>;

export interface Change {
  readonly view: View;
  /** The rows may no longer be the first ones by need of attention: ask for the overview. */
  readonly isIncomplete: boolean;
}

export function applyNews(view: View, news: News): Change {
  if (news.kind === 'snapshot') return { view: news.overview, isIncomplete: false };
  if (news.kind === 'beat') return { view: { ...view, ...news.beat }, isIncomplete: false };
  const { connectors, error_types, now, pipeline, totals, unclassified } = news.update;
  const rows = new Map(view.connectors.rows.map((row) => [row.key, row]));
  for (const row of connectors.changed) rows.set(row.key, row);
  const sorted = [...rows.values()].sort(byAttention).slice(0, MAX_ROWS);
  const merged = {
    ...view,
    now,
    pipeline,
    totals,
    unclassified,
    error_types: { seen: error_types.seen, spiking: error_types.spiking },
    connectors: { counts: connectors.counts, rows: sorted },
  };
  const { total } = connectors.counts;
  // Rows that are not known need no more attention than the last known one did.
  const [lastBefore, last] = [view.connectors.rows.at(-1), sorted.at(-1)];
  const mayMissRows = rows.size < total && (!lastBefore || !last || byNeed(last, lastBefore) > 0);
  return { view: merged, isIncomplete: connectors.more || mayMissRows || rows.size > total };
}

/** As many as an overview has. */
const MAX_ROWS = 100;

function byAttention(a: ConnectorRow, b: ConnectorRow): number {
  return byNeed(a, b) || (a.key < b.key ? -1 : 1);
}

function byNeed(a: ConnectorRow, b: ConnectorRow): number {
  const byState = CONNECTOR_STATES.indexOf(a.state) - CONNECTOR_STATES.indexOf(b.state);
  return byState || b.errors_per_minute - a.errors_per_minute;
}
