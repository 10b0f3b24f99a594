/** What `triage top` shows, as lines of a given width. */
import type { ConnectorState, PipelineState } from '../dashboard/schema/base.ts';
import type { ConnectorRow } from '../dashboard/schema/connectors.ts';
import { renderRow, shorten } from '../render.ts';
import type { View } from './model.ts';

export interface FrameOptions {
  readonly url: string;
  /** Characters of a line. */
  readonly width: number;
  /** Rows of connectors at most. */
  readonly rows: number;
  readonly colour: boolean;
  /** Why what is shown is old; undefined while it is not. */
  readonly problem?: string | undefined;
}

/** Where nothing says how wide the output may be. */
export const DEFAULT_WIDTH = 80;

type Colour = 'red' | 'yellow' | 'green' | 'bold';

const CODES: Readonly<Record<Colour, number>> = { red: 31, yellow: 33, green: 32, bold: 1 };

const STATE_COLOURS: Readonly<Record<ConnectorState | PipelineState, Colour>> = {
  failing: 'red',
  degraded: 'yellow',
  healthy: 'green',
  starting: 'yellow',
  running: 'green',
  idle: 'green',
  waiting: 'red',
  stalled: 'red',
  draining: 'yellow',
};

interface Column {
  readonly head: string;
  /** At 80 characters. */
  readonly width: number;
  /** Share of what the terminal is wider. */
  readonly grows: number;
  /** Only where the terminal has so many characters. */
  readonly from: number;
  readonly cell: (row: ConnectorRow) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'state', width: 8, grows: 0, from: 0, cell: ({ state }) => state },
  { head: ' err/min', width: 8, grows: 0, from: 0, cell: (row) => rate(row.errors_per_minute).padStart(8) },
  { head: 'connector', width: 15, grows: 1, from: 0, cell: nameOf },
  { head: 'error type', width: 24, grows: 1, from: 0, cell: (row) => row.dominant.error_type ?? '(unclassified)' },
  { head: 'action', width: 17, grows: 0, from: 0, cell: ({ action }) => action?.action ?? 'look at it' },
  { head: 'what to do', width: 0, grows: 3, from: 110, cell: ({ action }) => action?.summary ?? '' },
];

/** Lines without line breaks, none of them longer than `width` where that is at least 80. */
export function frameOf(view: View, options: FrameOptions): string[] {
  const { width, rows, colour, problem } = options;
  const paint = (text: string, with_: Colour) => (colour ? `\u001b[${CODES[with_]}m${text}\u001b[0m` : text);
  const cut = (text: string) => shorten(text, width);
  const { pipeline, connectors } = view;
  const head = cut(`connector-triage ${view.version}  ${pipeline.state}  ${clock(view.now)} UTC  ${options.url}`);
  const reasons = problem === undefined ? pipeline.reasons : [problem];
  const columns = columnsFor(width);
  const widths = columns.map((column) => column.width);
  const lines = connectors.rows.slice(0, rows).map((row) => {
    const cells = columns.map((column) => shorten(column.cell(row), column.width));
    return renderRow(cells, widths).replace(row.state, paint(row.state, STATE_COLOURS[row.state]));
  });
  const left = connectors.counts.total - lines.length;
  return [
    head.replace(`  ${pipeline.state}  `, `  ${paint(pipeline.state, STATE_COLOURS[pipeline.state])}  `),
    ...reasons.map((reason) => paint(cut(reason), 'red')),
    ...totalLines(view).map(cut),
    '',
    paint(
      renderRow(
        columns.map((column) => column.head),
        widths,
      ),
      'bold',
    ),
    ...(lines.length === 0 ? ['no errors of any connector so far'] : lines),
    ...(left > 0 ? [`... and ${left} more`] : []),
  ];
}

function totalLines({ pipeline, totals, connectors: { counts }, error_types, unclassified }: View): string[] {
  const delay = pipeline.delay_seconds === null ? '' : `  delay ${seconds(pipeline.delay_seconds)}`;
  const spiking = error_types.spiking.length > 0 ? `  spiking: ${error_types.spiking.join(', ')}` : '';
  return [
    `${number(totals.records)} records (${rate(totals.records_per_second)}/s), lag ${number(pipeline.lag_records)}${delay}  ${counted(pipeline.partitions, 'partition')}`,
    `${rate(totals.errors_per_minute)} errors/min of ${counted(error_types.seen, 'type')}; ${number(totals.unclassified)} unclassified in ${counted(unclassified.groups, 'group')}; ${counted(totals.dead_lettered, 'dead letter')}`,
    `${counted(counts.total, 'connector')} with errors: ${counts.failing} failing, ${counts.degraded} degraded, ${counts.healthy} healthy${spiking}`,
  ];
}

function columnsFor(width: number): Column[] {
  const shown = COLUMNS.filter(({ from }) => width >= from);
  const used = shown.reduce((sum, column) => sum + column.width, 0) + 2 * (shown.length - 1);
  const shares = shown.reduce((sum, { grows }) => sum + grows, 0);
  const extra = Math.max(0, width - used);
  return shown.map((column) => ({ ...column, width: column.width + Math.floor((extra * column.grows) / shares) }));
}

function nameOf({ app, app_name, connector_id }: ConnectorRow): string {
  return connector_id ?? `${app_name ?? app ?? 'no app'} (no id)`;
}

function clock(iso: string): string {
  return iso.slice(11, 19);
}

function rate(value: number): string {
  return value >= 10 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function seconds(value: number): string {
  return value < 120 ? `${rate(value)} s` : `${Math.round(value / 60)} min`;
}
