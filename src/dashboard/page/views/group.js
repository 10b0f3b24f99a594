/** One group of messages that no entry fits, and a draft of an entry for it. */

import { API } from '../api.js';
import { counted, sparkCell } from '../cells.js';
import { setTime, timeOf } from '../clock.js';
import { copyText } from '../copy.js';
import { h, setText } from '../dom.js';
import { count } from '../format.js';
import { Block, examplePart, factList, nearestTable } from '../parts.js';
import { line, visible } from '../text.js';
import { concernsUnclassified, detailView } from '../view.js';

/** @import { UnclassifiedDetail } from '../../schema/unclassified.ts' */
/** @import { Place, View } from '../view.js' */

/**
 * @param {Place} place
 * @returns {View}
 */
export function groupView({ key, live }) {
  return detailView({
    title: 'Unclassified messages',
    path: `/unclassified/${encodeURIComponent(key)}`,
    show: create,
    concerns: concernsUnclassified(live),
  });
}

/** @param {UnclassifiedDetail} first */
function create(first) {
  const inAll = h('span', {});
  const inHour = h('span', {});
  const firstSeen = timeOf();
  const lastSeen = timeOf();
  const sparkParent = h('div', { class: 'day' });
  const showSpark = sparkCell(sparkParent);
  /** @type {Block<UnclassifiedDetail['group']['example']>} */
  const example = new Block({}, (value) => [h('h2', {}, 'First example'), ...examplePart(value)]);
  /** @type {Block<UnclassifiedDetail['nearest']>} */
  const nearest = new Block({}, (value) => [h('h2', {}, 'Nearest entries'), nearestTable(value)]);
  /** @type {Block<UnclassifiedDetail['draft']>} */
  const draft = new Block({ class: 'draft' }, (value) => draftPart(value, first.group.fingerprint));

  const update = (/** @type {UnclassifiedDetail} */ detail) => {
    const { group } = detail;
    setText(inAll, count(group.error_count));
    setText(inHour, count(group.errors_1h));
    setTime(firstSeen, group.first_seen);
    setTime(lastSeen, group.last_seen);
    showSpark(group.sparkline);
    example.show(group.example);
    nearest.show(detail.nearest);
    draft.show(detail.draft);
  };
  update(first);
  const { template, app, fingerprint } = first.group;
  return {
    element: h(
      'div',
      { class: 'detail' },
      h('p', { class: 'crumb' }, h('a', { href: '/unclassified' }, 'Unclassified')),
      h('h1', { tabindex: -1 }, 'Unclassified messages'),
      h('pre', { class: 'message', tabindex: 0, role: 'group', 'aria-label': 'Template' }, ...visible(template)),
      h(
        'div',
        { class: 'two' },
        example.element,
        h(
          'section',
          {},
          h('h2', {}, 'Errors'),
          factList([
            ['App', line(app ?? 'none given')],
            ['In all', inAll],
            ['Last hour', inHour],
            ['First seen', firstSeen],
            ['Last seen', lastSeen],
            ['Fingerprint', h('code', {}, line(fingerprint))],
          ]),
          h('p', { class: 'day-title' }, 'Last hour, in minutes'),
          sparkParent,
        ),
      ),
      draft.element,
      nearest.element,
    ),
    update,
  };
}

/**
 * @param {UnclassifiedDetail['draft']} draft
 * @param {string} fingerprint
 */
function draftPart({ file, is_new_file, yaml, problems }, fingerprint) {
  const said = h('span', { class: 'said', role: 'status' });
  const text = h('pre', { class: 'yaml', tabindex: 0, role: 'group', 'aria-label': 'Draft' }, ...visible(yaml));
  const button = h('button', { type: 'button', class: 'first' }, 'Copy as catalog entry');
  button.addEventListener('click', async () => {
    const isCopied = await copyText(yaml);
    setText(said, isCopied ? 'Copied.' : 'The browser does not let this page copy: use Download.');
  });
  const where = is_new_file
    ? ['Save it as ', h('code', {}, line(file)), ' in the catalog folder']
    : ['Put it at the end of ', h('code', {}, 'entries'), ' in ', h('code', {}, line(file))];
  return [
    h('h2', {}, 'Draft of an entry'),
    h('p', {}, ...where, ', complete what it asks for, then run ', h('code', {}, 'triage catalog check'), '.'),
    ...(problems.length === 0
      ? []
      : [
          h(
            'div',
            { class: 'problem' },
            `${counted(problems.length, 'thing')} to mend first:`,
            h('ul', {}, ...problems.map((problem) => h('li', {}, line(problem)))),
          ),
        ]),
    h(
      'p',
      { class: 'actions' },
      button,
      h(
        'a',
        { href: `${API}/unclassified/${encodeURIComponent(fingerprint)}/draft`, download: file, class: 'button' },
        'Download',
      ),
      said,
    ),
    text,
  ];
}
