/** Why an entry was given, or what came near: for people, so it may be slow. */
import type { CatalogEntry } from '../catalog/catalog.ts';
import { ALL_APPS } from '../catalog/schema.ts';
import type { AppRef } from './apps.ts';
import { decode } from './decode.ts';
import type { Candidate, Classification, Matcher } from './matcher.ts';
import { parsePattern, type Segment } from './pattern.ts';
import { type Word, wordsOf } from './words.ts';

export interface Explanation {
  readonly classification: Classification;
  /** What had to be undone before the winner's text fitted, in words. */
  readonly undone: readonly string[];
  /** Every pattern of another entry that matched, best first. */
  readonly candidates: readonly Candidate[];
  /** Without a match: entries whose text is partly there, nearest first. */
  readonly nearest: readonly Nearest[];
}

export interface Nearest {
  readonly entry: CatalogEntry;
  readonly pattern: string;
  /** Share of the pattern's words, weighted by how rare they are in the catalog, that the message has: 0 to 1. */
  readonly share: number;
  readonly missing: readonly string[];
}

/** At most this many nearest entries are given. */
const MAX_NEAREST = 3;
/** Entries with a smaller share are not near. */
const MIN_SHARE = 0.3;

export function explain(matcher: Matcher, message: string, appName: string | undefined): Explanation {
  const app = matcher.resolveApp(appName);
  const classification = matcher.classify(message, app);
  const winner = classification.kind === 'match' ? classification.match : undefined;
  const candidates = matcher.candidates(message, app).filter(({ entry }) => entry !== winner?.entry);
  const undone =
    classification.kind === 'match'
      ? [
          ...classification.decodings,
          ...(classification.repair ? [classification.repair] : []),
          ...undoneIn(message, classification.match),
        ]
      : [];
  return { classification, undone, candidates, nearest: winner ? [] : nearest(matcher, message, app) };
}

function undoneIn(message: string, match: Candidate): string[] {
  const { segments } = parsePattern(match.pattern);
  const kinds = new Set<string>();
  segments.forEach((segment, i) => {
    const span = match.segments[i]!;
    for (const kind of differences(message.slice(span.start, span.end), segment)) kinds.add(kind);
  });
  return [...kinds];
}

function differences(found: string, { literal, words }: Segment): string[] {
  const literalWords = wordsOf(literal);
  const foundWords = wordsOf(found);
  const core = literal.slice(literalWords[0]!.start, literalWords.at(-1)!.end);
  if (found === core) return [];
  const kinds: string[] = [];
  if (found.toLowerCase() === core.toLowerCase()) return ['letter case'];
  const raw = (text: string, list: readonly Word[]) => list.map((word) => text.slice(word.start, word.end));
  if (foundWords.length !== literalWords.length) kinds.push('package names');
  const written = new Set(raw(literal, literalWords));
  const counted = raw(found, foundWords).filter((_, i) => words.includes(foundWords[i]!.text));
  if (counted.some((word) => !written.has(word))) kinds.push('letter case');
  const between = (text: string, list: readonly Word[]) =>
    list.slice(1).map((word, i) => text.slice(list[i]!.end, word.start));
  const sameGaps = between(found, foundWords).join('\n') === between(literal, literalWords).join('\n');
  if (!sameGaps && foundWords.length === literalWords.length) kinds.push('white space and punctuation');
  return kinds;
}

function nearest(matcher: Matcher, message: string, app: AppRef): Nearest[] {
  const present = new Set(wordsOf(decode(message).text).map((word) => word.text));
  const weights = wordWeights(matcher.catalog.entries);
  const inScope = matcher.catalog.entries.filter(
    (entry) => app.kind === 'missing' || entry.app === ALL_APPS || (app.kind === 'known' && entry.app === app.key),
  );
  return inScope
    .map((entry) => nearestPattern(entry, present, weights))
    .filter(({ share }) => share >= MIN_SHARE)
    .sort((a, b) => b.share - a.share || (a.entry.id < b.entry.id ? -1 : 1))
    .slice(0, MAX_NEAREST);
}

function nearestPattern(
  entry: CatalogEntry,
  present: ReadonlySet<string>,
  weights: ReadonlyMap<string, number>,
): Nearest {
  const weigh = (words: readonly string[]) => words.reduce((sum, word) => sum + (weights.get(word) ?? 0), 0);
  return entry.patterns
    .map(({ text }) => {
      const words = [...new Set(parsePattern(text).segments.flatMap((segment) => segment.words))];
      const missing = words.filter((word) => !present.has(word));
      return { entry, pattern: text, share: 1 - weigh(missing) / weigh(words), missing };
    })
    .reduce((best, each) => (each.share > best.share ? each : best));
}

/** Inverse document frequency: a word that few entries have says more. */
function wordWeights(entries: readonly CatalogEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const words = new Set(entry.patterns.flatMap(({ text }) => wordsOf(text).map((word) => word.text)));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return new Map([...counts].map(([word, count]) => [word, Math.log(1 + entries.length / count)]));
}
