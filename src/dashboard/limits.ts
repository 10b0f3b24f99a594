/**
 * What the board keeps at most: 80 MB, with every limit reached by texts of the greatest length that the pipeline lets
 * through. `test/dashboard/memory.test.ts` holds it.
 */

/** Connectors with a row of their own. */
export const MAX_CONNECTORS = 5_000;
/** When there is no room for a new one, all without errors for so long leave; else the new one is only counted. */
export const CONNECTOR_KEPT_MS = 3_600_000;
/** Error types kept for one connector: the most frequent ones of late. */
export const MAX_TYPES_PER_CONNECTOR = 8;

/** Error types counted on their own, `unclassified` among them; further ones count as `other`. */
export const MAX_ERROR_TYPES = 1_200;
/** Tenants kept for one error type. The one not seen for longest makes room for a new one, but not before so long. */
export const MAX_TENANTS_PER_TYPE = 20;
export const TENANT_KEPT_MS = 60_000;
export const MAX_EXAMPLES_PER_TYPE = 5;
/** A type's examples are at least so far apart: copying one for every record would cost more than counting it. */
export const EXAMPLE_INTERVAL_MS = 1_000;
/** Characters of an example's text. */
export const EXAMPLE_CHARS = 1_000;

/**
 * Groups of messages that no entry fits. The one not seen for longest makes room for a new one, but not before so long:
 * else a stream of messages that are all different would keep the board busy with forgetting.
 */
export const MAX_TEMPLATES = 1_000;
export const TEMPLATE_KEPT_MS = 10_000;

/** Partitions whose lag is kept: a guard, no group has so many in one process. */
export const MAX_PARTITIONS = 10_000;
