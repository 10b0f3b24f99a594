/** Secrets that show by their own form, whatever stands before them: vendors' prefixes, JWTs, private keys. */
import { isDigit, isLetter } from '../matcher/units.ts';
import type { Secret } from './span.ts';

interface Prefix {
  readonly text: string;
  readonly kind: string;
  /** Characters that must follow at least. */
  readonly min: number;
}

/** Each ends with `-`, `_` or `.`. */
const PREFIXES: readonly Prefix[] = [
  ...['xoxa-', 'xoxb-', 'xoxp-', 'xoxs-', 'xoxe-', 'xoxr-', 'xoxo-', 'xoxc-', 'xoxd-', 'xapp-'].map((text) => ({
    text,
    kind: 'slack-token',
    min: 8,
  })),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'].map((text) => ({ text, kind: 'github-token', min: 16 })),
  { text: 'glpat-', kind: 'gitlab-token', min: 16 },
  { text: 'ya29.', kind: 'google-token', min: 10 },
  { text: 'GOCSPX-', kind: 'secret', min: 16 },
  { text: 'npm_', kind: 'token', min: 30 },
  ...['sk_live_', 'rk_live_', 'sk_test_', 'shpat_', 'shpss_', 'sk-ant-'].map((text) => ({
    text,
    kind: 'api-key',
    min: 16,
  })),
];

/** By the codes of the two characters before the last one. */
const BY_PAIR: ReadonlyMap<number, readonly Prefix[]> = Map.groupBy(PREFIXES, ({ text }) =>
  pairBefore(text, text.length - 1),
);

/** For a quick no: whether any prefix has that pair. 1 for yes. */
const PAIRS = new Uint8Array(128 * 128);
for (const pair of BY_PAIR.keys()) PAIRS[pair] = 1;

function pairBefore(text: string, at: number): number {
  return at < 2 ? 0 : ((text.charCodeAt(at - 2) & 0x7f) << 7) | (text.charCodeAt(at - 1) & 0x7f);
}

/** Whether a prefix may end at `at`. */
export function mayEndPrefix(text: string, at: number): boolean {
  return PAIRS[pairBefore(text, at)] === 1;
}

/** A token whose prefix ends at `at`, a `-`, `_` or `.`. */
export function prefixedAt(text: string, at: number): Secret | undefined {
  for (const { text: prefix, kind, min } of BY_PAIR.get(pairBefore(text, at)) ?? []) {
    const start = at + 1 - prefix.length;
    if (start < 0 || !text.startsWith(prefix, start)) continue;
    const end = endOfToken(text, at + 1);
    if (end - at > min) return { start, end, kind };
  }
  return undefined;
}

/** Characters of the header of a JWT that must follow `eyJ`; a cut one counts too. */
const MIN_JWT = 10;

/** A JSON Web Token; `at` is the `J` of `eyJ`, which is `{"` in base64. */
export function jwtAt(text: string, at: number): Secret | undefined {
  if (!text.startsWith('ey', at - 2)) return undefined;
  const end = endOfToken(text, at + 1);
  return end - at > MIN_JWT ? { start: at - 2, end, kind: 'jwt' } : undefined;
}

/** An AWS access key id; `at` is the `I` of `AKIA` or `ASIA`. */
export function awsKeyAt(text: string, at: number): Secret | undefined {
  if (!text.startsWith('AKIA', at - 2) && !text.startsWith('ASIA', at - 2)) return undefined;
  let end = at + 2;
  while (end < text.length && isUpperOrDigit(text.charCodeAt(end))) end++;
  return end - at >= 16 ? { start: at - 2, end, kind: 'aws-access-key' } : undefined;
}

function isUpperOrDigit(unit: number): boolean {
  return isDigit(unit) || (unit >= 0x41 && unit <= 0x5a);
}

/** Characters of a Google API key after `AIza`: 35; one that was cut or is longer counts too. */
const MIN_GOOGLE_KEY = 20;

/** A Google API key; `at` is the `z` of `AIza`. */
export function googleKeyAt(text: string, at: number): Secret | undefined {
  if (!text.startsWith('AIza', at - 2)) return undefined;
  const end = endOfToken(text, at + 2);
  return end - at - 2 >= MIN_GOOGLE_KEY ? { start: at - 2, end, kind: 'api-key' } : undefined;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const MAX_LABEL = 64;

/** A private key; `at` is the first `-` of its first line, or of its last line when the beginning was cut off. */
export function privateKeyAt(text: string, at: number, after: number): Secret | undefined {
  if (text.startsWith(BEGIN, at)) {
    if (!hasPrivateLabel(text, at + BEGIN.length)) return undefined;
    const last = text.indexOf(END, at);
    return { start: at, end: last < 0 ? text.length : endOfLabel(text, last + END.length), kind: 'private-key' };
  }
  if (!text.startsWith(END, at) || !hasPrivateLabel(text, at + END.length)) return undefined;
  let start = at;
  while (start > after && isKeyUnit(text.charCodeAt(start - 1))) start--;
  return { start, end: endOfLabel(text, at + END.length), kind: 'private-key' };
}

function hasPrivateLabel(text: string, at: number): boolean {
  return text
    .slice(at, at + MAX_LABEL)
    .split('-----', 1)[0]!
    .includes('PRIVATE KEY');
}

function endOfLabel(text: string, at: number): number {
  const dashes = text.slice(at, at + MAX_LABEL).indexOf('-----');
  return dashes < 0 ? Math.min(text.length, at + MAX_LABEL) : at + dashes + 5;
}

/** Base64, line breaks and escaped ones. */
function isKeyUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || '+/=\\\n\r'.includes(String.fromCharCode(unit));
}

/** Where the token ends that goes on at `at`: base64 of both alphabets, with dots between its parts. */
export function endOfToken(text: string, at: number): number {
  let end = at;
  while (end < text.length && isTokenUnit(text.charCodeAt(end))) end++;
  while (end > at && text.charCodeAt(end - 1) === 0x2e) end--;
  return end;
}

/** Letters, digits, `-`, `.`, `/`, `_`, `~`, `+`, `=`. */
export function isTokenUnit(unit: number): boolean {
  return (
    isLetter(unit) || (unit >= 0x2d && unit <= 0x39) || unit === 0x5f || unit === 0x7e || unit === 0x2b || unit === 0x3d
  );
}
