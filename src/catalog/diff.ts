/** What another version of the catalog says otherwise. Order of entries, aliases and cues does not count. */
import type { Catalog, CatalogApp, CatalogEntry, CatalogPattern } from './catalog.ts';

/** One field of an entry that has another value; those of the resolution are named `resolution.steps` and so on. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Patterns with equal text but another confidence or condition are changed, not removed and added. */
export interface PatternChanges {
  readonly added: readonly CatalogPattern[];
  readonly removed: readonly CatalogPattern[];
  readonly changed: readonly { readonly from: CatalogPattern; readonly to: CatalogPattern }[];
  /** The same patterns in another order, which changes no answer. */
  readonly reordered: boolean;
}

export interface EntryChange {
  readonly id: string;
  /** Names of all fields that differ, `patterns` included. */
  readonly fields: readonly string[];
  readonly changes: readonly FieldChange[];
  readonly patterns: PatternChanges | undefined;
}

export interface AppChange {
  readonly key: string;
  readonly name: { readonly from: string; readonly to: string } | undefined;
  readonly aliases: ListChange<string>;
}

export interface ListChange<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export interface CatalogDiff {
  readonly version: { readonly from: string; readonly to: string };
  readonly digest: { readonly from: string; readonly to: string };
  readonly entries: ListChange<CatalogEntry> & { readonly changed: readonly EntryChange[] };
  readonly apps: ListChange<CatalogApp> & { readonly changed: readonly AppChange[] };
  readonly quoted: ListChange<Catalog['quoted'][number]>;
  /** Everything is the same, the version included. */
  readonly isEmpty: boolean;
}

export function diffCatalogs(from: Catalog, to: Catalog): CatalogDiff {
  const entries = pairUp(from.entries, to.entries, ({ id }) => id);
  const apps = pairUp(from.apps, to.apps, ({ key }) => key);
  const quoted = listChange(from.quoted, to.quoted);
  const changedEntries = entries.both.flatMap(([a, b]) => changeOfEntry(a, b));
  const changedApps = apps.both.flatMap(([a, b]) => changeOfApp(a, b));
  const lists = [entries.added, entries.removed, changedEntries, apps.added, apps.removed, changedApps];
  return {
    version: { from: from.version, to: to.version },
    digest: { from: from.digest, to: to.digest },
    entries: { added: entries.added, removed: entries.removed, changed: changedEntries },
    apps: { added: apps.added, removed: apps.removed, changed: changedApps },
    quoted,
    isEmpty: from.version === to.version && [...lists, quoted.added, quoted.removed].every((list) => list.length === 0),
  };
}

/** Where an entry stands changes with every line above it, and its id and app are how it was found. */
const NOT_COMPARED: readonly string[] = [
  'id',
  'app',
  'location',
  'patterns',
  'resolution',
] satisfies (keyof CatalogEntry)[];

function changeOfEntry(a: CatalogEntry, b: CatalogEntry): EntryChange[] {
  const own = changedFields(a, b).filter(({ field }) => !NOT_COMPARED.includes(field));
  const resolution = changedFields(a.resolution, b.resolution);
  const changes = [...own, ...resolution.map((change) => ({ ...change, field: `resolution.${change.field}` }))];
  const patterns = same(a.patterns, b.patterns) ? undefined : patternChanges(a.patterns, b.patterns);
  const fields = [...(patterns ? ['patterns'] : []), ...changes.map(({ field }) => field)];
  return fields.length === 0 ? [] : [{ id: a.id, fields, changes, patterns }];
}

/** Takes every field there is, so that one added to the catalog later cannot be overlooked. */
function changedFields(a: object, b: object): FieldChange[] {
  const before = new Map<string, unknown>(Object.entries(a));
  const after = new Map<string, unknown>(Object.entries(b));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => !same(before.get(name), after.get(name)))
    .map((field) => ({ field, from: before.get(field), to: after.get(field) }));
}

function patternChanges(a: readonly CatalogPattern[], b: readonly CatalogPattern[]): PatternChanges {
  const { added, removed } = listChange(a, b);
  const gone = [...removed];
  const fresh: CatalogPattern[] = [];
  const changed: { from: CatalogPattern; to: CatalogPattern }[] = [];
  for (const to of added) {
    const index = gone.findIndex(({ text }) => text === to.text);
    const from = gone[index];
    if (from === undefined) fresh.push(to);
    else changed.push({ from, to });
    if (index >= 0) gone.splice(index, 1);
  }
  return { added: fresh, removed: gone, changed, reordered: added.length + removed.length === 0 };
}

function changeOfApp(a: CatalogApp, b: CatalogApp): AppChange[] {
  const aliases = listChange(a.aliases, b.aliases);
  const name = a.name === b.name ? undefined : { from: a.name, to: b.name };
  const isSame = name === undefined && aliases.added.length + aliases.removed.length === 0;
  return isSame ? [] : [{ key: a.key, name, aliases }];
}

function pairUp<T>(from: readonly T[], to: readonly T[], keyOf: (each: T) => string) {
  const before = new Map(from.map((each) => [keyOf(each), each]));
  const after = new Map(to.map((each) => [keyOf(each), each]));
  return {
    added: to.filter((each) => !before.has(keyOf(each))),
    removed: from.filter((each) => !after.has(keyOf(each))),
    both: from.flatMap((each): [T, T][] => {
      const other = after.get(keyOf(each));
      return other === undefined ? [] : [[each, other]];
    }),
  };
}

function listChange<T>(from: readonly T[], to: readonly T[]): ListChange<T> {
  const { added, removed } = pairUp(from, to, canonical);
  return { added, removed };
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with sorted keys: the order in which a file gives fields does not count. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? 'undefined'
  );
}
