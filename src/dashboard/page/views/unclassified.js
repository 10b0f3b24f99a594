/** Messages that no entry fits, alike ones together. */
import { countCell, counted, sparkCell, timeCell } from '../cells.js';
import { h, setAttributes, setText } from '../dom.js';
import { count, shortCount } from '../format.js';
import { LiveList } from '../list.js';
import { groupAddress } from '../router.js';
import { showing } from '../table.js';
import { line } from '../text.js';
import { concernsUnclassified } from '../view.js';

/** @import { UnclassifiedRow } from '../../schema/unclassified.ts' */
/** @import { Column } from '../table.js' */
/** @import { Place, View } from '../view.js' */

/** @type {readonly Column<UnclassifiedRow>[]} */
const COLUMNS = [
  {
    head: 'Messages like',
    name: 'c-template',
    cell: (parent) => {
      const link = h('a', { class: 'main code' });
      const under = h('span', { class: 'under' });
      parent.append(link, under);
      return ({ template, fingerprint, app }) => {
        const text = line(template);
        setText(link, text);
        setAttributes(link, { href: groupAddress(fingerprint), title: text });
        setText(under, line(app ?? 'no app'));
      };
    },
  },
  {
    head: 'In all',
    name: 'c-count',
    cell: showing(countCell, ({ error_count, errors_1h }) => ({
      value: shortCount(error_count),
      under: `${shortCount(errors_1h)} in 1 h`,
    })),
  },
  { head: 'Last hour', name: 'c-spark', cell: showing(sparkCell, (row) => row.sparkline) },
  { head: 'First seen', name: 'c-seen', cell: showing(timeCell, (row) => row.first_seen) },
  { head: 'Last seen', name: 'c-seen', cell: showing(timeCell, (row) => row.last_seen) },
];

/**
 * @param {Place} place
 * @returns {View}
 */
export function unclassifiedView({ live }) {
  /** @type {LiveList<UnclassifiedRow>} */
  const list = new LiveList({
    path: '/unclassified',
    caption: 'Groups of messages',
    name: 'groups',
    columns: COLUMNS,
    keyOf: ({ fingerprint }) => fingerprint,
    fields: [
      { name: 'q', label: 'Search' },
      { name: 'app', label: 'App', options: [['', 'All apps']] },
      {
        name: 'sort',
        label: 'First',
        options: [
          ['attention', 'Most of late'],
          ['count', 'Most in all'],
          ['first_seen', 'Newest'],
          ['last_seen', 'Last seen'],
        ],
      },
    ],
    empty: (isFiltered) =>
      h(
        'p',
        {},
        isFiltered ? 'No group fits the filter.' : 'Nothing unclassified: the catalog knows every error that was seen.',
      ),
  });
  const kept = h('span', { class: 'unit' });
  const concerns = concernsUnclassified(live);
  const show = () => {
    const { overview } = live;
    if (overview === undefined) return;
    const { groups, forgotten_groups, forgotten_records } = overview.unclassified;
    const left =
      forgotten_groups + forgotten_records === 0
        ? ''
        : `; ${counted(forgotten_groups, 'group')} with ${count(forgotten_records)} records left for newer ones`;
    setText(kept, `${counted(groups, 'group')}, ${counted(overview.totals.unclassified, 'record')}${left}`);
    list.setApps(overview.catalog.apps);
  };
  show();
  return {
    title: 'Unclassified',
    element: h(
      'div',
      {},
      h('div', { class: 'section-head' }, h('h1', { tabindex: -1 }, 'Unclassified'), kept),
      h('p', { class: 'hint' }, 'Errors that no catalog entry fits. Open one to get a draft of an entry for it.'),
      list.element,
    ),
    onNews: (news) => {
      show();
      if (concerns(news)) list.refresh();
    },
    close: () => list.close(),
  };
}
