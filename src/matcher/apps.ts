/** App names as records write them -> the catalog's app keys. */
import type { Catalog } from '../catalog/catalog.ts';

/** The record's app: `known` has entries of its own, `unknown` has none (all-apps entries hold), `missing` was not given. */
export type AppRef =
  | { readonly kind: 'known'; readonly key: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'missing' };

/** Names are compared without case, spaces and punctuation, and without a closing "connector". */
export function appNameKey(name: string): string {
  const plain = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
  return plain.length > 'connector'.length && plain.endsWith('connector') ? plain.slice(0, -'connector'.length) : plain;
}

/** Makes the look-up; names are never compared by substring, so that Dropbox is not Box. */
export function appResolver(catalog: Catalog): (name: string | undefined) => AppRef {
  const keys = new Map<string, AppRef>();
  for (const app of catalog.apps) {
    const ref: AppRef = Object.freeze({ kind: 'known', key: app.key });
    for (const name of [app.key, app.name, ...app.aliases]) keys.set(appNameKey(name), ref);
  }
  const missing: AppRef = Object.freeze({ kind: 'missing' });
  const unknown: AppRef = Object.freeze({ kind: 'unknown' });
  const resolve = (name: string): AppRef => {
    const key = appNameKey(name);
    return key === '' ? missing : (keys.get(key) ?? unknown);
  };
  const asWritten = new Map<string, AppRef>();
  return (name) => {
    if (name === undefined) return missing;
    let ref = asWritten.get(name);
    if (ref === undefined) {
      ref = resolve(name);
      if (asWritten.size < MAX_REMEMBERED) asWritten.set(name, ref);
    }
    return ref;
  };
}

/** Records of a stream write few names over and over; so many of them are looked up as they are written. */
const MAX_REMEMBERED = 1_000;
