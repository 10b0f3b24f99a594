/** Secrets that show by their name: `password=...`, `"apiKey": "..."`, `--token ...`, `<secret>...</secret>`. */
import { isLetter } from '../matcher/units.ts';
import { type Key, keyEndingAt, keyOfName, LISTED_HEADER } from './keys.ts';
import { PLACEHOLDER_START, type Secret, type Span } from './span.ts';
import { isBlank, isLineBreak, isQuote } from './units.ts';
import {
  afterBlanks,
  bareAt,
  bracketedAt,
  headerAt,
  isHarmless,
  isNameAt,
  looksLikeCredential,
  quotedAt,
} from './values.ts';

/** `name=value`, `"name": "value"`, `[name] => value`, at any depth of quoting; the separator stands at `at`. */
export function namedAt(text: string, at: number, after: number): Secret | undefined {
  let end = at;
  while (end > after && isBlank(text.charCodeAt(end - 1))) end--;
  while (end > after && isMark(text.charCodeAt(end - 1))) end--;
  const key = keyEndingAt(text, end) ?? namedByNeighbour(text, end, after);
  if (key === undefined || key.start < after) return undefined;
  let from = at + 1;
  while (from < text.length && (text.charCodeAt(from) === 0x3d || text.charCodeAt(from) === 0x3e)) from++;
  return valueAt(text, from, key, text.charCodeAt(at) === 0x3d);
}

/** What may stand between a name and its separator: quotation marks, backslashes, `]`. */
function isMark(unit: number): boolean {
  return isQuote(unit) || unit === 0x5c || unit === 0x5d;
}

const MAX_NEIGHBOUR = 160;

/** The key of `"name": "password", "value": ...`, given where `value` ends. */
function namedByNeighbour(text: string, end: number, after: number): Key | undefined {
  if (text.charCodeAt(end - 1) !== 0x65 || !text.startsWith('value', end - 5)) return undefined;
  const from = Math.max(after, end - 5 - MAX_NEIGHBOUR);
  const found = /(?:name|key|header|id)[\s"'\\=:>]+([\w-]+)[\s"'\\,;&]+$/i.exec(text.slice(from, end - 5));
  const key = found === null ? undefined : keyOfName(found[1]!);
  return key && { ...key, start: end - 5 };
}

/** The value of `key` that begins at `from` or behind the blanks there. */
function valueAt(text: string, from: number, key: Key, isAssigned: boolean): Secret | undefined {
  if (key.takes === 'query' && !isParameter(text, key.start)) return undefined;
  let at = afterBlanks(text, from);
  const isSpaced = at > from;
  const next = afterLineBreaks(text, at);
  if (next > at) {
    // A value on the next line only when it is quoted: elsewhere another line begins.
    if (quotedAt(text, next) !== undefined) at = next;
    else if (isLineBreak(text.charCodeAt(at)) || isBlank(text.charCodeAt(next - 1))) return undefined;
  }
  if (text.startsWith(PLACEHOLDER_START, at)) return undefined;
  const quoted = quotedAt(text, at);
  if (quoted !== undefined) {
    const isWeak = key.takes === 'credential' || key.takes === 'query';
    const isKept =
      isHarmless(text, quoted) || (isWeak && key.kind !== 'authorization' && !looksLikeCredential(text, quoted));
    return isKept || key.takes === 'list' ? undefined : { ...quoted, kind: key.kind };
  }
  const unit = text.charCodeAt(at);
  if (unit === 0x5b) {
    // Looked at before the end is searched for: what is kept would be searched again.
    if (text.startsWith(PLACEHOLDER_START, at + 1)) return undefined;
    const first = quotedAt(text, at + 1) ?? bareAt(text, at + 1);
    return isHarmless(text, first) ? undefined : { ...bracketedAt(text, at), kind: key.kind };
  }
  if (unit === 0x7b || key.takes === 'list') return undefined;
  if (isAssigned && isSpaced && text.charCodeAt(from - 2) !== 0x20 && isNameAt(text, at)) return undefined;
  return bareSecret(text, at, key);
}

/** Behind line breaks, real ones and `\\n` at any depth of escaping, and the blanks after them. */
function afterLineBreaks(text: string, from: number): number {
  let at = from;
  for (;;) {
    let letter = at;
    while (text.charCodeAt(letter) === 0x5c && letter - at < 64) letter++;
    const isBreak = letter === at ? isLineBreak(text.charCodeAt(at)) : 'nrt'.includes(text.charAt(letter) || ' ');
    if (isBreak) at = letter + 1;
    else if (at > from && isBlank(text.charCodeAt(at))) at++;
    else return at;
  }
}

/** Whether the name is a parameter of an address or a form. */
function isParameter(text: string, start: number): boolean {
  const before = start > 0 ? text.charCodeAt(start - 1) : 0;
  return before === 0x3f || before === 0x26;
}

/** Words before a credential that say how it is meant; the credential follows. */
const SCHEMES = new Set(
  'bearer basic digest token ssws oauth apikey api-key negotiate ntlm hmac sharedkey sharedkeylite sharedaccesssignature geniekey splunk aws4-hmac-sha256 zoho-oauthtoken klaviyo-api-key'.split(
    ' ',
  ),
);
/** Schemes whose credential is a list of parameters. */
const LISTING = new Set(['digest', 'oauth', 'hmac', 'aws4-hmac-sha256', 'sharedaccesssignature']);

function bareSecret(text: string, at: number, key: Key): Secret | undefined {
  const bare = bareAt(text, at);
  const scheme = text.slice(bare.start, Math.min(bare.end, bare.start + 24)).toLowerCase();
  if (SCHEMES.has(scheme) && isBlank(text.charCodeAt(bare.end))) {
    const second = afterBlanks(text, bare.end);
    if (LISTING.has(scheme)) return { ...headerAt(text, second), kind: key.kind };
    const credential = bareAt(text, second);
    const isKept = isNameAt(text, second) || text.startsWith(PLACEHOLDER_START, second);
    return isKept || isHarmless(text, credential) ? undefined : { ...credential, kind: kindOfScheme(scheme, key.kind) };
  }
  if (isHarmless(text, bare) || isStatusOrFolder(text, bare, key)) return undefined;
  if (key.takes === 'header') return { ...headerAt(text, at), kind: key.kind };
  if (key.takes !== 'any' && !looksLikeCredential(text, bare)) {
    if (key.kind !== 'authorization' || !isBlank(text.charCodeAt(bare.end))) return undefined;
    // A scheme that is not known: its credential follows.
    const second = bareAt(text, afterBlanks(text, bare.end));
    return looksLikeCredential(text, second) ? { ...second, kind: key.kind } : undefined;
  }
  return { ...bare, kind: key.kind };
}

/** `cannot fetch token: 400 Bad Request`, and the `PWD=/srv` of an environment. */
function isStatusOrFolder(text: string, { start, end }: Span, key: Key): boolean {
  if (text.charCodeAt(start) === 0x2f) return text.startsWith('PWD', key.start);
  return end - start === 3 && /[1-5]\d\d/.test(text.slice(start, end));
}

function kindOfScheme(scheme: string, otherwise: string): string {
  return scheme === 'bearer' || scheme === 'basic' ? scheme : otherwise;
}

const MAX_FLAG = 64;

/** `--password value` of a command line; with `=` it is a named value. */
export function flagAt(text: string, at: number): Secret | undefined {
  let end = at + 2;
  while (end - at < MAX_FLAG && (isLetter(text.charCodeAt(end)) || text.charCodeAt(end) === 0x2d)) end++;
  if (end === at + 2 || !isBlank(text.charCodeAt(end))) return undefined;
  const key = keyEndingAt(text, end);
  if (key === undefined || key.start < at + 2) return undefined;
  const start = afterBlanks(text, end);
  return text.charCodeAt(start) === 0x2d ? undefined : valueAt(text, start, key, false);
}

const MAX_TAG = 256;

/** `<password type="text">value</password>`. */
export function elementAt(text: string, at: number): Secret | undefined {
  let end = at + 1;
  while (end - at < MAX_FLAG && !/[\s<>/]/.test(text[end] ?? '>')) end++;
  if (end === at + 1) return undefined;
  const key = keyEndingAt(text, end);
  if (key === undefined || key.start <= at || key.takes === 'list') return undefined;
  const close = text.slice(end, end + MAX_TAG).indexOf('>');
  if (close < 0 || text.charCodeAt(end + close - 1) === 0x2f) return undefined;
  const start = end + close + 1;
  // A decoded `<![CDATA[` may have lost a part of it that looks like a colour: `[3m`.
  const isCdata = text.startsWith('<!', start);
  const last = text.indexOf(isCdata ? ']]>' : '<', start);
  const value = {
    start: isCdata ? start + (text.startsWith('[CDATA[', start + 2) ? 9 : 2) : start,
    end: last < 0 ? text.length : last,
  };
  return isHarmless(text, value) ? undefined : { ...value, kind: key.kind };
}

const LISTED = new RegExp(`(?:^|["'\\\\])${LISTED_HEADER}$`, 'i');

/** The value behind the name of a header in a flat list; the comma between them stands at `at`. */
export function listedAt(text: string, at: number, after: number): Secret | undefined {
  if (!isQuote(text.charCodeAt(at - 1))) return undefined;
  let end = at;
  while (end > after && isMark(text.charCodeAt(end - 1))) end--;
  const key = keyEndingAt(text, end);
  if (key === undefined || !LISTED.test(text.slice(Math.max(after, end - MAX_NEIGHBOUR), end))) return undefined;
  const quoted = quotedAt(text, afterBlanks(text, at + 1));
  return quoted === undefined || isHarmless(text, quoted) ? undefined : { ...quoted, kind: key.kind };
}
