/** JSON values without their secrets. */
import { keyOfName } from './keys.ts';
import { placeholderOf } from './span.ts';
import { isHarmless, looksLikeCredential } from './values.ts';

type Json = Record<string, unknown>;

/** `redact`: for texts. `name`: what the value is called, if anything. */
export function redactValue(value: unknown, redact: (text: string) => string, name?: string): unknown {
  const key = name === undefined ? undefined : keyOfName(name);
  if (key !== undefined && key.takes !== 'query') {
    return mapTexts(value, redact, (leaf) => hidden(leaf, key.kind, key.takes === 'credential', redact));
  }
  return mapTexts(value, redact, undefined);
}

/** The leaf under a secret's name: hidden whole, unless it says something about the secret instead of being it. */
function hidden(leaf: unknown, kind: string, isWeak: boolean, redact: (text: string) => string): unknown {
  if (typeof leaf === 'number' || typeof leaf === 'bigint') return isWeak ? leaf : placeholderOf(kind);
  if (typeof leaf !== 'string') return leaf;
  const all = { start: 0, end: leaf.length };
  if (isHarmless(leaf, all) || (isWeak && !looksLikeCredential(leaf, all))) return redact(leaf);
  return placeholderOf(kind);
}

/** Copies only what changes. `hide`: what becomes of leaves under a secret's name. */
function mapTexts(
  value: unknown,
  redact: (text: string) => string,
  hide: ((leaf: unknown) => unknown) | undefined,
): unknown {
  if (typeof value !== 'object' || value === null) {
    return hide ? hide(value) : typeof value === 'string' ? redact(value) : value;
  }
  return Array.isArray(value) ? mapArray(value, redact, hide) : mapObject(value as Json, redact, hide);
}

type Hide = Parameters<typeof mapTexts>[2];

/** Names of headers, as in the flat lists that HTTP clients print: `["Cookie", "sid=...", "Accept", ...]`. */
const HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*(?:api-?key|token|secret))$/i;

function mapArray(values: readonly unknown[], redact: (text: string) => string, hide: Hide): unknown {
  let copy: unknown[] | undefined;
  values.forEach((each, i) => {
    const before = values[i - 1];
    const name = typeof before === 'string' && HEADER.test(before) ? before : undefined;
    const mapped = name === undefined ? mapTexts(each, redact, hide) : redactValue(each, redact, name);
    if (mapped === each) return;
    copy ??= [...values];
    copy[i] = mapped;
  });
  return copy ?? values;
}

function mapObject(fields: Json, redact: (text: string) => string, hide: Hide): unknown {
  const called = nameOf(fields);
  const names = Object.keys(fields);
  let copy: Json | undefined;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const value = fields[name];
    const own = called !== undefined && name.toLowerCase() === 'value' ? called : name;
    const mapped = hide ? mapTexts(value, redact, hide) : redactValue(value, redact, own);
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
