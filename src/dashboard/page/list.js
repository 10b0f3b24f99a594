/** A list of the API with its filters and pages, which stand in the address so that it can be shared. */
import { get, isAborted } from './api.js';
import { fill, h, setText } from './dom.js';
import { count } from './format.js';
import { LiveTable } from './table.js';
import { repeated } from './view.js';

/** @import { Overview } from '../schema/overview.ts' */
/** @import { Column } from './table.js' */

/**
 * @typedef {object} Field
 * @property {string} name as in the query of the API
 * @property {string} label
 * @property {readonly (readonly [value: string, text: string])[]} [options] left out: a text is searched for. The first
 *   one is what holds when nothing is chosen.
 */

/**
 * @template Row
 * @typedef {object} ListOptions
 * @property {string} path of the API
 * @property {string} caption of the table, also what its rows are called
 * @property {string} name of its style
 * @property {readonly Column<Row>[]} columns
 * @property {(row: Row) => string} keyOf
 * @property {readonly Field[]} fields
 * @property {(isFiltered: boolean) => Node} empty what to say without rows
 */

const PAGE_ROWS = 50;
const TYPING_MS = 250;

/** @template Row */
export class LiveList {
  element = h('section', { class: 'list' });
  /** @type {ListOptions<Row>} */
  #options;
  /** @type {LiveTable<Row>} */
  #table;
  #range = h('span', { class: 'range' });
  #held = h('span', { class: 'held' });
  #spoken = h('p', { class: 'unseen', role: 'status' });
  #problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  #empty = h('div', { class: 'empty', hidden: true });
  #previous = h('button', { type: 'button' }, 'Previous');
  #next = h('button', { type: 'button' }, 'Next');
  #form = h('form', { class: 'filters', role: 'search' });
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #inputs = new Map();
  /** @type {Overview['catalog']['apps']} */
  #apps = [];
  #offset = 0;
  #isWanted = true;
  #aborted = new AbortController();
  #asked = new AbortController();
  #typing = 0;
  /** Asks for the rows again, soon. */
  refresh;

  /** @param {ListOptions<Row>} options */
  constructor(options) {
    this.#options = options;
    this.#table = new LiveTable(options);
    this.#table.onHold = (isHeld) => setText(this.#held, isHeld ? 'Order kept while you are in the table' : '');
    const given = new URLSearchParams(location.search);
    this.#offset = Math.max(0, Math.floor(Number(given.get('offset')) || 0));
    for (const field of options.fields) this.#addField(field, given.get(field.name) ?? '');
    this.#form.setAttribute('aria-label', `Filter ${options.caption.toLowerCase()}`);
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#changed();
    });
    this.#previous.addEventListener('click', () => this.#turn(-PAGE_ROWS));
    this.#next.addEventListener('click', () => this.#turn(PAGE_ROWS));
    const pager = h('div', { class: 'pager' }, this.#held, this.#range, this.#previous, this.#next);
    const scroller = h('div', { class: 'scroller' }, this.#table.element);
    fill(
      this.element,
      h('div', { class: 'tools' }, this.#form, pager),
      this.#spoken,
      this.#problem,
      scroller,
      this.#empty,
    );
    this.refresh = repeated(
      () => this.#load(),
      this.#aborted.signal,
      // That the connection is lost is said above, and what is shown stays.
      (problem) => this.#tell(problem?.status === 0 && !this.#isWanted ? undefined : problem?.message),
    );
    this.refresh();
  }

  /** @param {readonly Row[]} rows some that changed */
  patch(rows) {
    this.#table.patch(rows);
  }

  /**
   * The apps to choose from are known only later, and change with the catalog; what is chosen stays, even if it is not
   * among them.
   * @param {Overview['catalog']['apps']} apps
   * @param {readonly (readonly [value: string, text: string])[]} [others] before them
   */
  setApps(apps, others = []) {
    const select = this.#inputs.get('app');
    if (!(select instanceof HTMLSelectElement) || apps === this.#apps) return;
    this.#apps = apps;
    const ofApps = apps.map(({ key, name }) => /** @type {const} */ ([key, name]));
    fillSelect(select, [['', 'All apps'], ...others, ...ofApps], select.value);
  }

  close() {
    clearTimeout(this.#typing);
    this.#aborted.abort();
    this.#asked.abort();
  }

  /**
   * @param {Field} field
   * @param {string} value
   */
  #addField({ name, label, options }, value) {
    const input =
      options === undefined
        ? h('input', { type: 'search', name, maxlength: 200, value, spellcheck: 'false', autocomplete: 'off' })
        : h('select', { name });
    if (input instanceof HTMLSelectElement) fillSelect(input, options ?? [], value);
    input.addEventListener(options === undefined ? 'input' : 'change', () => {
      clearTimeout(this.#typing);
      this.#typing = window.setTimeout(() => this.#changed(), options === undefined ? TYPING_MS : 0);
    });
    this.#inputs.set(name, input);
    this.#form.append(h('label', {}, h('span', {}, label), input));
  }

  #changed() {
    clearTimeout(this.#typing);
    this.#offset = 0;
    this.#want();
  }

  /** @param {number} by */
  #turn(by) {
    this.#offset = Math.max(0, this.#offset + by);
    this.#want();
  }

  /** What the reader asks for comes at once, whatever else was asked for. */
  async #want() {
    const query = this.#query().toString();
    history.replaceState(history.state, '', query === '' ? location.pathname : `?${query}`);
    this.#isWanted = true;
    this.#asked.abort();
    this.#asked = new AbortController();
    const { signal } = this.#asked;
    try {
      await this.#load();
      if (signal.aborted) return;
      this.#tell(undefined);
      setText(this.#spoken, `${this.#range.textContent} ${this.#options.caption.toLowerCase()}`);
    } catch (error) {
      if (isAborted(error)) return;
      if (!(error instanceof Error)) throw error;
      this.#tell(error.message);
    }
  }

  /** What differs from what holds anyway. */
  #query() {
    const query = new URLSearchParams();
    for (const { name, options } of this.#options.fields) {
      const value = this.#inputs.get(name)?.value.trim() ?? '';
      if (value !== '' && value !== options?.[0]?.[0]) query.set(name, value);
    }
    if (this.#offset > 0) query.set('offset', String(this.#offset));
    return query;
  }

  async #load() {
    const query = this.#query();
    const isFiltered = [...query.keys()].some((name) => name !== 'offset' && name !== 'sort');
    query.set('limit', String(PAGE_ROWS));
    const { signal } = this.#asked;
    const answer = await get(`${this.#options.path}?${query}`, signal);
    if (signal.aborted) return;
    const { rows, total } = /** @type {{ readonly rows: readonly Row[], readonly total: number }} */ (answer);
    if (rows.length === 0 && total > 0) {
      // The list became shorter than this page.
      this.#offset = Math.floor((total - 1) / PAGE_ROWS) * PAGE_ROWS;
      return this.#want();
    }
    this.#table.show(rows, { isWanted: this.#isWanted });
    this.#isWanted = false;
    this.#table.element.hidden = total === 0;
    const hadNothing = !this.#empty.hidden;
    this.#empty.hidden = total > 0;
    if (total === 0 && (!hadNothing || this.#empty.dataset.filtered !== String(isFiltered))) {
      this.#empty.dataset.filtered = String(isFiltered);
      fill(this.#empty, this.#options.empty(isFiltered));
    }
    const last = this.#offset + rows.length;
    setText(this.#range, total === 0 ? 'None' : `${count(this.#offset + 1)}–${count(last)} of ${count(total)}`);
    this.#previous.disabled = this.#offset === 0;
    this.#next.disabled = last >= total;
  }

  /** @param {string | undefined} problem */
  #tell(problem) {
    this.#problem.hidden = problem === undefined;
    setText(this.#problem, problem ?? '');
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly (readonly [string, string])[]} options
 * @param {string} value
 */
function fillSelect(select, options, value) {
  const isKnown = value === '' || options.some(([each]) => each === value);
  const all = isKnown ? options : [...options, /** @type {const} */ ([value, value])];
  fill(select, ...all.map(([each, text]) => h('option', { value: each, selected: each === value }, text)));
}
