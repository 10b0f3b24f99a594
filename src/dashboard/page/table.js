/**
 * A table whose rows change while people look at it: cells change in place, and no row moves while the pointer or the
 * focus is in the table.
 */
import { arrange, h } from './dom.js';

/** A pointer that rests for longer has been left there. */
const HELD_MS = 60_000;

/**
 * `cell` fills the cell and gives what brings it up to date.
 * @template Row
 * @typedef {{ readonly head: string, readonly name: string, readonly cell: (parent: HTMLElement) => (row: Row) => void }} Column
 */

/**
 * A column's cell out of one of `cells.js`.
 * @template Row, Value
 * @param {(parent: HTMLElement) => (value: Value) => void} make
 * @param {(row: Row) => NoInfer<Value>} of what it shows of a row
 * @returns {Column<Row>['cell']}
 */
export function showing(make, of) {
  return (parent) => {
    const show = make(parent);
    return (row) => show(of(row));
  };
}

/** @template Row */
export class LiveTable {
  /** Told when rows wait for the pointer to leave. @type {(isHeld: boolean) => void} */
  onHold = () => undefined;
  /** @type {readonly Column<Row>[]} */
  #columns;
  /** @type {(row: Row) => string} */
  #keyOf;
  #body = h('tbody', { role: 'rowgroup' });
  /** @type {Map<string, { readonly element: HTMLTableRowElement, readonly update: (row: Row) => void }>} */
  #shown = new Map();
  /** @type {readonly Row[] | undefined} */
  #waiting = undefined;
  #movedMs = 0;

  /** @param {{ readonly caption: string, readonly name: string, readonly columns: readonly Column<Row>[], readonly keyOf: (row: Row) => string }} options */
  constructor({ caption, name, columns, keyOf }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    const heads = columns.map((column) =>
      h('th', { scope: 'col', role: 'columnheader', class: column.name }, column.head),
    );
    // Narrow screens lay rows out as cards, which takes the roles that the elements have by themselves.
    this.element = h(
      'table',
      { class: `rows ${name}`, role: 'table' },
      h('caption', { class: 'unseen' }, caption),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...heads)),
      this.#body,
    );
    for (const event of ['pointerenter', 'pointermove']) {
      this.#body.addEventListener(event, () => {
        this.#movedMs = Date.now();
      });
    }
    for (const event of ['pointerleave', 'focusout']) {
      // The focus is nowhere while it moves from one row to the next.
      this.#body.addEventListener(event, () => setTimeout(() => this.#release(), 100));
    }
  }

  /**
   * @param {readonly Row[]} rows all of them, in order
   * @param {{ readonly isWanted: boolean }} reason whether the reader asked for it: then it is shown at once
   */
  show(rows, { isWanted }) {
    this.#waiting = rows;
    if (isWanted || !this.#isHeld()) return this.#arrange(rows);
    this.patch(rows);
    this.onHold(this.#differs(rows));
  }

  /** @param {readonly Row[]} rows those that are shown are brought up to date */
  patch(rows) {
    for (const row of rows) this.#shown.get(this.#keyOf(row))?.update(row);
  }

  #isHeld() {
    const { activeElement } = document;
    const isFocused = activeElement !== null && this.#body.contains(activeElement);
    return isFocused || (this.#body.matches(':hover') && Date.now() - this.#movedMs < HELD_MS);
  }

  #release() {
    if (this.#waiting !== undefined && !this.#isHeld()) this.#arrange(this.#waiting);
  }

  /** @param {readonly Row[]} rows */
  #differs(rows) {
    const keys = [...this.#shown.keys()];
    return rows.length !== keys.length || rows.some((row, i) => this.#keyOf(row) !== keys[i]);
  }

  /** @param {readonly Row[]} rows */
  #arrange(rows) {
    this.#waiting = undefined;
    const before = this.#shown;
    this.#shown = new Map();
    for (const row of rows) {
      const key = this.#keyOf(row);
      const shown = before.get(key) ?? this.#create();
      shown.update(row);
      this.#shown.set(key, shown);
    }
    arrange(
      this.#body,
      [...this.#shown.values()].map(({ element }) => element),
    );
    this.onHold(false);
  }

  #create() {
    const element = h('tr', { role: 'row' });
    const updates = this.#columns.map(({ head, name, cell }) => {
      const td = h('td', { class: name, role: 'cell', 'data-head': head });
      element.append(td);
      return cell(td);
    });
    return {
      element,
      update: (/** @type {Row} */ row) => {
        for (const update of updates) update(row);
      },
    };
  }
}
