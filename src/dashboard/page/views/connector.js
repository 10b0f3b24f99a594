/** One connector: how it is, what it has, what to do. */
import { actionCell, connectorName, dominantCell, sparkCell, stateCell } from '../cells.js';
import { setTime, timeOf } from '../clock.js';
import { h, setText } from '../dom.js';
import { count, rate } from '../format.js';
import { Block, exampleList, factList, smallTable } from '../parts.js';
import { errorTypeAddress } from '../router.js';
import { line } from '../text.js';
import { detailView } from '../view.js';

/** @import { ConnectorDetail } from '../../schema/connectors.ts' */
/** @import { Place, View } from '../view.js' */

/**
 * @param {Place} place
 * @returns {View}
 */
export function connectorView({ key, setTitle }) {
  return detailView({
    title: 'Connector',
    path: `/connectors/${encodeURIComponent(key)}`,
    show: (/** @type {ConnectorDetail} */ detail) => {
      const shown = create(detail);
      setTitle(connectorName(detail.connector));
      return shown;
    },
    concerns: (news) =>
      news.kind === 'snapshot' ||
      (news.kind === 'update' &&
        (news.update.connectors.more || news.update.connectors.changed.some((row) => row.key === key))),
  });
}

/** @param {ConnectorDetail} first */
function create(first) {
  const stateParent = h('span', {});
  const showState = stateCell(stateParent);
  const since = timeOf(null, 'for');
  const sinceText = h('span', {}, ' for ', since);
  const reason = h('span', { class: 'unit' });
  const dominantParent = h('div', { class: 'stack' });
  const showDominant = dominantCell(dominantParent);
  const actionParent = h('div', { class: 'stack' });
  const showAction = actionCell(actionParent);
  const summary = h('p', { class: 'lead' });
  const perMinute = h('span', {});
  const inHour = h('span', {});
  const inAll = h('span', {});
  const firstSeen = timeOf();
  const lastSeen = timeOf();
  const dayParent = h('div', { class: 'day' });
  const showDay = sparkCell(dayParent);

  /** @type {Block<ConnectorDetail['types']>} */
  const types = new Block({}, (rows) => [
    h('h2', {}, 'Error types'),
    smallTable(
      'Error types of this connector',
      ['Error type', 'Errors', 'First seen', 'Last seen'],
      rows.map(({ error_type, title, error_count, first_seen, last_seen }) => [
        h(
          'a',
          { href: errorTypeAddress(error_type ?? 'unclassified') },
          error_type === null ? 'Unclassified' : line(title ?? error_type),
        ),
        count(error_count),
        timeOf(first_seen),
        timeOf(last_seen),
      ]),
    ),
  ]);
  const forgotten = h('p', { class: 'none' }, 'It had more types: only the most frequent ones of late are kept.');
  /** @type {Block<ConnectorDetail['examples']>} */
  const examples = new Block({}, (list) => [h('h2', {}, 'Latest errors'), exampleList(list)]);

  const update = (/** @type {ConnectorDetail} */ { connector, day, types: rows, types_forgotten, examples: list }) => {
    showState(connector.state);
    setTime(since, connector.since);
    sinceText.hidden = connector.since === null;
    setText(reason, connector.reason === null ? '' : `${line(connector.reason)}.`);
    showDominant(connector.dominant);
    showAction(connector.action, 'Not known: no catalog entry fits');
    setText(summary, line(connector.action?.summary ?? ''));
    summary.hidden = connector.action === null;
    setText(perMinute, `${rate(connector.errors_per_minute)}/min`);
    setText(inHour, count(connector.errors_1h));
    setText(inAll, count(connector.error_count));
    setTime(firstSeen, connector.first_seen);
    setTime(lastSeen, connector.last_seen);
    showDay(day.counts);
    types.show(rows);
    forgotten.hidden = !types_forgotten;
    examples.show(list);
  };
  update(first);
  const { connector } = first;
  return {
    element: h(
      'div',
      { class: 'detail' },
      h('p', { class: 'crumb' }, h('a', { href: '/' }, 'Connectors')),
      h('h1', { tabindex: -1 }, connectorName(connector)),
      h('p', { class: 'status-line' }, stateParent, sinceText, ' ', reason),
      h(
        'div',
        { class: 'two' },
        h(
          'section',
          {},
          h('h2', {}, 'What to do'),
          summary,
          factList([
            ['Mostly', dominantParent],
            ['Action', actionParent],
          ]),
        ),
        h(
          'section',
          {},
          h('h2', {}, 'Errors'),
          factList([
            ['App', line(connector.app_name ?? connector.app ?? 'none given')],
            ['Now', perMinute],
            ['Last hour', inHour],
            ['In all', inAll],
            ['First seen', firstSeen],
            ['Last seen', lastSeen],
          ]),
          h('p', { class: 'day-title' }, 'Last 24 hours, in half hours'),
          dayParent,
        ),
      ),
      types.element,
      forgotten,
      examples.element,
    ),
    update,
  };
}
