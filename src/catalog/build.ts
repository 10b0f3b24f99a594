/** Validated files -> the catalog as the rest of the program sees it. */
import { createHash } from 'node:crypto';
import {
  type Catalog,
  type CatalogApp,
  type CatalogEntry,
  type CatalogPattern,
  type Part,
  placeKey,
} from './catalog.ts';
import { httpStatusTexts } from './http-status.ts';
import {
  ALL_APPS,
  type AppFile,
  type EntrySpec,
  type InferredSpec,
  type Manifest,
  type PatternSpec,
} from './schema.ts';

/** A file's content, and where in the file each value stands. */
export interface Parsed<T> {
  readonly value: T;
  readonly path: string;
  /** Line and column, from 1 up, of the value at the path or of its nearest parent. */
  readonly at: (path: readonly PropertyKey[]) => { line: number; column: number };
}

export function buildCatalog(manifest: Manifest, files: readonly Parsed<AppFile>[]): Catalog {
  const apps: CatalogApp[] = files
    .filter(({ value }) => value.app.key !== ALL_APPS)
    .map(({ value: { app } }) => ({ key: app.key, name: app.name, aliases: app.aliases ?? [] }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const entries = files
    .flatMap((file) => file.value.entries.map((entry, i) => toEntry(entry, file, i)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const quoted = manifest.quoted ?? [];
  const decisive = { apps, quoted, entries: entries.map(({ location: _, examples: __, ...rest }) => rest) };
  const digest = createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16);
  return freezeDeep({ version: manifest.version, digest, apps, quoted, entries, places: placesOf(files) });
}

function toEntry(entry: EntrySpec, file: Parsed<AppFile>, index: number): CatalogEntry {
  const { line, column } = file.at(['entries', index, 'id']);
  return {
    id: entry.id,
    app: file.value.app.key,
    title: entry.title,
    source: entry.source,
    generic: entry.generic ?? false,
    patterns: [...entry.patterns.map(toPattern), ...(entry.inferred ?? []).flatMap(toInferred)],
    description: entry.description,
    resolution: entry.resolution,
    examples: entry.examples,
    location: `${file.path}:${line}:${column}`,
  };
}

/** Where patterns, examples, resolutions and names stand, in all files. */
function placesOf(files: readonly Parsed<AppFile>[]): Record<string, string> {
  const places: Record<string, string> = {};
  for (const file of files) {
    const note = (owner: string, part: Part, index: number, path: readonly PropertyKey[]) => {
      const { line, column } = file.at(path);
      places[placeKey(owner, part, index)] = `${file.path}:${line}:${column}`;
    };
    const { app, entries } = file.value;
    note(app.key, 'app', 0, ['app', 'key']);
    app.aliases?.forEach((_, i) => {
      note(app.key, 'aliases', i, ['app', 'aliases', i]);
    });
    entries.forEach(({ id, patterns, inferred = [], examples }, e) => {
      const path = ['entries', e];
      const texts = [
        ...patterns.map((_, i) => [...path, 'patterns', i]),
        ...inferred.flatMap((condition, i) => toInferred(condition).map(() => [...path, 'inferred', i])),
      ];
      texts.forEach((each, i) => {
        note(id, 'patterns', i, each);
      });
      note(id, 'resolution', 0, [...path, 'resolution']);
      for (const part of ['match', 'noMatch'] as const) {
        examples[part].forEach((_, i) => {
          note(id, part, i, [...path, 'examples', part, i]);
        });
      }
    });
  }
  return places;
}

export function toPattern(spec: PatternSpec): CatalogPattern {
  if (typeof spec === 'string')
    return { text: spec, confidence: 'exact', needsApp: false, adjacent: false, unless: [] };
  return {
    text: spec.text,
    confidence: spec.confidence ?? 'exact',
    needsApp: spec.needsApp ?? false,
    adjacent: spec.adjacent ?? false,
    unless: [],
  };
}

/** The patterns of one condition; without an app in the record it says nothing. */
export function toInferred({ http, text, with: also, unless = [] }: InferredSpec): CatalogPattern[] {
  const words = unless.map((word) => word.toLowerCase());
  const texts = http === undefined ? [text!] : httpStatusTexts(http);
  const all = also === undefined ? texts : texts.flatMap((each) => [`${each} {...} ${also}`, `${also} {...} ${each}`]);
  return all.map((each) => ({ text: each, confidence: 'inferred', needsApp: true, adjacent: false, unless: words }));
}

function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freezeDeep(each);
  }
  return value;
}
