/** JSON values without their secrets. */
import { keyOfName, LISTED_HEADER } from './keys.ts';
import { placeholderOf } from './span.ts';
import { isHarmless, looksLikeCredential } from './values.ts';

type Json = Record<string, unknown>;

/**
 * What is nested deeper is replaced whole, unread: the walk recurses, and a few thousand levels overflow the stack.
 * No connector nests its records a tenth as deep.
 */
const MAX_DEPTH = 200;

/** `redact`: for texts. `name`: what the value is called, if anything. */
export function redactValue(value: unknown, redact: (text: string) => string, name?: string, depth = 0): unknown {
  const key = name === undefined ? undefined : keyOfName(name);
  if (key !== undefined && key.takes !== 'query') {
    return mapTexts(value, redact, (leaf) => hidden(leaf, key.kind, key.takes === 'credential', redact), depth);
  }
  return mapTexts(value, redact, undefined, depth);
}

/** The leaf under a secret's name: hidden whole, unless it says something about the secret instead of being it. */
function hidden(leaf: unknown, kind: string, isWeak: boolean, redact: (text: string) => string): unknown {
  if (typeof leaf === 'number' || typeof leaf === 'bigint') return isWeak ? leaf : placeholderOf(kind);
  if (typeof leaf !== 'string') return leaf;
  const all = { start: 0, end: leaf.length };
  if (isHarmless(leaf, all) || (isWeak && !looksLikeCredential(leaf, all))) return redact(leaf);
  return placeholderOf(kind);
}

/** Copies only what changes. `hide`: what becomes of leaves under a secret's name. `depth`: levels around the value. */
function mapTexts(
  value: unknown,
  redact: (text: string) => string,
  hide: ((leaf: unknown) => unknown) | undefined,
  depth: number,
): unknown {
  if (typeof value !== 'object' || value === null) {
    return hide ? hide(value) : typeof value === 'string' ? redact(value) : value;
  }
  if (depth === MAX_DEPTH) return placeholderOf('too-deep');
  return Array.isArray(value)
    ? mapArray(value, redact, hide, depth + 1)
    : mapObject(value as Json, redact, hide, depth + 1);
}

type Hide = Parameters<typeof mapTexts>[2];

const HEADER = new RegExp(`^${LISTED_HEADER}$`, 'i');

function mapArray(values: readonly unknown[], redact: (text: string) => string, hide: Hide, depth: number): unknown {
  let copy: unknown[] | undefined;
  values.forEach((each, i) => {
    const before = values[i - 1];
    const name = typeof before === 'string' && HEADER.test(before) ? before : undefined;
    const mapped = name === undefined ? mapTexts(each, redact, hide, depth) : redactValue(each, redact, name, depth);
    if (mapped === each) return;
    copy ??= [...values];
    copy[i] = mapped;
  });
  return copy ?? values;
}

function mapObject(fields: Json, redact: (text: string) => string, hide: Hide, depth: number): unknown {
  const called = nameOf(fields);
  const names = Object.keys(fields);
  let copy: Json | undefined;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = fields[name];
    const own = called !== undefined && name.toLowerCase() === 'value' ? called : name;
    const mapped = hide ? mapTexts(value, redact, hide, depth) : redactValue(value, redact, own, depth);
    const safeName = redact(name);
    if (mapped === value && safeName === name && copy === undefined) continue;
    copy ??= copyOf(fields, names.slice(0, i));
    copy[freeName(copy, safeName)] = mapped;
  }
  return copy ?? fields;
}

/** The name in `{"name": "password", "value": ...}`. */
function nameOf(fields: Json): string | undefined {
  const called = fields.name ?? fields.key ?? fields.header;
  return typeof called === 'string' && keyOfName(called) !== undefined ? called : undefined;
}

/** Has no prototype, so that any name is safe. */
function copyOf(fields: Json, names: readonly string[]): Json {
  const copy: Json = Object.create(null);
  for (const name of names) copy[name] = fields[name];
  return copy;
}

/** Two names may become one placeholder. */
function freeName(fields: Json, name: string): string {
  if (!Object.hasOwn(fields, name)) return name;
  let count = 2;
  while (Object.hasOwn(fields, `${name} ${count}`)) count++;
  return `${name} ${count}`;
}
