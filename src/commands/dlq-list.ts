import type { LetterFilter, LetterStatus } from '../dead-letters/filter.ts';
import type { Letter } from '../dead-letters/letter.ts';
import { printable, renderTable, shorten } from '../render.ts';
import { type DlqTarget, visitLetters } from './dlq-letters.ts';
import { print } from './print.ts';

interface ListOptions extends DlqTarget {
  readonly filter: LetterFilter;
  readonly limit: number;
  readonly json: boolean;
}

/** What is kept of a dead letter: not its value, which may be large. */
export type LetterLine = Omit<Letter, 'record'> & {
  readonly status: LetterStatus;
  readonly timestampMs: number;
  readonly valueBytes: number;
};

const APP_WIDTH = 14;
const NARROW = 80;

export async function listLetters({ filter, limit, json, ...target }: ListOptions): Promise<void> {
  const counts = new Counts();
  const newest = new Newest(limit);
  await visitLetters(target, filter, ({ record, ...letter }, status) => {
    const { timestampMs } = record;
    counts.add(letter, status);
    newest.add({ ...letter, status, timestampMs, valueBytes: record.value?.length ?? 0 });
  });
  const lines = newest.lines();
  const { waiting, redriven } = counts.total;
  if (json) {
    if (lines.length > 0) await print(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const all = waiting + redriven;
    if (lines.length < all) process.stderr.write(`the newest ${lines.length} of ${all} dead letters; see --limit\n`);
    return;
  }
  const parts = [`${target.topic}: ${waiting + redriven} dead letters, ${waiting} waiting, ${redriven} redriven\n`];
  if (waiting + redriven > 0) parts.push('\n', counts.table());
  if (lines.length > 0) {
    const what = lines.length < waiting + redriven ? `The newest ${lines.length}` : 'All of them, the newest first';
    parts.push(`\n${what}:\n\n`, table(lines));
  }
  await print(parts.join(''));
}

function table(lines: readonly LetterLine[]): string {
  const rows = lines.map(({ id, timestampMs, reason, app, status, attempt, error }) => [
    id,
    timeOf(timestampMs),
    reason,
    shorten(app, APP_WIDTH),
    attempt === 0 ? status : `${status} (${attempt}x)`,
    error,
  ]);
  const head = ['id', 'time (UTC)', 'reason', 'app', 'status', 'error'];
  const taken = head.slice(0, -1).map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)) + 2);
  const left = (process.stdout.columns ?? NARROW) - taken.reduce((sum, width) => sum + width, 0);
  const shown = rows.map((row) => [...row.slice(0, -1), shorten(row.at(-1)!, Math.max(left, MIN_ERROR_WIDTH))]);
  return renderTable(head, shown);
}

const MIN_ERROR_WIDTH = 12;

/** To the second; a record without a time of its own has none, and some programs write times that no calendar has. */
export function timeOf(ms: number): string {
  if (ms < 0) return '-';
  return ms > YEAR_9999_MS ? 'after 9999' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

const YEAR_9999_MS = 253_402_300_799_999;

type Tally = Record<LetterStatus, number>;

class Counts {
  readonly total: Tally = { waiting: 0, redriven: 0 };
  private readonly byReason = new Map<string, Tally>();

  add({ reason, app: fullApp }: Pick<Letter, 'reason' | 'app'>, status: LetterStatus): void {
    const named = rowName(reason, shorten(fullApp, APP_WIDTH));
    const name = this.byReason.has(named) || this.byReason.size < MAX_ROWS ? named : rowName(reason, OTHERS);
    const row = this.byReason.get(name) ?? { waiting: 0, redriven: 0 };
    this.byReason.set(name, row);
    row[status]++;
    this.total[status]++;
  }

  table(): string {
    const rows = [...this.byReason].sort(([, a], [, b]) => b.waiting - a.waiting || b.redriven - a.redriven);
    return renderTable(
      ['waiting', 'redriven', 'reason', 'app'],
      rows.map(([name, { waiting, redriven }]) => [String(waiting), String(redriven), ...name.split('\t')]),
    );
  }
}

/** Apps come from broken records: there may be as many as records. */
const MAX_ROWS = 50;
const OTHERS = '(others)';

/** Neither part holds a tab: reasons are words, and apps were made printable. */
function rowName(reason: string, app: string): string {
  return `${printable(reason)}\t${app}`;
}

/** The newest lines by the records' own time. */
class Newest {
  private readonly limit: number;
  private kept: LetterLine[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  add(line: LetterLine): void {
    if (this.limit === 0) return;
    this.kept.push(line);
    if (this.kept.length >= 2 * this.limit + SLACK) this.kept = this.lines();
  }

  lines(): LetterLine[] {
    return this.kept.sort((a, b) => b.timestampMs - a.timestampMs).slice(0, this.limit);
  }
}

/** So that short lists are not sorted at every record. */
const SLACK = 1_000;
