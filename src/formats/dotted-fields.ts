/** Fields by names such as `error.type`, whether they are written with dots or as objects in objects. */
import { type Fields, isFields } from '../events/connector-event.ts';

/** Objects deeper than this, or below a longer name, stay one value: each name in them would repeat the names above it. */
const MAX_DEPTH = 8;
const MAX_PREFIX_CHARS = 256;

/**
 * Each field is taken once; what nobody took are the event's attributes. Names that stand in several of the sources have
 * the value of the first one.
 */
export class DottedFields {
  readonly #fields = new Map<string, unknown>();

  constructor(...sources: readonly Fields[]) {
    for (const source of sources) this.#add('', source, 0);
  }

  /** The first of these that has a value. The others stay. */
  take(...names: readonly string[]): unknown {
    for (const name of names) {
      const value = this.#fields.get(name);
      if (value === undefined || value === '') continue;
      this.#fields.delete(name);
      return value;
    }
    return undefined;
  }

  /** The first of these that is a text that is not empty; numbers are written out. */
  takeText(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const text = this.text(name);
      if (text === undefined) continue;
      this.#fields.delete(name);
      return text;
    }
    return undefined;
  }

  /** Leaves it where it is. */
  text(name: string): string | undefined {
    return textOf(this.#fields.get(name));
  }

  /** Has no prototype, so that any name is safe. */
  rest(): Fields {
    const rest: Fields = Object.create(null);
    for (const [name, value] of this.#fields) rest[name] = value;
    return rest;
  }

  #add(prefix: string, source: Fields, depth: number): void {
    for (const name of Object.keys(source)) {
      const value = source[name];
      if (value === null || value === undefined) continue;
      const path = `${prefix}${name}`;
      const isOpened = isFields(value) && depth < MAX_DEPTH && path.length <= MAX_PREFIX_CHARS;
      if (isOpened) this.#add(`${path}.`, value, depth + 1);
      else if (!this.#fields.has(path)) this.#fields.set(path, value);
    }
  }
}

/** A text that is not empty; numbers are written out. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}
