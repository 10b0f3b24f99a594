/** Messages as connectors log them: the catalog's own examples, and the demo's records. */
import type { Catalog } from '../../src/catalog/catalog.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { createGenerator } from '../../src/demo/generator.ts';
import { compile, type Matcher } from '../../src/matcher/matcher.ts';

export const CATALOG: Catalog = loadCatalog(BUNDLED_CATALOG);
export const MATCHER: Matcher = compile(CATALOG);

/** Names as records write them, and some of no app. */
export const APP_NAMES: readonly string[] = [
  ...CATALOG.apps.flatMap(({ key, name, aliases }) => [key, name, ...aliases]),
  'Box Connector',
  'dropbox-sink',
  'okta & box',
  '',
  'nobody',
];

export const MESSAGES: readonly string[] = [
  ...CATALOG.entries.flatMap(({ examples }) => [...examples.match, ...examples.noMatch]),
  'Exception in thread "main" java.lang.RuntimeException: poll failed\n\tat com.acme.A.b(A.java:1)\nCaused by: java.io.IOException: HTTP 401\n\t... 3 more',
  '2026-11-24 06:15:11,489 ERROR [main] c.acme.Client - GET https://svc:Zq8vT3nLw0@api.acme.com/v1?access_token=Zq8vT3nLw0Xk5Rb2 failed {"error":"invalid_grant"}',
  '%7B%22error%22%3A%22invalid_grant%22%2C%22password%22%3A%22Zq8vT3nLw0Xk5Rb2%22%7D',
  '&lt;error code=&quot;401&quot;&gt;Invalid refresh token&lt;/error&gt; cookie: sid=Zq8vT3nLw0Xk5Rb2; theme=dark',
  '{"status":401,"body":"{\\"error\\":\\"{\\\\\\"message\\\\\\":\\\\\\"AADSTS50173\\\\\\"}\\"}"}',
];

/** Values of the input topic, in native JSON; a few are malformed. */
export const RECORDS: readonly Buffer[] = (() => {
  const generator = createGenerator({ seed: 7, catalog: CATALOG, startMs: 1_800_000_000_000, eventsPerSecond: 100 });
  return Array.from({ length: 200 }, () => generator.next().value);
})();
