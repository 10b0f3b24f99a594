/** Label values that stand for something else than what their label is named after. */

/** Value of the label `app` for products that the catalog has no entries for, and for records that name none. */
export const OTHER_APP = 'other';
export const NO_APP = 'none';

/** Value of the label `error_type` for errors that no entry fits. */
export const UNCLASSIFIED = 'unclassified';
/** Value of the label `error_type` for entries that are only inferred, unless those are counted as their own type. */
export const INFERRED = 'inferred';

/** Value of the label `connector` for those past the limit. */
export const OTHER_CONNECTORS = 'other';
