/** The service's time, whatever the reader's clock says, and times on the page that grow older. */
import { h, setAttributes, setText } from './dom.js';
import { absolute, ago, duration } from './format.js';

let aheadMs = 0;

/** @param {string} iso the service's time at this moment */
export function setNow(iso) {
  const before = aheadMs;
  aheadMs = Date.parse(iso) - Date.now();
  if (Math.abs(aheadMs - before) > 2_000) refreshTimes();
}

export function nowMs() {
  return Date.now() + aheadMs;
}

/**
 * A time that says how long ago it was, and when exactly on hover. `for`: how long it has lasted.
 * @param {string | null} [iso]
 * @param {'ago' | 'for'} [form]
 */
export function timeOf(iso = null, form = 'ago') {
  const element = h('time', { 'data-form': form });
  setTime(element, iso);
  return element;
}

/**
 * @param {HTMLTimeElement} element
 * @param {string | null} iso
 */
export function setTime(element, iso) {
  if (element.dateTime === (iso ?? '')) return refresh(element);
  setAttributes(element, { datetime: iso ?? undefined, title: iso === null ? undefined : absolute(iso) });
  refresh(element);
}

/** @param {HTMLTimeElement} element */
function refresh(element) {
  const { dateTime, dataset } = element;
  if (dateTime === '') return setText(element, '–');
  const seconds = Math.max(0, (nowMs() - Date.parse(dateTime)) / 1000);
  setText(element, dataset.form === 'for' ? duration(Math.floor(seconds)) : ago(dateTime, nowMs()));
}

/** Lets all times on the page grow older. */
export function refreshTimes() {
  for (const element of document.querySelectorAll('time')) refresh(element);
}
