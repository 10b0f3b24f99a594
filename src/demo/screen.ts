/** What the demo shows: resolution events as a table that a person can follow, and the summary at the end. */

import { OUTCOMES, type Outcome } from '../events/outcome.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import { printable, renderRow, renderTable, shorten } from '../render.ts';

/** More rows than this in one second are only counted. */
const MAX_ROWS_PER_SECOND = 8;

const HEAD = ['time', 'connector', 'error type', 'action (by)', 'retry', 'what to do'];
const WIDTHS = [8, 18, 36, 28, 5];
/** On a narrow terminal these go first. */
const LESS_NEEDED = ['action (by)', 'time', 'retry'];
const MIN_LAST_WIDTH = 24;

export class Screen {
  private readonly write: (text: string) => void;
  private readonly now: () => number;
  private second = 0;
  private rows = 0;
  private untold = 0;
  private hasHead = false;
  private readonly columns: readonly { readonly name: string; readonly width: number }[];
  /** Events shown or counted so far. */
  seen = 0;

  /** `width`: characters of a line; `now`: milliseconds since 1970. */
  constructor(write: (text: string) => void, width: number, now: () => number) {
    this.write = write;
    this.now = now;
    this.columns = layout(width);
  }

  show(event: ResolutionEvent): void {
    this.seen++;
    const second = Math.floor(this.now() / 1000);
    if (second !== this.second) {
      this.tellUntold();
      this.second = second;
      this.rows = 0;
    }
    if (++this.rows > MAX_ROWS_PER_SECOND) {
      this.untold++;
      return;
    }
    if (!this.hasHead) this.row(HEAD);
    this.hasHead = true;
    this.row(toCells(event));
  }

  private row(cells: readonly string[]): void {
    const shown = this.columns.map(({ name, width }) => shorten(cells[HEAD.indexOf(name)]!, width));
    this.write(
      `${renderRow(
        shown,
        this.columns.map(({ width }) => width),
      )}\n`,
    );
  }

  tellUntold(): void {
    if (this.untold > 0) this.write(`          ... and ${this.untold} more in that second\n`);
    this.untold = 0;
  }
}

/** The columns that fit: the last one takes what is left. */
function layout(width: number): { name: string; width: number }[] {
  let columns = HEAD.slice(0, -1).map((name, i) => ({ name, width: WIDTHS[i]! }));
  const left = () => width - columns.reduce((sum, column) => sum + column.width + 2, 0);
  for (const name of LESS_NEEDED)
    if (left() < MIN_LAST_WIDTH) columns = columns.filter((column) => column.name !== name);
  return [...columns, { name: HEAD.at(-1)!, width: Math.max(MIN_LAST_WIDTH, left()) }];
}

function toCells(event: ResolutionEvent): string[] {
  const { resolution } = event;
  const head = [event.occurred_at.slice(11, 19), event.connector_id ?? event.app ?? ''];
  if (resolution === null) return [...head, '(unclassified)', '', '', printable(event.message)];
  const { action, owner, retryable, summary } = resolution;
  return [...head, event.error_type ?? '', `${action} (${owner})`, retryable ? 'yes' : 'no', summary];
}

/** Counts of a run, by outcome and by error type. */
export class Totals {
  readonly outcomes: Record<Outcome['kind'], number> = { resolved: 0, unclassified: 0, ignored: 0, 'dead-lettered': 0 };
  private readonly errorTypes = new Map<string, number>();

  add(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      this.outcomes[outcome.kind]++;
      if (outcome.kind !== 'resolved') continue;
      const type = outcome.event.error_type!;
      this.errorTypes.set(type, (this.errorTypes.get(type) ?? 0) + 1);
    }
  }

  get records(): number {
    return OUTCOMES.reduce((sum, kind) => sum + this.outcomes[kind], 0);
  }

  /** Events that the output topic must hold. */
  get emitted(): number {
    return this.outcomes.resolved + this.outcomes.unclassified;
  }

  render(): string {
    const top = [...this.errorTypes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 8);
    const parts = OUTCOMES.map((kind) => `${this.outcomes[kind]} ${kind}`).join(' + ');
    const table = renderTable(
      ['errors', 'error type'],
      top.map(([type, count]) => [String(count).padStart(6), type]),
    );
    return `${parts} = ${this.records} records consumed\n\nMost frequent:\n${table}`;
  }
}
