/**
 * Entries of one app that are in each other's way. That a message may hold two texts is normal, and precedence decides;
 * reported is what can never win, proven with the compiled matcher on messages made of the pattern's own text.
 */
import type { AppRef } from '../matcher/apps.ts';
import type { Candidate, Matcher } from '../matcher/matcher.ts';
import { parsePattern } from '../matcher/pattern.ts';
import { reasonOfPrecedence } from '../matcher/precedence.ts';
import { type Catalog, type CatalogEntry, type CatalogPattern, placeKey } from './catalog.ts';
import { tiedOverlaps } from './check-ties.ts';
import { type Finding, finding, quote } from './findings.ts';
import { ALL_APPS } from './schema.ts';
import { type KnownText, sameWordsKey, witnesses } from './witness.ts';

export function checkOverlaps(matcher: Matcher): Finding[] {
  const { entries, places } = matcher.catalog;
  const textsOf = new Map(entries.map((entry) => [entry, knownTexts(entry, places)]));
  const texts = [...textsOf.values()].flat();
  const twins = twinsOf(texts);
  const fates = new Map(texts.map((text) => [text, fateOf(matcher, text)]));
  return [
    ...texts.flatMap((text) => equalTo(text, twins.get(text))),
    ...entries.flatMap((entry) => shadowed(entry, textsOf.get(entry)!, fates, twins)),
    ...tiedOverlaps(texts, (message, entry) => matcher.candidates(message, scopeOf(matcher, entry))),
  ];
}

function knownTexts(entry: CatalogEntry, places: Catalog['places']): KnownText[] {
  return entry.patterns.flatMap((spec, i) => {
    // A condition in other words yields to every known text: that is what `inferred` means.
    if (spec.confidence === 'inferred') return [];
    const location = places[placeKey(entry.id, 'patterns', i)] ?? entry.location;
    return [{ entry, spec, pattern: parsePattern(spec.text), location }];
  });
}

/** Messages of the entry's app alone: entries of other apps are never given for them. */
function scopeOf(matcher: Matcher, { app }: CatalogEntry): AppRef {
  return app === ALL_APPS ? { kind: 'unknown' } : matcher.resolveApp(app);
}

/** The first text of the same app that has the same words. */
function twinsOf(texts: readonly KnownText[]): Map<KnownText, KnownText> {
  const first = new Map<string, KnownText>();
  const twins = new Map<KnownText, KnownText>();
  for (const text of texts) {
    const key = sameWordsKey(text);
    const twin = first.get(key);
    if (twin === undefined) first.set(key, text);
    else twins.set(text, twin);
  }
  return twins;
}

/** Declared as a tie: the text alone cannot tell the entries apart, and says so by its confidence. */
function isDeclaredTie({ spec: a }: KnownText, { spec: b }: KnownText): boolean {
  return a.confidence === 'partial' && b.confidence === 'partial';
}

function equalTo(text: KnownText, twin: KnownText | undefined): Finding[] {
  if (twin === undefined) return [];
  const { entry, spec, location } = text;
  const at = `at ${twin.location}`;
  if (twin.entry !== entry) {
    if (isDeclaredTie(text, twin)) return [];
    const message = `${entry.id}: the pattern ${quote(spec.text)} has the same words as one of ${twin.entry.id} ${at}`;
    return [finding('equal-pattern', location, message)];
  }
  // Texts that differ in punctuation may each stand verbatim, and a text may also be worth less without its package.
  const isDead = spec.confidence === twin.spec.confidence && spec.confidence !== 'exact';
  if (spec.text !== twin.spec.text && !isDead) return [];
  const message = `${entry.id}: the pattern ${quote(spec.text)} has the same words as the one ${at}`;
  return [finding('repeated-pattern', location, message)];
}

type Fate =
  | { readonly kind: 'wins' }
  /** The text does not find itself. */
  | { readonly kind: 'unmatched'; readonly witness: string }
  | { readonly kind: 'loses'; readonly witness: string; readonly to: Candidate };

/** What becomes of messages that are the text itself, with all fillings of its gaps: it loses if one other always wins. */
function fateOf(matcher: Matcher, text: KnownText): Fate {
  const { entry, spec } = text;
  const app = scopeOf(matcher, entry);
  const [witness = spec.text] = witnesses(text);
  const candidates = matcher.candidates(witness, app);
  if (!candidates.some((each) => each.entry === entry && each.pattern === spec.text))
    return { kind: 'unmatched', witness };
  const to = candidates[0]!;
  if (to.entry === entry) return { kind: 'wins' };
  const guards = parsePattern(to.pattern).gaps.flatMap(({ without }) => without ?? []);
  const alwaysLoses = witnesses(text, guards).every((message) => {
    const best = matcher.candidates(message, app)[0];
    return best?.entry === to.entry && best.pattern === to.pattern;
  });
  return alwaysLoses ? { kind: 'loses', witness, to } : { kind: 'wins' };
}

function shadowed(
  entry: CatalogEntry,
  texts: readonly KnownText[],
  fates: ReadonlyMap<KnownText, Fate>,
  twins: ReadonlyMap<KnownText, KnownText>,
): Finding[] {
  const fated = texts.map((text) => ({ text, fate: fates.get(text)! }));
  const unmatched = fated.flatMap(({ text, fate }) =>
    fate.kind === 'unmatched' ? [unmatchedFinding(text, fate.witness)] : [],
  );
  const losing = fated.flatMap(({ text, fate }) => (fate.kind === 'loses' ? [{ text, fate }] : []));
  if (losing.length > 0 && losing.length === texts.length) {
    const { text, fate } = losing[0]!;
    const ids = [...new Set(losing.map((each) => each.fate.to.entry.id))].join(', ');
    const message = `${entry.id}: it is never given, since ${ids} wins for each of its patterns; ${witnessOf(text, fate)}`;
    return [finding('shadowed-entry', entry.location, message)];
  }
  const single = losing.flatMap(({ text, fate }) => {
    const twin = twins.get(text);
    const isTold = twin !== undefined && twin.entry !== entry;
    const isTie = fate.to.entry !== entry && isTieWith(text, fate.to);
    if (isTold || isTie) return [];
    const message = `${entry.id}: the pattern ${quote(text.spec.text)} never gives it; ${witnessOf(text, fate)}`;
    return [finding('shadowed-pattern', text.location, message)];
  });
  return [...unmatched, ...single];
}

function unmatchedFinding({ entry, spec, location }: KnownText, witness: string): Finding {
  const message = `${entry.id}: the pattern ${quote(spec.text)} does not match the message ${quote(witness)}`;
  return finding('unmatched-pattern', location, message);
}

/** The winner's text has the same words, and both say `partial`. */
function isTieWith(text: KnownText, { entry, pattern }: Candidate): boolean {
  const spec = specOf(entry, pattern);
  const other = { entry, spec, pattern: parsePattern(pattern), location: entry.location };
  return sameWordsKey(text) === sameWordsKey(other) && isDeclaredTie(text, other);
}

function witnessOf(text: KnownText, { witness, to }: Extract<Fate, { kind: 'loses' }>): string {
  const winner = { entry: to.entry, spec: specOf(to.entry, to.pattern), pattern: parsePattern(to.pattern) };
  const why = reasonOfPrecedence(winner, text);
  return `the message ${quote(witness)} gives ${to.entry.id} by ${quote(to.pattern)}, which ${why}`;
}

function specOf(entry: CatalogEntry, text: string): CatalogPattern {
  return entry.patterns.find((spec) => spec.text === text)!;
}
