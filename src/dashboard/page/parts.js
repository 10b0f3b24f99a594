/** Parts of the views of one thing. */

import { connectorName } from './cells.js';
import { timeOf } from './clock.js';
import { fill, h } from './dom.js';
import { actionName, CONFIDENCES, ownerName, percent, retryText } from './format.js';
import { errorTypeAddress } from './router.js';
import { line, marked } from './text.js';

/** @import { Child } from './dom.js' */
/** @import { ErrorTypeDetail, Example } from '../schema/error-types.ts' */
/** @import { Near } from '../schema/unclassified.ts' */

/**
 * A part that is made anew when what it shows has changed, but not under somebody who points at it, has the focus in it or
 * selects its text.
 * @template T
 */
export class Block {
  element;
  /** @type {(value: T) => readonly Child[]} */
  #render;
  /** @type {string | undefined} */
  #shown = undefined;

  /**
   * @param {Readonly<Record<string, string>>} attributes
   * @param {(value: T) => readonly Child[]} render
   */
  constructor(attributes, render) {
    this.element = h('section', attributes);
    this.#render = render;
  }

  /** @param {T} value */
  show(value) {
    const key = JSON.stringify(value);
    if (key === this.#shown || (this.#shown !== undefined && this.#isUsed())) return;
    this.#shown = key;
    fill(this.element, ...this.#render(value));
  }

  #isUsed() {
    const selection = getSelection();
    const isSelected = selection !== null && !selection.isCollapsed && this.element.contains(selection.anchorNode);
    return isSelected || this.element.contains(document.activeElement) || this.element.matches(':hover');
  }
}

/** @param {readonly (readonly [name: string, value: Child | readonly Child[]])[]} facts */
export function factList(facts) {
  const rows = facts.map(([name, value]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, ...(Array.isArray(value) ? value : [value]))),
  );
  return h('dl', { class: 'facts' }, ...rows);
}

/**
 * @param {string} title
 * @param {readonly string[]} heads
 * @param {readonly (readonly Child[])[]} rows
 */
export function smallTable(title, heads, rows) {
  return h(
    'div',
    { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': title },
    h(
      'table',
      { class: 'small' },
      h('caption', { class: 'unseen' }, title),
      h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))),
    ),
  );
}

/**
 * What to do, by whom, and whether to try again.
 * @param {Omit<NonNullable<ErrorTypeDetail['entry']>['resolution'], 'links'> & { readonly links?: readonly { readonly title: string, readonly url: string }[] | undefined }} resolution
 */
export function resolutionPart({ summary, steps, action, owner, retryable, links = [] }) {
  return h(
    'div',
    { class: 'resolution' },
    h('h2', {}, 'What to do'),
    h('p', { class: 'lead' }, line(summary)),
    steps.length === 0 ? null : h('ol', {}, ...steps.map((step) => h('li', {}, line(step)))),
    factList([
      ['Action', actionName(action)],
      ['Who', ownerName(owner)],
      ['Retry', retryText(retryable)],
    ]),
    links.length === 0
      ? null
      : h(
          'ul',
          { class: 'links' },
          ...links.map(({ title, url }) =>
            h('li', {}, h('a', { href: safeUrl(url), rel: 'noreferrer', target: '_blank' }, line(title))),
          ),
        ),
  );
}

/**
 * A catalog may come from anywhere: nothing but web pages is linked.
 * @param {string} url
 */
function safeUrl(url) {
  return ['https:', 'http:'].includes(URL.parse(url)?.protocol ?? '') ? url : undefined;
}

/**
 * A text of a record with what matched marked.
 * @param {string} text
 * @param {{ readonly start: number, readonly end: number } | null | undefined} span
 * @param {{ readonly isCutBefore?: boolean, readonly isCutAfter?: boolean }} [cuts]
 */
export function messageText(text, span, { isCutBefore = false, isCutAfter = false } = {}) {
  const cut = () => h('span', { class: 'cut' }, '[cut]');
  return h(
    'pre',
    { class: 'message', tabindex: 0, role: 'group', 'aria-label': 'Text of the record' },
    isCutBefore ? cut() : null,
    ...marked(text, span),
    isCutAfter ? cut() : null,
  );
}

/** @param {readonly Example[]} examples */
export function exampleList(examples) {
  if (examples.length === 0) return h('p', { class: 'none' }, 'None kept yet.');
  return h('ul', { class: 'examples' }, ...examples.map((example) => h('li', {}, ...examplePart(example))));
}

/**
 * @param {Example} example
 * @returns {Node[]}
 */
export function examplePart(example) {
  const { text, span, cut_before, cut_after, occurred_at, confidence, field, tenant_id, event_id } = example;
  /** @type {Child[]} */
  const about = [timeOf(occurred_at), connectorName(example)];
  if (tenant_id !== null) about.push(`tenant ${line(tenant_id)}`);
  if (field !== 'message') about.push(`in ${field}`);
  if (confidence !== null) about.push(h('span', { title: CONFIDENCES[confidence] }, confidence));
  about.push(h('span', { title: 'Id of the event' }, line(event_id)));
  const parts = about.flatMap((part, i) => (i === 0 ? [part] : [' · ', part]));
  return [
    messageText(text, span, { isCutBefore: cut_before, isCutAfter: cut_after }),
    h('p', { class: 'about' }, ...parts),
  ];
}

/** @param {readonly Near[]} nearest */
export function nearestTable(nearest) {
  if (nearest.length === 0) return h('p', { class: 'none' }, 'No entry comes near.');
  return smallTable(
    'Nearest entries',
    ['Entry', 'Fits', 'Words missing'],
    nearest.map(({ error_type, title, share, missing, pattern }) => [
      h(
        'span',
        {},
        h('a', { href: errorTypeAddress(error_type), class: 'main' }, line(title)),
        h('code', { class: 'under' }, line(pattern)),
      ),
      percent(share),
      missing.length === 0 ? 'none: other order' : line(missing.join(', ')),
    ]),
  );
}
