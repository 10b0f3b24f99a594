/** Which app a connector is for, told by what it is called: `box-sink-eu` is for Box. */
import type { FormatOptions } from './format.ts';

/** Names of apps have at most so many words. */
const MAX_WORDS = 4;
/** Only so many words of a name are looked at. */
const MAX_NAME_WORDS = 16;

/**
 * The key of the one app that these names speak of, the first name that speaks of any deciding. Whole words are compared, so
 * that `dropbox-sink` is not for Box. A name that speaks of two apps tells nothing, and then the following ones are not asked
 * either: better no app than a wrong one.
 */
export function appIn(names: readonly (string | undefined)[], appKey: FormatOptions['appKey']): string | undefined {
  for (const name of names) {
    if (name === undefined) continue;
    const found = appsIn(name, appKey);
    if (found.size > 0) return found.size === 1 ? [...found][0] : undefined;
  }
  return undefined;
}

function appsIn(name: string, appKey: FormatOptions['appKey']): Set<string> {
  const whole = appKey(name);
  if (whole !== undefined) return new Set([whole]);
  const words = name.split(/[^\p{L}\p{N}]+/u, MAX_NAME_WORDS).filter((word) => word !== '');
  const found = new Set<string>();
  for (let start = 0; start < words.length; start++) {
    for (let end = Math.min(words.length, start + MAX_WORDS); end > start; end--) {
      const key = appKey(words.slice(start, end).join(' '));
      if (key === undefined) continue;
      found.add(key);
      // A shorter name inside of a longer one, as `office` in `office 365`, is none of its own.
      start = end - 1;
      break;
    }
  }
  return found;
}
