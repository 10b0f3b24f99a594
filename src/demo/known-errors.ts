/** Catalog entries -> error texts that must give them: their patterns and examples, with slots where values change. */
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import { type ErrorFields, errorFieldsOf } from './error-fields.ts';
import { parseTemplate, type Template } from './templates.ts';

export interface KnownError {
  readonly errorType: string;
  /** Bare error texts, to be wrapped as logs do it. */
  readonly bare: readonly ErrorText[];
  /** Whole log lines as they are. */
  readonly lines: readonly ErrorText[];
}

export interface ErrorText {
  readonly template: Template;
  /** What a connector that fills in `error` would say there. */
  readonly error: ErrorFields | undefined;
}

/** The known errors by app key; those for every app under `all`. */
export function knownErrorsOf(catalog: Catalog): ReadonlyMap<string, readonly KnownError[]> {
  const byApp = Map.groupBy(catalog.entries, ({ app }) => app);
  return new Map([...byApp].map(([app, entries]) => [app, entries.map((entry) => knownError(entry, entries))]));
}

function knownError(entry: CatalogEntry, ofApp: readonly CatalogEntry[]): KnownError {
  // A text that two entries of an app share is a tie: which one it gives is not this entry's to say.
  const isShared = (text: string) =>
    ofApp.some((other) => other !== entry && other.patterns.some((pattern) => pattern.text === text));
  const own = entry.patterns.filter(({ text, confidence }) => confidence !== 'inferred' && !isShared(text));
  const texts = own.map(({ text }) => slotsForPlaceholders(text));
  const exact = own.flatMap(({ confidence }, i) => (confidence === 'exact' ? [texts[i]!] : []));
  return {
    errorType: entry.id,
    bare: [...texts, ...exact, ...texts.map(withPackages)].map(errorText),
    lines: entry.examples.match.map(slotsForValues).map(errorText),
  };
}

function errorText(text: string): ErrorText {
  return { template: parseTemplate(text), error: errorFieldsOf(text) };
}

/** A pattern's placeholders -> slots. */
function slotsForPlaceholders(pattern: string): string {
  return pattern
    .replace(/" \{\.\.\.(?: without \w+)?\} /g, '":{"headers":{"date":"{iso}","x-request-id":"{hex:12}"},')
    .replaceAll(' {...} ', ': java.util.concurrent.ExecutionException: ')
    .replace(/\{id(?::\w+)?\}/g, '{tenantref}')
    .replace(/\{host(?::\w+)?\}/g, '{host}:443')
    .replace(/\{number(?::\w+)?\}/g, '{int:1-99999}')
    .replace(/\{(?:word|text|\.\.\.)(?: without \w+)?(?::\w+)?\}/g, '{hex:6}');
}

/** GUIDs, hosts and times of an example -> slots. */
function slotsForValues(example: string): string {
  return example
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '{guid}')
    .replace(/\b\w[\w.-]*\.salesforce\.com\b/gi, '{host}')
    .replace(/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/g, '{iso}')
    .replace(/\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:[.,]\d{3})?/g, '{logtime}')
    .replace(/\b\d{4}-\d{2}-\d{2}\b/g, '{date}')
    .replace(/\b\d{2}:\d{2}:\d{2}\b/g, '{clock}');
}

const PACKAGES: readonly (readonly [className: RegExp, name: string])[] = [
  [/^(?:NullPointer|Runtime)Exception$/, 'java.lang.'],
  [/^IOException$/, 'java.io.'],
  [/^SocketTimeoutException$/, 'java.net.'],
  [/^NoHttpResponseException$/, 'org.apache.http.'],
  [/^IgniteException$/, 'org.apache.ignite.'],
  [/^GoogleJson/, 'com.google.api.client.googleapis.json.'],
  [/^TokenResponse/, 'com.google.api.client.auth.oauth2.'],
  [/^Box/, 'com.box.boxjavalibv2.exceptions.'],
  [/^HttpRequestFailure$/, 'com.contoso.connectors.http.'],
  [/^/, 'com.contoso.connectors.'],
];

/** `IOException: x` -> `java.io.IOException: x`, wherever no package stands yet. */
function withPackages(text: string): string {
  return text.replace(
    /(?<![\w.])[A-Z][A-Za-z]+(?:Exception|Failure)\b/g,
    (name) => PACKAGES.find(([className]) => className.test(name))![1] + name,
  );
}
