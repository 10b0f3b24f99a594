/** What answers take from the catalog in use: looked up by id, and made again when another catalog takes over. */
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import type { Resolution } from '../catalog/schema.ts';
import type { ErrorKind } from './connector-state.ts';
import type { Advice } from './schema/base.ts';

/** With such an action nothing is read any more until a person connects again; the metrics count the same ones. */
const BREAKING_ACTIONS: readonly Resolution['action'][] = ['reconnect', 'renew-credentials'];

export class CatalogView {
  readonly catalog: Catalog;
  private readonly entries: ReadonlyMap<string, CatalogEntry>;
  private readonly names: ReadonlyMap<string, string>;
  private readonly kinds: ReadonlyMap<string, ErrorKind>;

  constructor(catalog: Catalog) {
    this.catalog = catalog;
    this.entries = new Map(catalog.entries.map((entry) => [entry.id, entry]));
    this.names = new Map(catalog.apps.map(({ key, name }) => [key, name]));
    this.kinds = new Map(
      catalog.entries.map(({ id, resolution: { action, retryable } }) => [
        id,
        { breaks: BREAKING_ACTIONS.includes(action), lasts: !retryable },
      ]),
    );
  }

  entry(id: string | null): CatalogEntry | undefined {
    return id === null ? undefined : this.entries.get(id);
  }

  appName(key: string | null): string | null {
    return key === null ? null : (this.names.get(key) ?? null);
  }

  /** Undefined where the catalog does not say. */
  kind(errorType: string | null): ErrorKind | undefined {
    return errorType === null ? undefined : this.kinds.get(errorType);
  }

  advice(errorType: string | null): Advice | null {
    const resolution = this.entry(errorType)?.resolution;
    if (resolution === undefined) return null;
    const { action, owner, retryable, summary } = resolution;
    return { action, owner, retryable, summary };
  }
}
