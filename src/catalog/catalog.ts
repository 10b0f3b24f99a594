/** The loaded catalog: plain, frozen data. `load.ts` makes it, the matcher is compiled from it. */
import type { Confidence, Cue, Resolution } from './schema.ts';

export interface CatalogPattern {
  readonly text: string;
  /** The most that a match of this pattern is worth; `exact` falls to `normalized` unless the text stands verbatim. */
  readonly confidence: Confidence;
  readonly needsApp: boolean;
  readonly adjacent: boolean;
  /** Words that may not stand anywhere in the message, in lower case. */
  readonly unless: readonly string[];
}

export interface CatalogEntry {
  /** The error type, such as `box.refresh-token-invalid`. */
  readonly id: string;
  /** Key of the app it belongs to; `all` for every app. */
  readonly app: string;
  readonly title: string;
  readonly source: { readonly document: string; readonly row: number } | undefined;
  readonly generic: boolean;
  readonly patterns: readonly CatalogPattern[];
  readonly description: string;
  readonly resolution: Resolution;
  readonly examples: { readonly match: readonly string[]; readonly noMatch: readonly string[] };
  /** Where it stands: `catalog/box.yaml:12:5`. */
  readonly location: string;
}

export interface CatalogApp {
  readonly key: string;
  readonly name: string;
  readonly aliases: readonly string[];
}

export interface Catalog {
  readonly version: string;
  /** SHA-256 of everything that decides answers, first 16 hexadecimal digits: equal digests answer alike. */
  readonly digest: string;
  /** Sorted by key; without the pseudo app `all`. */
  readonly apps: readonly CatalogApp[];
  /** Words that show that a known text near them is only quoted. */
  readonly quoted: readonly Cue[];
  /** Sorted by id. */
  readonly entries: readonly CatalogEntry[];
  /** Where each part of it stands, by `placeKey`; decides no answer. */
  readonly places: Readonly<Record<string, string>>;
}

/** A part of an entry or an app whose place is kept: the `index`-th of a list; of other parts there is one. */
export type Part = 'patterns' | 'match' | 'noMatch' | 'aliases' | 'resolution' | 'app';

/** `owner` is the id of an entry or the key of an app. */
export function placeKey(owner: string, part: Part, index = 0): string {
  return `${owner} ${part} ${index}`;
}
