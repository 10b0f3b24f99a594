/** Messages made of a pattern's own text: witnesses for what the matcher does with it. */
import { type Pattern, PLACEHOLDERS, type Placeholder } from '../matcher/pattern.ts';
import type { CatalogEntry, CatalogPattern } from './catalog.ts';

/** One pattern that is a known text, and where it stands. */
export interface KnownText {
  readonly entry: CatalogEntry;
  readonly spec: CatalogPattern;
  readonly pattern: Pattern;
  readonly location: string;
}

/** Equal for texts of one app that match the same messages. */
export function sameWordsKey({ entry, spec, pattern }: KnownText): string {
  const gaps = pattern.gaps.map(({ type, without }) => [type, without]);
  return JSON.stringify([entry.app, spec.adjacent, pattern.segments.map(({ words }) => words), gaps]);
}

/** As many words stand in a gap without a bound; longer than any bounded gap. */
const LONG_GAP_WORDS = 40;

/**
 * The text with its gaps filled as short and as long as can be, and with `guards` (words that other patterns may not
 * have in a gap). A pattern that is found in all of them is found in every message that this one matches.
 */
export function witnesses({ pattern }: Pick<KnownText, 'pattern'>, guards: readonly string[] = []): string[] {
  const fill = (wordsIn: (gap: Placeholder) => readonly string[]) =>
    pattern.segments
      .flatMap(({ literal }, i) => {
        const gap = pattern.gaps[i];
        return gap === undefined ? [literal] : [literal, ...wordsIn(gap)];
      })
      .join(' ');
  const short = fill((gap) => fillers(gap, PLACEHOLDERS[gap.type].min));
  const long = fill((gap) => fillers(gap, maxWords(gap)));
  const guarded = fill((gap) => {
    const allowed = gap.type === 'number' ? [] : guards.filter((word) => word !== gap.without);
    return [...allowed, ...fillers(gap, maxWords(gap))].slice(0, maxWords(gap));
  });
  return [...new Set([short, long, guarded])];
}

function maxWords({ type }: Placeholder): number {
  return Math.min(PLACEHOLDERS[type].max, LONG_GAP_WORDS);
}

/** Words that no catalog has. */
function fillers({ type }: Placeholder, count: number): string[] {
  return Array.from({ length: count }, (_, i) => (type === 'number' ? `${90_001 + i}` : `xq${i + 1}`));
}
