/**
 * Sets of apps as bits of one number, to leave out early what only other apps have. Apps beyond the 31st share bits with
 * others, so a bit that is there proves nothing: the app is compared at the end.
 */

/** App scope of a run: an index in `Program.apps` (0: only entries for all apps), or `EVERY_APP`. */
export const EVERY_APP = -1;

const ALL_BITS = -1;
const ONLY_ALL_APPS_BIT = 1 << 31;

/** The set of the one app with this index in `Program.apps`; what is for all apps (0) is in every scope. */
export function appBits(app: number): number {
  return app === 0 ? ALL_BITS : 1 << (app % 31);
}

/** What the sets of apps of the scope have at least one bit of. */
export function scopeBits(scope: number): number {
  if (scope === EVERY_APP) return ALL_BITS;
  return scope === 0 ? ONLY_ALL_APPS_BIT : appBits(scope);
}
