/** Tries the entries against their own examples, which are messages of the entry's app. */
import { compile, type Match, type Matcher } from '../matcher/matcher.ts';
import { type Catalog, type CatalogEntry, placeKey } from './catalog.ts';
import { type Finding, finding, quote } from './findings.ts';
import { ALL_APPS, type Cue } from './schema.ts';

/** Every matching example must give its entry, every near miss must not. */
export function checkExamples(matcher: Matcher): Finding[] {
  const { entries, places } = matcher.catalog;
  return entries.flatMap((entry) => [
    ...entry.examples.match.flatMap((example, i) =>
      missed(matcher, entry, example, places[placeKey(entry.id, 'match', i)] ?? entry.location),
    ),
    ...entry.examples.noMatch.flatMap((example, i) =>
      caught(matcher, entry, example, places[placeKey(entry.id, 'noMatch', i)] ?? entry.location),
    ),
  ]);
}

/** The same message twice in one list. */
export function checkRepeatedExamples({ entries, places }: Catalog): Finding[] {
  return entries.flatMap((entry) =>
    (['match', 'noMatch'] as const).flatMap((list) =>
      entry.examples[list].flatMap((example, i, all) => {
        if (all.indexOf(example) === i) return [];
        const location = places[placeKey(entry.id, list, i)] ?? entry.location;
        const message = `${entry.id}: ${list} has the example ${quote(example)} twice`;
        return [finding('repeated-example', location, message)];
      }),
    ),
  );
}

function answerTo(matcher: Matcher, entry: CatalogEntry, example: string) {
  return matcher.classify(example, matcher.resolveApp(entry.app === ALL_APPS ? undefined : entry.app));
}

function missed(matcher: Matcher, entry: CatalogEntry, example: string, location: string): Finding[] {
  const answer = answerTo(matcher, entry, example);
  const what = `${entry.id}: the example ${quote(example)}`;
  if (answer.kind === 'match') {
    if (answer.match.entry === entry) return [];
    const cue = quotingCue(matcher.catalog, entry, example);
    if (cue) return [quotedBy(cue, what, location)];
    const { match } = answer;
    return [finding('example-of-other-entry', location, `${what} gives ${instead(match, entry)}`)];
  }
  if (answer.alternatives.length > 0) {
    const others = answer.alternatives.map((other) => other.entry.id).filter((id) => id !== entry.id);
    const message = `${what} could also be ${others.join(', ')}, and a message without an app cannot tell`;
    const mend = 'add a pattern that only this entry has, or move the entry to the file of its app';
    return [finding('example-of-other-entry', location, message, mend)];
  }
  const cue = quotingCue(matcher.catalog, entry, example);
  if (cue) return [quotedBy(cue, what, location)];
  return [finding('example-unmatched', location, `${what} matches nothing`)];
}

function instead({ entry, pattern, alternatives }: Match, wanted: CatalogEntry): string {
  const lost = alternatives.find((other) => other.entry === wanted);
  const why = lost?.why.replace(/^the winner /, 'it ') ?? `no pattern of ${wanted.id} matches`;
  return `${entry.id} by ${quote(pattern)}: ${why}`;
}

function quotedBy({ before, after }: Cue, what: string, location: string): Finding {
  const cue = before === undefined ? `the cue ${quote(after ?? '')} after` : `the cue ${quote(before)} before`;
  return finding('example-quoted', location, `${what} is not taken seriously: ${cue} the text says that it is quoted`);
}

/** The first cue without which the example would give the entry. Only asked for an example that fails. */
function quotingCue(catalog: Catalog, entry: CatalogEntry, example: string): Cue | undefined {
  if (catalog.quoted.length === 0) return undefined;
  const gives = (quoted: readonly Cue[]) => {
    const alone = compile({ ...catalog, entries: [entry], quoted });
    const answer = answerTo(alone, entry, example);
    return answer.kind === 'match' && answer.match.entry === entry && answer.match.confidence !== 'inferred';
  };
  if (!gives([])) return undefined;
  return catalog.quoted.find((cue) => !gives([cue]));
}

function caught(matcher: Matcher, entry: CatalogEntry, example: string, location: string): Finding[] {
  const answer = answerTo(matcher, entry, example);
  const match = answer.kind === 'match' ? answer.match : undefined;
  // An inferred answer is marked as a guess; a near miss only must not be taken for the known text.
  if (match?.entry !== entry || match.confidence === 'inferred') return [];
  const message = `${entry.id}: the near miss ${quote(example)} matches ${quote(match.pattern)}`;
  return [finding('near-miss-matched', location, message)];
}
