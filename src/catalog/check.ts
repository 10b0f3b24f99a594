/** Tries the catalog against its own examples. */
import type { Matcher } from '../matcher/matcher.ts';
import type { CatalogEntry } from './catalog.ts';
import { ALL_APPS } from './schema.ts';

export interface Finding {
  /** `file:line:column` of the entry. */
  readonly location: string;
  readonly message: string;
}

/** Every matching example must give its entry, every near miss must not. Examples are messages of the entry's app. */
export function checkCatalog(matcher: Matcher): Finding[] {
  return matcher.catalog.entries.flatMap((entry) => [
    ...entry.examples.match.flatMap((example) => missed(matcher, entry, example)),
    ...entry.examples.noMatch.flatMap((example) => caught(matcher, entry, example)),
  ]);
}

function given(matcher: Matcher, entry: CatalogEntry, example: string) {
  const app = matcher.resolveApp(entry.app === ALL_APPS ? undefined : entry.app);
  const found = matcher.classify(example, app);
  return found.kind === 'match' ? found.match : undefined;
}

function missed(matcher: Matcher, entry: CatalogEntry, example: string): Finding[] {
  const match = given(matcher, entry, example);
  if (match?.entry === entry) return [];
  const instead = match ? `gives ${match.entry.id} by ${JSON.stringify(match.pattern)}` : 'matches nothing';
  const mend = match ? 'make a pattern of this entry longer, or mark the other entry generic' : 'add a pattern for it';
  return [{ location: entry.location, message: `${entry.id}: the example ${quote(example)} ${instead}; ${mend}` }];
}

function caught(matcher: Matcher, entry: CatalogEntry, example: string): Finding[] {
  const match = given(matcher, entry, example);
  // An inferred answer is marked as a guess; a near miss only must not be taken for the known text.
  if (match?.entry !== entry || match.confidence === 'inferred') return [];
  const by = `matches ${JSON.stringify(match.pattern)}`;
  return [
    {
      location: entry.location,
      message: `${entry.id}: the near miss ${quote(example)} ${by}; make that pattern longer`,
    },
  ];
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text);
}
