/** One error type: what it means, what to do, whom it hits, how often, and what it looks like. */
import { connectorName, counted, stateCell } from '../cells.js';
import { ErrorChart } from '../chart.js';
import { setTime, timeOf } from '../clock.js';
import { h, setAttributes, setText } from '../dom.js';
import { count, rate } from '../format.js';
import { Block, exampleList, factList, resolutionPart, smallTable } from '../parts.js';
import { connectorAddress } from '../router.js';
import { line } from '../text.js';
import { concernsUnclassified, detailView } from '../view.js';

/** @import { ErrorTypeDetail } from '../../schema/error-types.ts' */
/** @import { Child } from '../dom.js' */
/** @import { News } from '../live.js' */
/** @import { Place, View } from '../view.js' */

const UNCLASSIFIED = 'unclassified';

/**
 * @param {Place} place
 * @returns {View}
 */
export function errorTypeView({ key, live, setTitle }) {
  /** @type {ErrorChart | undefined} */
  let chart;
  const view = detailView({
    title: 'Error type',
    path: `/error-types/${encodeURIComponent(key)}`,
    show: (/** @type {ErrorTypeDetail} */ detail) => {
      chart = new ErrorChart();
      setTitle(titleOf(detail));
      return create(detail, chart);
    },
    concerns: key === UNCLASSIFIED ? concernsUnclassified(live) : (news) => concernsType(news, key),
  });
  return {
    ...view,
    close: () => {
      view.close();
      chart?.close();
    },
  };
}

/**
 * @param {News} news
 * @param {string} type
 */
function concernsType(news, type) {
  if (news.kind !== 'update') return news.kind === 'snapshot';
  return news.update.error_types.more || news.update.error_types.changed.includes(type);
}

/** @param {ErrorTypeDetail} detail */
function titleOf({ type }) {
  return type.error_type === UNCLASSIFIED ? 'Unclassified' : line(type.title ?? type.error_type);
}

/**
 * @param {ErrorTypeDetail} first
 * @param {ErrorChart} chart
 */
function create(first, chart) {
  const heading = h('h1', { tabindex: -1 });
  const spike = h('span', { class: 'tag failing' }, '▲ spike');
  const perMinute = h('span', {});
  const inHour = h('span', {});
  const inAll = h('span', {});
  const firstSeen = timeOf();
  const lastSeen = timeOf();
  let latest = first;
  /** @type {'1h' | '24h'} */
  let span = '1h';
  const buttons = /** @type {const} */ (['1h', '24h']).map((value) => {
    const button = h('button', { type: 'button', 'aria-pressed': String(value === span) }, value);
    button.addEventListener('click', () => {
      span = value;
      for (const each of buttons) setAttributes(each, { 'aria-pressed': String(each.textContent === span) });
      chart.show(span === '1h' ? latest.hour : latest.day);
    });
    return button;
  });

  /** @type {Block<{ readonly isUnclassified: boolean, readonly entry: ErrorTypeDetail['entry'] }>} */
  const entry = new Block({}, entryParts);
  /** @type {Block<ErrorTypeDetail['connectors']>} */
  const connectors = new Block({}, (rows) => [
    h('h2', {}, `Connectors (${rows.length === 100 ? 'the last 100' : count(rows.length)})`),
    rows.length === 0
      ? h('p', { class: 'none' }, 'None of late.')
      : smallTable(
          'Connectors that have it',
          ['State', 'Connector', 'Errors', 'Last seen'],
          rows.map((row) => {
            const state = h('span', {});
            stateCell(state)(row.state);
            const name = h('a', { href: connectorAddress(row.key) }, connectorName(row));
            return [state, name, count(row.error_count), timeOf(row.last_seen)];
          }),
        ),
  ]);
  /** @type {Block<Pick<ErrorTypeDetail, 'tenants' | 'tenants_other'>>} */
  const tenants = new Block({}, ({ tenants: rows, tenants_other }) => [
    h('h2', {}, `Tenants (${count(rows.length)})`),
    rows.length === 0
      ? h('p', { class: 'none' }, 'No record named one.')
      : smallTable(
          'Tenants that have it',
          ['Tenant', 'Errors', 'Last seen'],
          rows.map(({ tenant_id, error_count, last_seen }) => [line(tenant_id), count(error_count), timeOf(last_seen)]),
        ),
    tenants_other === 0 ? null : h('p', { class: 'none' }, `And ${counted(tenants_other, 'error')} of other tenants.`),
  ]);
  /** @type {Block<ErrorTypeDetail['examples']>} */
  const examples = new Block({}, (list) => [h('h2', {}, 'Latest examples'), exampleList(list)]);

  const update = (/** @type {ErrorTypeDetail} */ detail) => {
    latest = detail;
    const { type } = detail;
    setText(heading, titleOf(detail));
    entry.show({ isUnclassified: type.error_type === UNCLASSIFIED, entry: detail.entry });
    spike.hidden = !type.spiking;
    setText(perMinute, `${rate(type.errors_per_minute)}/min`);
    setText(inHour, count(type.errors_1h));
    const guessed = type.inferred_count === 0 ? '' : `, ${count(type.inferred_count)} of them guessed`;
    setText(inAll, `${count(type.error_count)}${guessed}`);
    setTime(firstSeen, type.first_seen);
    setTime(lastSeen, type.last_seen);
    chart.show(span === '1h' ? detail.hour : detail.day);
    connectors.show(detail.connectors);
    tenants.show({ tenants: detail.tenants, tenants_other: detail.tenants_other });
    examples.show(detail.examples);
  };
  update(first);
  return {
    element: h(
      'div',
      { class: 'detail' },
      h('p', { class: 'crumb' }, h('a', { href: '/error-types' }, 'Error types')),
      h('div', { class: 'with-tag' }, heading, spike),
      h('p', { class: 'status-line' }, h('code', {}, line(first.type.error_type))),
      h(
        'div',
        { class: 'two' },
        entry.element,
        h(
          'section',
          {},
          h('h2', {}, 'Errors'),
          factList([
            ['Now', perMinute],
            ['Last hour', inHour],
            ['In all', inAll],
            ['First seen', firstSeen],
            ['Last seen', lastSeen],
          ]),
        ),
      ),
      h(
        'section',
        {},
        h(
          'div',
          { class: 'section-head' },
          h('h2', {}, 'Errors per minute'),
          h('div', { class: 'switch', role: 'group', 'aria-label': 'Time shown' }, ...buttons),
        ),
        chart.element,
      ),
      examples.element,
      h('div', { class: 'two' }, connectors.element, tenants.element),
    ),
    update,
  };
}

/**
 * @param {{ readonly isUnclassified: boolean, readonly entry: ErrorTypeDetail['entry'] }} type
 * @returns {Child[]}
 */
function entryParts({ isUnclassified, entry }) {
  if (isUnclassified) {
    return [
      h('h2', {}, 'What to do'),
      h('p', {}, 'No catalog entry fits these messages. See them grouped, each with a draft of an entry: '),
      h('p', {}, h('a', { href: '/unclassified' }, 'Unclassified'), '.'),
    ];
  }
  if (entry === null) return [h('p', {}, 'The catalog in use has no such entry.')];
  const { description, patterns, generic, seed_row, resolution } = entry;
  const notes = [
    generic ? 'A general entry: a more exact one wins over it.' : '',
    seed_row === null ? '' : `Row ${seed_row} of the table of known errors.`,
  ];
  return [
    h('p', { class: 'lead' }, line(description)),
    resolutionPart(resolution),
    h(
      'details',
      {},
      h('summary', {}, counted(patterns.length, 'pattern')),
      h('ul', { class: 'patterns' }, ...patterns.map((pattern) => h('li', {}, h('code', {}, line(pattern))))),
      notes.join(' ').trim() === '' ? null : h('p', { class: 'none' }, notes.join(' ').trim()),
    ),
  ];
}
