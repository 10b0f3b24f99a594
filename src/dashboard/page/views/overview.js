/** What needs attention: errors over time, and every connector, the worst first. */
import { get } from '../api.js';
import { actionCell, connectorCell, dominantCell, rateCell, sparkCell, stateCell, timeCell } from '../cells.js';
import { ErrorChart } from '../chart.js';
import { setTime, timeOf } from '../clock.js';
import { h, setAttributes, setText } from '../dom.js';
import { emptyConnectors } from '../empty.js';
import { LiveList } from '../list.js';
import { unknownTypes } from '../merge.js';
import { showing } from '../table.js';
import { repeated } from '../view.js';

/** @import { ConnectorRow } from '../../schema/connectors.ts' */
/** @import { Overview } from '../../schema/overview.ts' */
/** @import { Column } from '../table.js' */
/** @import { Place, View } from '../view.js' */

/** The chart of a day moves on slowly. */
const DAY_REFRESH_MS = 60_000;

/** @type {readonly Column<ConnectorRow>[]} */
const COLUMNS = [
  {
    head: 'State',
    name: 'c-state',
    cell: (parent) => {
      const state = stateCell(parent);
      const since = timeOf(null, 'for');
      const under = h('span', { class: 'under' }, 'for ', since);
      parent.append(under);
      return (row) => {
        state(row.state);
        setTime(since, row.since);
        under.hidden = row.since === null;
        setAttributes(parent, { title: row.reason ?? undefined });
      };
    },
  },
  { head: 'Connector', name: 'c-name', cell: connectorCell },
  { head: 'Errors', name: 'c-rate', cell: showing(rateCell, (row) => row.errors_per_minute) },
  { head: 'Last hour', name: 'c-spark', cell: showing(sparkCell, (row) => row.sparkline) },
  { head: 'Mostly', name: 'c-type', cell: showing(dominantCell, (row) => row.dominant) },
  {
    head: 'What to do',
    name: 'c-action',
    cell: (parent) => {
      const show = actionCell(parent);
      return (row) => show(row.action, 'Not known: see its errors');
    },
  },
  { head: 'Last error', name: 'c-seen', cell: showing(timeCell, (row) => row.last_seen) },
];

/**
 * @param {Place} place
 * @returns {View}
 */
export function overviewView({ live }) {
  const chart = new ErrorChart();
  const aborted = new AbortController();
  /** @type {'1h' | '24h'} */
  let span = '1h';
  let askedMs = 0;
  let spiking = '';

  const askChart = repeated(
    async () => {
      const asked = span;
      askedMs = Date.now();
      const overview = /** @type {Overview} */ (await get(`/overview?window=${asked}`, aborted.signal));
      if (asked === '1h' && live.overview !== undefined) live.overview = { ...live.overview, chart: overview.chart };
      if (asked === span) chart.show(overview.chart);
    },
    aborted.signal,
    (problem) => setText(chartProblem, problem?.message ?? ''),
  );
  const chartProblem = h('p', { class: 'problem', role: 'alert' });
  const buttons = /** @type {const} */ (['1h', '24h']).map((value) => {
    const button = h('button', { type: 'button', 'aria-pressed': String(value === span) }, value);
    button.addEventListener('click', () => {
      span = value;
      for (const each of buttons) setAttributes(each, { 'aria-pressed': String(each.textContent === span) });
      if (span === '1h' && live.overview !== undefined) chart.show(live.overview.chart);
      else askChart();
    });
    return button;
  });

  /** @type {LiveList<ConnectorRow>} */
  const list = new LiveList({
    path: '/connectors',
    caption: 'Connectors',
    name: 'connectors',
    columns: COLUMNS,
    keyOf: ({ key }) => key,
    fields: [
      { name: 'q', label: 'Search' },
      { name: 'app', label: 'App', options: [['', 'All apps']] },
      {
        name: 'state',
        label: 'State',
        options: [
          ['', 'Any state'],
          ['failing', 'Failing'],
          ['degraded', 'Degraded'],
          ['healthy', 'Healthy'],
        ],
      },
      {
        name: 'sort',
        label: 'First',
        options: [
          ['attention', 'Needs attention'],
          ['rate', 'Most errors'],
          ['last_seen', 'Last error'],
          ['name', 'Name'],
        ],
      },
    ],
    empty: (isFiltered) => emptyConnectors(live, isFiltered),
  });
  const folded = h('p', { class: 'none', hidden: true });

  const showChart = () => {
    const { overview } = live;
    if (overview === undefined) return;
    if (span === '1h') {
      chart.show(overview.chart);
    } else if (Date.now() - askedMs > DAY_REFRESH_MS) {
      askChart();
    }
    const { folded_records } = overview.connectors.counts;
    folded.hidden = folded_records === 0;
    setText(
      folded,
      `${folded_records} errors are of connectors without a row: there were more at once than are kept. They are counted in all other figures.`,
    );
  };
  const showApps = () => {
    if (live.overview !== undefined) list.setApps(live.overview.catalog.apps);
  };
  showApps();
  showChart();

  return {
    title: 'Overview',
    element: h(
      'div',
      { class: 'overview' },
      h('h1', { tabindex: -1, class: 'unseen' }, 'Overview'),
      h(
        'section',
        { 'aria-labelledby': 'chart-title' },
        h(
          'div',
          { class: 'section-head' },
          h('h2', { id: 'chart-title' }, 'Errors per minute'),
          h('div', { class: 'switch', role: 'group', 'aria-label': 'Time shown' }, ...buttons),
        ),
        chartProblem,
        chart.element,
      ),
      h('div', { class: 'section-head' }, h('h2', {}, 'Connectors')),
      list.element,
      folded,
    ),
    onNews: (news) => {
      if (news.kind === 'snapshot') {
        showApps();
        list.refresh();
        // What was asked for while the connection was lost did not come.
        if (span === '24h' || chartProblem.textContent !== '') askChart();
      }
      if (news.kind === 'update') {
        const { connectors, error_types, tail } = news.update;
        list.patch(connectors.changed);
        if (connectors.more || connectors.changed.length > 0) list.refresh();
        const ids = error_types.spiking.join('\n');
        const isNewType = live.overview !== undefined && unknownTypes(live.overview.chart, tail).length > 0;
        if (span === '1h' && (ids !== spiking || isNewType)) askChart();
        spiking = ids;
      }
      if (live.link.state === 'live') showChart();
    },
    close: () => {
      aborted.abort();
      list.close();
      chart.close();
    },
  };
}
