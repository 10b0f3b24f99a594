/**
 * What a library user gets: the catalog and the matcher, and nothing that speaks Kafka, logs or serves.
 *
 * The one file that re-exports, each name on purpose: what stands here is kept until the next major version.
 */
export type { Catalog, CatalogApp, CatalogEntry, CatalogPattern } from './catalog/catalog.ts';
export { CatalogError, type CatalogFile, loadCatalog, type Problem, parseCatalog } from './catalog/load.ts';
export type { Confidence, Resolution } from './catalog/schema.ts';
export { BUNDLED_CATALOG } from './config.ts';
export { TriageError } from './errors.ts';
export type { AppRef } from './matcher/apps.ts';
export { type Explanation, explain, type Nearest } from './matcher/explain.ts';
export {
  type Candidate,
  type Classification,
  compile,
  type Match,
  type Matcher,
  type Span,
} from './matcher/matcher.ts';
