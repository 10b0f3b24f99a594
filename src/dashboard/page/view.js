/** What a view is, and what the small ones have in common. */
import { ApiProblem, get, isAborted } from './api.js';
import { fill, h } from './dom.js';

/** @import { Live, News } from './live.js' */

/**
 * @typedef {object} View
 * @property {string} title of the document
 * @property {HTMLElement} element
 * @property {(news: News) => void} [onNews]
 * @property {() => void} close
 */

/**
 * @typedef {object} Place
 * @property {string} key what the address names
 * @property {Live} live
 * @property {(title: string) => void} setTitle of the document, once it is known
 */

/** Details are asked for again so often at most. */
const REFRESH_MS = 2_000;
/** Rates and states fall as time passes, without news. */
const AGING_MS = 30_000;

/**
 * A view of one thing: asked for at once and again when the service says that something changed, shown in place.
 * @template T
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.path of the API
 * @param {(answer: T) => { readonly element: HTMLElement, readonly update: (answer: T) => void }} options.show
 * @param {(news: News) => boolean} options.concerns whether it may have changed
 * @returns {View}
 */
export function detailView({ title, path, show, concerns }) {
  const element = h('div', {}, h('h1', { tabindex: -1 }, title), h('p', { class: 'empty' }, 'Loading ...'));
  const aborted = new AbortController();
  /** @type {{ readonly update: (answer: T) => void } | undefined} */
  let shown;
  const load = async () => {
    const answer = /** @type {T} */ (await get(path, aborted.signal));
    if (shown !== undefined) return shown.update(answer);
    const first = show(answer);
    shown = first;
    const hadFocus = element.contains(document.activeElement);
    fill(element, ...first.element.childNodes);
    element.className = first.element.className;
    if (hadFocus) element.querySelector('h1')?.focus({ preventScroll: true });
  };
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const refresh = repeated(load, aborted.signal, (error) => {
    // That the connection is lost is said above, and what is shown stays.
    const isKnown = error === undefined || (error.status === 0 && shown !== undefined);
    problem.hidden = isKnown;
    problem.textContent = isKnown ? '' : error.message;
    if (!isKnown && !problem.isConnected) element.append(problem);
    if (!isKnown && shown === undefined) element.querySelector('.empty')?.remove();
  });
  refresh();
  return {
    title,
    element,
    onNews: (news) => {
      if (concerns(news)) refresh();
    },
    close: () => aborted.abort(),
  };
}

/**
 * Whether news tells of further unclassified records: what no entry fits is in no list of changes.
 * @param {Live} live
 * @returns {(news: News) => boolean}
 */
export function concernsUnclassified(live) {
  let known = live.overview?.totals.unclassified;
  return ({ kind }) => {
    const before = known;
    known = live.overview?.totals.unclassified;
    return known !== before || kind === 'snapshot';
  };
}

/**
 * `load`, one at a time and never more often than every few seconds; what is asked for meanwhile comes once, later.
 * @param {() => Promise<void>} load
 * @param {AbortSignal} signal
 * @param {(problem: ApiProblem | undefined) => void} tell
 */
export function repeated(load, signal, tell) {
  let isBusy = false;
  let isWanted = false;
  const run = async (isAged = false) => {
    isBusy = true;
    isWanted = false;
    try {
      await load();
      tell(undefined);
    } catch (error) {
      if (!isAborted(error)) {
        if (!(error instanceof ApiProblem)) throw error;
        // Nobody asked, and the bar says that the connection is lost.
        if (!isAged || error.status !== 0) tell(error);
      }
    } finally {
      setTimeout(() => {
        isBusy = false;
        if (isWanted && !signal.aborted) run();
      }, REFRESH_MS);
    }
  };
  const ask = () => {
    if (isBusy) isWanted = true;
    else run();
  };
  const aging = setInterval(() => {
    if (!document.hidden && !isBusy) run(true);
  }, AGING_MS);
  signal.addEventListener('abort', () => clearInterval(aging));
  return ask;
}
