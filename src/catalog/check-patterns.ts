/** Patterns that would match too much: each text is judged by itself, without the other entries. */
import { type Pattern, PLACEHOLDERS, parsePattern } from '../matcher/pattern.ts';
import { isClassName } from '../matcher/words.ts';
import { type Catalog, type CatalogEntry, type CatalogPattern, placeKey } from './catalog.ts';
import { type Finding, finding, quote } from './findings.ts';

/** A single word with fewer characters than this is in too many messages, whatever it says. */
const MIN_WORD_CHARS = 6;

/** A phrase of more words than this is telling as a whole, however common each word is. */
const MAX_COMMON_WORDS = 3;

/** Words of which any failure's log lines are made. */
const LOG_SPEAK: ReadonlySet<string> = new Set(
  `a access again an and api app application at be bad call cannot client code connect connection connector could
  critical data denied description did does down during end error errors event events exception exceptions exit fail failed
  failing fails failure fatal file for forbidden found from gateway get got had has have host http https id in info
  internal invalid is issue job log message missing network no not null occurred of on operation or out post problem
  process read reading received reason refused rejected request response result retry returned returns server service
  session start started state status stop stopped system task temporarily the this time timed timeout to token type
  unable unauthorized unavailable unexpected unknown url user value warn warning was while with write wrong`.split(
    /\s+/,
  ),
);

/** Conditions in other words (`inferred`) are loose on purpose and marked as guesses in the answer: not judged. */
export function checkPatterns({ entries, places }: Catalog): Finding[] {
  return entries.flatMap((entry) =>
    entry.patterns.flatMap((spec, i) => {
      if (spec.confidence === 'inferred') return [];
      const doubt = doubtAbout(entry, spec);
      if (!doubt) return [];
      const location = places[placeKey(entry.id, 'patterns', i)] ?? entry.location;
      return [
        finding(doubt.code, location, `${entry.id}: the pattern ${quote(spec.text)} ${doubt.reason}`, doubt.mend),
      ];
    }),
  );
}

interface Doubt {
  readonly code: 'short-pattern' | 'general-pattern';
  /** In words that follow "the pattern ...". */
  readonly reason: string;
  readonly mend?: string;
}

function doubtAbout(entry: CatalogEntry, spec: CatalogPattern): Doubt | undefined {
  const groups = wordGroups(parsePattern(spec.text));
  const doubts = groups.map((words) => doubtAboutWords(words, entry, spec));
  // One telling group suffices: the others then only narrow it.
  if (doubts.some((doubt) => doubt === undefined)) return undefined;
  const first = doubts[0]!;
  return groups.length === 1
    ? first
    : { code: first.code, reason: 'has only words beside {...} that other messages have at that distance, too' };
}

/** Words that stand together, or with a bounded gap between: `{...}` separates, since anything may stand in it. */
function wordGroups({ segments, gaps }: Pattern): string[][] {
  const groups: string[][] = [[]];
  segments.forEach(({ words }, i) => {
    groups.at(-1)!.push(...words);
    const gap = gaps[i];
    if (gap && PLACEHOLDERS[gap.type].max === Number.POSITIVE_INFINITY) groups.push([]);
  });
  return groups;
}

function doubtAboutWords(words: readonly string[], entry: CatalogEntry, spec: CatalogPattern): Doubt | undefined {
  if (words.every((word) => /^\p{N}+$/u.test(word))) return general('has only numbers');
  // A generic entry says itself that it knows the kind of failure only, and `adjacent` is for common words.
  if (entry.generic || spec.adjacent) return undefined;
  const [word] = words;
  if (words.length === 1) return word === undefined ? undefined : doubtAboutWord(word, spec);
  const isCommon = words.every((each) => LOG_SPEAK.has(each) || /^\p{N}+$/u.test(each));
  if (!isCommon || words.length > MAX_COMMON_WORDS) return undefined;
  const mend = 'add words that only this error has, or set `adjacent` or `generic`';
  return general(`has only words that any log has (${words.join(', ')})`, mend);
}

function doubtAboutWord(word: string, { needsApp }: CatalogPattern): Doubt | undefined {
  if (word.length < MIN_WORD_CHARS) {
    const reason = `is a single word of ${word.length} characters; expected at least ${MIN_WORD_CHARS}, or more words`;
    return { code: 'short-pattern', reason };
  }
  if (isClassName(word)) {
    const reason = 'is the bare name of an exception, which says the kind of failure only';
    return needsApp
      ? undefined
      : general(reason, 'add the text behind it, or mark the pattern `needsApp` or the entry `generic`');
  }
  const isCode = /[\p{N}_$]/u.test(word);
  return isCode ? undefined : general('is a single common word, and no code (no digit, no underscore)');
}

function general(reason: string, mend?: string): Doubt {
  return { code: 'general-pattern', reason, ...(mend === undefined ? {} : { mend }) };
}
