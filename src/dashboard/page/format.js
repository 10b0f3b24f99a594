/** Numbers, spans of time and closed sets in words. */

const WHOLE = new Intl.NumberFormat('en');
const ONE_DIGIT = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** @param {number} value */
export function count(value) {
  return WHOLE.format(value);
}

/**
 * With few digits, where space is short: 12,345 and 1.2M.
 * @param {number} value
 */
export function shortCount(value) {
  return value < 100_000 ? WHOLE.format(Math.round(value)) : SHORT.format(value);
}

/** @param {number} value */
export function rate(value) {
  if (value > 0 && value < 0.1) return '<0.1';
  return value < 100 ? ONE_DIGIT.format(value) : shortCount(value);
}

/** @param {number} share 0 to 1 */
export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${ONE_DIGIT.format(seconds)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) {
    const minutes = Math.floor((seconds % 3_600) / 60);
    return minutes === 0 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 3_600)} h ${minutes} min`;
  }
  const hours = Math.floor((seconds % 86_400) / 3_600);
  return hours === 0 ? `${Math.floor(seconds / 86_400)} d` : `${Math.floor(seconds / 86_400)} d ${hours} h`;
}

/**
 * @param {string} iso
 * @param {number} nowMs
 */
export function ago(iso, nowMs) {
  const seconds = (nowMs - Date.parse(iso)) / 1000;
  return seconds < 2 ? 'now' : `${duration(Math.floor(seconds))} ago`;
}

/**
 * When something was, in the reader's time: without the date when that is today's.
 * @param {number} ms
 * @param {number} nowMs
 */
export function moment(ms, nowMs) {
  const [day, time] = dayAndTime(ms);
  return day === dayAndTime(nowMs)[0] ? time : `${day} ${time}`;
}

/**
 * @param {number} ms
 * @returns {[day: string, time: string]} such as 2026-11-24 and 12:00:00
 */
function dayAndTime(ms) {
  const [day = '', time = ''] = new Date(ms).toLocaleString('sv-SE').split(' ');
  return [day, time];
}

/**
 * The moment in the reader's time and in UTC.
 * @param {string} iso
 */
export function absolute(iso) {
  const date = new Date(iso);
  const local = date.toLocaleString('sv-SE', { timeZoneName: 'short' });
  return `${local} (${date.toISOString()})`;
}

/** @type {Readonly<Record<string, string>>} */
const OWNERS = {
  customer: 'the customer',
  'app-admin': "the app's administrator",
  vendor: "the app's vendor",
  us: 'us',
};

/** @param {string} owner */
export function ownerName(owner) {
  return OWNERS[owner] ?? owner;
}

/**
 * `grant-permission` as "Grant permission".
 * @param {string} action
 */
export function actionName(action) {
  const words = action.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** @param {boolean} retryable */
export function retryText(retryable) {
  return retryable ? 'worth it: waiting alone may help' : 'not worth it: somebody has to act first';
}

/** @type {Readonly<Record<string, string>>} */
export const CONFIDENCES = {
  exact: 'the known text as it stands',
  normalized: 'the known text, once case, blanks and escapes are undone',
  partial: 'the deciding part of the known text',
  inferred: 'a guess: the same condition in other words',
};
