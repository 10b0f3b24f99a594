/**
 * What the service tells while the page is open, and whether it still does. Keeps one overview, never a history. A page
 * that nobody looks at for long lets go of its stream: browsers give a host only six connections.
 */
import { API, get } from './api.js';
import { setNow } from './clock.js';
import { merged } from './merge.js';

/** @import { Beat, Overview, Update } from '../schema/overview.ts' */

/**
 * `since`: when something was heard last, by the reader's clock, in milliseconds; null: never.
 * @typedef {{ readonly state: 'connecting' | 'live' | 'lost', readonly since: number | null }} Link
 */

/**
 * @typedef {{ readonly kind: 'snapshot' } | { readonly kind: 'update', readonly update: Update } | { readonly kind: 'beat' } | { readonly kind: 'link' }} News
 */

/** The service sends something every 5 s. */
const SILENCE_MS = 15_000;
/** Streams end and begin again all the time: so long nobody needs to know. */
const GRACE_MS = 5_000;
const RETRY_MS = 3_000;
const HIDDEN_MS = 300_000;

export class Live {
  /** @type {Overview | undefined} */
  overview = undefined;
  /** @type {Link} */
  link = { state: 'connecting', since: null };
  /** @type {((news: News) => void)[]} */
  #listeners = [];
  /** @type {EventSource | undefined} */
  #source = undefined;
  #heardMs = 0;
  #openedMs = 0;
  /** When the stream broke off; 0: it has not. */
  #brokenMs = 0;
  #hiddenMs = 0;

  start() {
    this.#hiddenMs = document.hidden ? Date.now() : 0;
    this.#open();
    setInterval(() => this.#check(), 1_000);
    document.addEventListener('visibilitychange', () => {
      this.#hiddenMs = document.hidden ? Date.now() : 0;
      this.#check();
    });
  }

  /** @param {(news: News) => void} listener */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  #open() {
    this.#source?.close();
    this.#openedMs = Date.now();
    const source = new EventSource(`${API}/events`);
    this.#source = source;
    source.addEventListener('snapshot', ({ data }) => {
      /** @type {Overview} */
      const overview = JSON.parse(data);
      this.overview = overview;
      this.#heard(overview.now, { kind: 'snapshot' });
    });
    source.addEventListener('update', ({ data }) => {
      /** @type {Update} */
      const update = JSON.parse(data);
      if (this.overview === undefined) return;
      this.overview = merged(this.overview, update);
      this.#heard(update.now, { kind: 'update', update });
    });
    source.addEventListener('beat', ({ data }) => {
      /** @type {Beat} */
      const beat = JSON.parse(data);
      if (this.overview === undefined) return;
      this.overview = { ...this.overview, ...beat };
      this.#heard(beat.now, { kind: 'beat' });
    });
    source.addEventListener('error', () => {
      this.#brokenMs ||= Date.now();
      // The browser gives up on a status that is not 200: that may be a sign-in that ended.
      if (source.readyState === EventSource.CLOSED) get('/overview').catch(() => this.#check());
    });
  }

  /**
   * @param {string} now
   * @param {News} news
   */
  #heard(now, news) {
    setNow(now);
    this.#heardMs = Date.now();
    this.#brokenMs = 0;
    this.#setLink({ state: 'live', since: this.#heardMs });
    this.#tell(news);
  }

  #check() {
    const nowMs = Date.now();
    if (this.#hiddenMs > 0 && nowMs - this.#hiddenMs > HIDDEN_MS) {
      this.#source?.close();
      this.#source = undefined;
      this.#setLink({ state: 'lost', since: this.#heardMs || null });
      return;
    }
    const isBroken = this.#brokenMs > 0 && nowMs - this.#brokenMs > GRACE_MS;
    const isSilent = nowMs - Math.max(this.#heardMs, this.#openedMs) > SILENCE_MS;
    if (isBroken || isSilent) this.#setLink({ state: 'lost', since: this.#heardMs || null });
    const isClosed = this.#source === undefined || this.#source.readyState === EventSource.CLOSED;
    if ((isClosed && nowMs - this.#openedMs > RETRY_MS) || isSilent) this.#open();
  }

  /** @param {Link} link */
  #setLink(link) {
    const hasChanged = link.state !== this.link.state;
    this.link = link;
    if (hasChanged) this.#tell({ kind: 'link' });
  }

  /** @param {News} news */
  #tell(news) {
    for (const listener of this.#listeners) listener(news);
  }
}
