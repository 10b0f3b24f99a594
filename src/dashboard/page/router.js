/** Addresses and what they show. `src/dashboard/page-routes.ts` answers the same ones. */

/**
 * @typedef {'overview' | 'connector' | 'error-types' | 'error-type' | 'unclassified' | 'group' | 'try' | 'nothing'} ViewName
 */

/** @type {readonly (readonly [RegExp, ViewName])[]} */
const VIEWS = [
  [/^\/$/, 'overview'],
  [/^\/connectors\/([^/]+)$/, 'connector'],
  [/^\/error-types$/, 'error-types'],
  [/^\/error-types\/([^/]+)$/, 'error-type'],
  [/^\/unclassified$/, 'unclassified'],
  [/^\/unclassified\/([^/]+)$/, 'group'],
  [/^\/try$/, 'try'],
];

/**
 * @param {string} pathname
 * @returns {{ readonly name: ViewName, readonly key: string }} `key`: what the address names, decoded
 */
export function viewAt(pathname) {
  for (const [pattern, name] of VIEWS) {
    const found = pattern.exec(pathname);
    if (found !== null) return { name, key: decodeURIComponent(found[1] ?? '') };
  }
  return { name: 'nothing', key: '' };
}

/** @param {string} key */
export function connectorAddress(key) {
  return `/connectors/${encodeURIComponent(key)}`;
}

/** @param {string} type */
export function errorTypeAddress(type) {
  return `/error-types/${encodeURIComponent(type)}`;
}

/** @param {string} fingerprint */
export function groupAddress(fingerprint) {
  return `/unclassified/${encodeURIComponent(fingerprint)}`;
}
