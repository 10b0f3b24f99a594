/** Small catalogs for tests: only what decides answers has to be given. */
import type { Catalog, CatalogEntry, CatalogPattern } from '../../src/catalog/catalog.ts';
import { ALL_APPS } from '../../src/catalog/schema.ts';

export interface EntrySketch {
  readonly id: string;
  readonly patterns: readonly (string | (Partial<CatalogPattern> & { readonly text: string }))[];
  readonly generic?: boolean;
}

/** The app of an entry is the part of its id before the dot. */
export function catalogOf(...sketches: readonly EntrySketch[]): Catalog {
  const entries = sketches.map(toEntry);
  const keys = [...new Set(entries.map((entry) => entry.app))].filter((app) => app !== ALL_APPS).sort();
  const apps = keys.map((key) => ({ key, name: key, aliases: [] }));
  return { version: '1.0.0', digest: 'test', apps, quoted: [], entries, places: {} };
}

function toEntry({ id, patterns, generic = false }: EntrySketch): CatalogEntry {
  return {
    id,
    app: id.split('.')[0]!,
    title: id,
    source: undefined,
    generic,
    patterns: patterns.map((pattern) => ({
      confidence: 'exact',
      needsApp: false,
      adjacent: false,
      unless: [],
      ...(typeof pattern === 'string' ? { text: pattern } : pattern),
    })),
    description: id,
    resolution: { summary: id, steps: [id], action: 'retry', owner: 'us', retryable: true },
    examples: { match: [], noMatch: [] },
    location: 'test',
  };
}
