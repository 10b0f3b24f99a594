/** Groups of messages that no entry fits, as the page shows them. */
import { explain } from '../matcher/explain.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { Board } from './board.ts';
import { draftOf } from './draft.ts';
import { nearAnswer } from './explanation.ts';
import type { UnclassifiedQuery } from './schema/queries.ts';
import type {
  UnclassifiedCounts,
  UnclassifiedDetail,
  UnclassifiedList,
  UnclassifiedRow,
} from './schema/unclassified.ts';
import type { SeenTemplate } from './templates.ts';
import { isoTime } from './text.ts';

export function unclassifiedCounts({ templates }: Board): UnclassifiedCounts {
  const { size, forgottenGroups, forgottenRecords } = templates;
  return { groups: size, forgotten_groups: forgottenGroups, forgotten_records: forgottenRecords };
}

export function unclassifiedList(board: Board, query: UnclassifiedQuery, nowMs: number): UnclassifiedList {
  const { offset, limit, q, app, sort } = query;
  const text = q?.toLowerCase();
  const found = [...board.templates.all()].filter(
    ({ template, example }) =>
      (app === undefined || example.app === app) && (text === undefined || template.toLowerCase().includes(text)),
  );
  const rows = found.map((group) => ({ group, hour: group.minutes.sum(nowMs, 60) })).sort(ORDERS[sort]);
  return {
    now: isoTime(nowMs),
    total: rows.length,
    offset,
    limit,
    counts: unclassifiedCounts(board),
    rows: rows.slice(offset, offset + limit).map(({ group }) => rowOf(group, nowMs)),
  };
}

/** Undefined when there is no such group (any more). */
export function unclassifiedDetail(
  board: Board,
  matcher: Matcher,
  fingerprint: string,
  nowMs: number,
): UnclassifiedDetail | undefined {
  const group = board.templates.get(fingerprint);
  if (group === undefined) return undefined;
  const { nearest } = explain(matcher, group.example.text, group.example.app ?? undefined);
  return {
    now: isoTime(nowMs),
    group: rowOf(group, nowMs),
    nearest: nearest.map(nearAnswer),
    draft: draftOf(group, matcher.catalog),
  };
}

function rowOf(
  { fingerprint, template, example, count, firstMs, lastMs, minutes }: SeenTemplate,
  nowMs: number,
): UnclassifiedRow {
  return {
    fingerprint,
    app: example.app,
    template,
    error_count: count,
    errors_1h: minutes.sum(nowMs, 60),
    first_seen: isoTime(firstMs),
    last_seen: isoTime(lastMs),
    example,
    sparkline: minutes.list(nowMs),
  };
}

interface Ranked {
  readonly group: SeenTemplate;
  readonly hour: number;
}

type Compare = (a: Ranked, b: Ranked) => number;

const byFingerprint: Compare = ({ group: a }, { group: b }) => (a.fingerprint < b.fingerprint ? -1 : 1);
const byLastSeen: Compare = ({ group: a }, { group: b }) => b.lastMs - a.lastMs;

const ORDERS: Readonly<Record<UnclassifiedQuery['sort'], Compare>> = {
  attention: (a, b) => b.hour - a.hour || byLastSeen(a, b) || byFingerprint(a, b),
  count: (a, b) => b.group.count - a.group.count || byFingerprint(a, b),
  first_seen: (a, b) => b.group.firstMs - a.group.firstMs || byFingerprint(a, b),
  last_seen: (a, b) => byLastSeen(a, b) || byFingerprint(a, b),
};
