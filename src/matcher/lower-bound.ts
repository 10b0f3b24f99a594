/** Binary search in the patterns of a state. */

/** First index in `ranks` (sorted by app) whose pattern's app is `app` or later. */
export function lowerBound(ranks: readonly number[], patternApps: Int32Array, app: number): number {
  let low = 0;
  let high = ranks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (patternApps[ranks[middle]!]! < app) low = middle + 1;
    else high = middle;
  }
  return low;
}
