/** Small pieces that several views show. Each `...Cell` gives a function that brings its element up to date. */
import { setTime, timeOf } from './clock.js';
import { h, setAttributes, setText, svg } from './dom.js';
import { actionName, count, ownerName, percent, rate } from './format.js';
import { connectorAddress, errorTypeAddress } from './router.js';
import { line } from './text.js';

/** @import { ConnectorRow } from '../schema/connectors.ts' */

/** @typedef {ConnectorRow['state']} State */

/** One form for each state, so that colour says nothing alone. */
const SHAPES = {
  failing: 'M5 .5h6l4.5 4.5v6L11 15.5H5L.5 11V5z',
  degraded: 'M8 1l7.5 14H.5z',
  healthy: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z',
};

/** @param {keyof typeof SHAPES} shape */
export function shapeOf(shape) {
  const path = svg('path', { d: SHAPES[shape] });
  return svg('svg', { viewBox: '0 0 16 16', class: `shape ${shape}`, 'aria-hidden': 'true' }, path);
}

/** @param {Element} parent */
export function stateCell(parent) {
  const path = svg('path', {});
  const shape = svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, path);
  const word = h('span', {});
  const badge = h('span', { class: 'state' }, shape, word);
  parent.append(badge);
  return (/** @type {State} */ state) => {
    setAttributes(path, { d: SHAPES[state] });
    setAttributes(shape, { class: `shape ${state}` });
    setAttributes(badge, { class: `state ${state}` });
    setText(word, state);
  };
}

/** With fewer errors in a minute, bars stay low: one error is no peak. */
const LOW_PEAK = 5;

/**
 * Bars of equal steps of time; the figures stand beside it.
 * @param {Element} parent
 */
export function sparkCell(parent) {
  const path = svg('path', {});
  const image = svg('svg', { class: 'spark', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, path);
  parent.append(image);
  return (/** @type {readonly number[]} */ counts) => {
    const peak = Math.max(LOW_PEAK, ...counts);
    const bars = counts.flatMap((value, i) => {
      if (value === 0) return [];
      const height = Math.max(1, (value / peak) * 20);
      return [`M${i} 20v${-Math.round(height * 10) / 10}h.8V20z`];
    });
    setAttributes(image, { viewBox: `0 0 ${counts.length} 20` });
    setAttributes(path, { d: bars.join('') });
  };
}

/** @param {Element} parent */
export function numberCell(parent) {
  const value = h('span', {});
  const unit = h('span', { class: 'unit' });
  parent.append(value, unit);
  return (/** @type {string} */ text, /** @type {string} */ unitText) => {
    setText(value, text);
    setText(unit, unitText === '' ? '' : ` ${unitText}`);
  };
}

/**
 * A figure with what belongs to it below.
 * @param {Element} parent
 */
export function countCell(parent) {
  const value = h('span', { class: 'main' });
  const under = h('span', { class: 'under' });
  parent.append(value, under);
  return (/** @type {{ readonly value: string, readonly under: string }} */ texts) => {
    setText(value, texts.value);
    setText(under, texts.under);
  };
}

/** @param {Element} parent */
export function timeCell(parent) {
  const time = timeOf();
  parent.append(time);
  return (/** @type {string | null} */ iso) => setTime(time, iso);
}

/** @param {Element} parent */
export function rateCell(parent) {
  const show = numberCell(parent);
  return (/** @type {number} */ perMinute) => show(rate(perMinute), '/min');
}

/**
 * The error type that a connector has most, with its share.
 * @param {Element} parent
 */
export function dominantCell(parent) {
  const link = h('a', { class: 'main' });
  const under = h('span', { class: 'under' });
  parent.append(link, under);
  return (/** @type {ConnectorRow['dominant']} */ { error_type, title, share }) => {
    const text = error_type === null ? 'Unclassified' : line(title ?? error_type);
    setText(link, text);
    setAttributes(link, { href: errorTypeAddress(error_type ?? 'unclassified'), title: text });
    setText(under, error_type === null ? percent(share) : `${percent(share)} · ${error_type}`);
  };
}

/**
 * What to do, and who does it.
 * @param {Element} parent
 */
export function actionCell(parent) {
  const what = h('span', { class: 'main' });
  const who = h('span', { class: 'under' });
  parent.append(what, who);
  return (/** @type {ConnectorRow['action']} */ advice, /** @type {string} */ none) => {
    setText(what, advice === null ? none : actionName(advice.action));
    setAttributes(what, { title: advice?.summary });
    const retry = advice?.retryable ? ', a retry may help' : '';
    setText(who, advice === null ? '' : `by ${ownerName(advice.owner)}${retry}`);
  };
}

/**
 * @param {{ readonly key?: string, readonly app: string | null, readonly app_name?: string | null, readonly connector_id: string | null }} connector
 */
export function connectorName({ app, app_name, connector_id }) {
  const appText = line(app_name ?? app ?? 'no app');
  return connector_id === null ? `${appText}, no connector named` : line(connector_id);
}

/** @param {Element} parent */
export function connectorCell(parent) {
  const link = h('a', { class: 'main' });
  const under = h('span', { class: 'under' });
  parent.append(link, under);
  return (/** @type {Parameters<typeof connectorName>[0] & { readonly key: string }} */ connector) => {
    const name = connectorName(connector);
    setText(link, name);
    setAttributes(link, { href: connectorAddress(connector.key), title: name });
    setText(under, connector.connector_id === null ? '' : line(connector.app_name ?? connector.app ?? 'no app'));
  };
}

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}
