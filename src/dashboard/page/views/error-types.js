/** Every error type that was seen, or every one of the catalog. */
import { actionCell, countCell, counted, numberCell, rateCell, sparkCell, timeCell } from '../cells.js';
import { h, setAttributes, setText } from '../dom.js';
import { shortCount } from '../format.js';
import { LiveList } from '../list.js';
import { errorTypeAddress } from '../router.js';
import { showing } from '../table.js';
import { line } from '../text.js';

/** @import { ErrorTypeRow } from '../../schema/error-types.ts' */
/** @import { Column } from '../table.js' */
/** @import { Place, View } from '../view.js' */

/** @type {readonly Column<ErrorTypeRow>[]} */
const COLUMNS = [
  {
    head: 'Error type',
    name: 'c-type',
    cell: (parent) => {
      const link = h('a', { class: 'main' });
      const spike = h('span', { class: 'tag failing', hidden: true }, '▲ spike');
      const under = h('span', { class: 'under' });
      parent.append(h('span', { class: 'with-tag' }, link, spike), under);
      return ({ error_type, title, spiking }) => {
        const text = line(title ?? error_type);
        setText(link, text);
        setAttributes(link, { href: errorTypeAddress(error_type), title: text });
        setText(under, error_type);
        spike.hidden = !spiking;
      };
    },
  },
  { head: 'Errors', name: 'c-rate', cell: showing(rateCell, (row) => row.errors_per_minute) },
  { head: 'Last hour', name: 'c-spark', cell: showing(sparkCell, (row) => row.sparkline) },
  {
    head: 'In all',
    name: 'c-count',
    cell: showing(countCell, ({ error_count, inferred_count }) => ({
      value: shortCount(error_count),
      under: inferred_count === 0 ? '' : `${shortCount(inferred_count)} guessed`,
    })),
  },
  {
    head: 'Connectors',
    name: 'c-number',
    cell: (parent) => {
      const show = numberCell(parent);
      return (row) => show(shortCount(row.connectors), '');
    },
  },
  {
    head: 'What to do',
    name: 'c-action',
    cell: (parent) => {
      const show = actionCell(parent);
      return (row) => show(row.action, 'Not known');
    },
  },
  { head: 'Last seen', name: 'c-seen', cell: showing(timeCell, (row) => row.last_seen) },
];

/**
 * @param {Place} place
 * @returns {View}
 */
export function errorTypesView({ live }) {
  /** @type {LiveList<ErrorTypeRow>} */
  const list = new LiveList({
    path: '/error-types',
    caption: 'Error types',
    name: 'types',
    columns: COLUMNS,
    keyOf: ({ error_type }) => error_type,
    fields: [
      { name: 'q', label: 'Search' },
      { name: 'app', label: 'App', options: [['', 'All apps']] },
      {
        name: 'seen',
        label: 'Show',
        options: [
          ['yes', 'Those seen'],
          ['all', 'The whole catalog'],
        ],
      },
      {
        name: 'sort',
        label: 'First',
        options: [
          ['attention', 'Needs attention'],
          ['count', 'Most errors'],
          ['last_seen', 'Last seen'],
          ['id', 'Name'],
        ],
      },
    ],
    empty: (isFiltered) =>
      h(
        'p',
        {},
        isFiltered
          ? 'No error type fits the filter.'
          : 'No error was seen yet. "Show: the whole catalog" lists all known ones.',
      ),
  });
  const seen = h('span', { class: 'unit' });
  const show = () => {
    const { overview } = live;
    if (overview === undefined) return;
    const { catalog, error_types } = overview;
    setText(
      seen,
      `${counted(error_types.seen, 'type')} seen, ${counted(catalog.entries, 'entry', 'entries')} in the catalog`,
    );
    list.setApps(catalog.apps, [['all', 'Entries for every app']]);
  };
  show();
  return {
    title: 'Error types',
    element: h(
      'div',
      {},
      h('div', { class: 'section-head' }, h('h1', { tabindex: -1 }, 'Error types'), seen),
      list.element,
    ),
    onNews: (news) => {
      show();
      const isNew =
        news.kind === 'update' && (news.update.error_types.changed.length > 0 || news.update.error_types.more);
      if (isNew || news.kind === 'snapshot') list.refresh();
    },
    close: () => list.close(),
  };
}
