/** The catalog as a page for people: what both renderings (`docs-html.ts`, `docs-markdown.ts`) say, before any markup. */
import { compareText } from '../matcher/precedence.ts';
import type { Catalog, CatalogEntry, CatalogPattern } from './catalog.ts';
import { ALL_APPS, type Confidence, type Resolution } from './schema.ts';

export interface AppDocs {
  /** Of headings; no error type can be equal, since those have a dot. */
  readonly anchor: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly entries: readonly CatalogEntry[];
}

export const TITLE = 'Known connector errors';

export const CONFIDENCE_MEANINGS: Readonly<Record<Confidence, string>> = {
  exact: 'the known text as it stands',
  normalized: 'the same after undoing case, white space, escapes, encodings, quotes and package names',
  partial: 'the deciding part only',
  inferred: 'the same condition in other words; a guess, and marked as one',
};

export const PATTERN_NOTE =
  'A pattern is compared word by word; case, punctuation and white space do not count. Words in braces, such as {...} ' +
  'or {id}, stand for what varies.';

/** What is said of entries that are generic. */
export const GENERIC_NOTE = 'only the kind of failure is known; any other entry of the app comes first';

/** Apps by name, those that hold for every app at the end. Apps without entries are left out. */
export function docsOf(catalog: Catalog): AppDocs[] {
  const apps = [...catalog.apps]
    .sort((a, b) => compareText(a.name.toLowerCase(), b.name.toLowerCase()) || compareText(a.key, b.key))
    .concat({ key: ALL_APPS, name: 'All apps', aliases: [] });
  return apps
    .map(({ key, name, aliases }) => ({
      anchor: `app-${key}`,
      name,
      aliases,
      entries: catalog.entries
        .filter((entry) => entry.app === key)
        .sort((a, b) => (a.source?.row ?? Infinity) - (b.source?.row ?? Infinity) || compareText(a.id, b.id)),
    }))
    .filter(({ entries }) => entries.length > 0);
}

export function countsOf({ version, digest, entries }: Catalog, apps: readonly AppDocs[]): string {
  const count = (number: number, what: string) => `${number} ${number === 1 ? what.replace(/s$/, '') : what}`;
  const appCount = apps.filter(({ anchor }) => anchor !== `app-${ALL_APPS}`).length;
  return `${count(entries.length, 'errors')} of ${count(appCount, 'apps')}; catalog ${version}, digest ${digest}`;
}

export function retryText({ retryable }: Resolution): string {
  return retryable ? 'worth it: waiting alone may help' : 'not worth it: somebody has to act first';
}

/** `undefined` where the entry was not taken from a document. */
export function sourceText({ source }: CatalogEntry): string | undefined {
  return source && `row ${source.row} of ${source.document}`;
}

/** What else a pattern asks for. */
export function conditionsOf({ needsApp, adjacent, unless }: CatalogPattern): string[] {
  return [
    ...(needsApp ? ['only when the record names the app'] : []),
    ...(adjacent ? ['only white space between the words'] : []),
    ...(unless.length > 0 ? [`not with ${unless.join(', ')}`] : []),
  ];
}

/** Inferred patterns apart: one HTTP status alone makes dozens of wordings. */
export function patternsOf({ patterns }: CatalogEntry): { known: CatalogPattern[]; inferred: CatalogPattern[] } {
  return {
    known: patterns.filter(({ confidence }) => confidence !== 'inferred'),
    inferred: patterns.filter(({ confidence }) => confidence === 'inferred'),
  };
}

/** Only addresses that open a page or a mail may become links: a catalog may also say `javascript:`. */
export function isSafeLink(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:', 'mailto:'].includes(new URL(url).protocol);
}

/** Without characters that no page shows, or that turn the direction of what follows. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g,
      '\ufffd',
    );
}
