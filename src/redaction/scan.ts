/**
 * Finds the secrets of one text in one pass. Most characters cost one look into a table; only those that may belong to a
 * secret (`=`, `:`, `@`, the `J` of `eyJ`) are looked at closer, and what is looked at is not looked at again: the work is
 * linear in the length of the text.
 */
import { isEncodedAt } from '../matcher/decode.ts';
import { isLetter } from '../matcher/units.ts';
import { emailAt, urlCredentialsAt } from './addresses.ts';
import { mayEndName } from './keys.ts';
import { elementAt, flagAt, listedAt, namedAt } from './named.ts';
import { schemeAt, sswsAt } from './schemes.ts';
import { awsKeyAt, googleKeyAt, jwtAt, mayEndPrefix, prefixedAt, privateKeyAt } from './shapes.ts';
import type { Secret, Span } from './span.ts';
import { isQuote } from './units.ts';

export interface Scan {
  readonly secrets: Secret[];
  /** Whether the text holds pieces such as `%3D`, `&quot;`, `\u0022`: decoded, it may hold more secrets. */
  readonly isEncoded: boolean;
}

/** What a character may be a part of; 0 for most. */
const NONE = 0;
const SEPARATOR = 1;
const AT_SIGN = 2;
const JOINT = 3;
const JWT = 4;
const SCHEME = 5;
const UPPER_I = 6;
const LOWER_Z = 7;
const TAG = 8;
const ENCODED = 9;
const COMMA = 10;
const UPPER_W = 11;

const UNITS = new Uint8Array(65_536);
for (const [chars, unit] of [
  ['=:', SEPARATOR],
  ['@', AT_SIGN],
  ['-_.', JOINT],
  ['J', JWT],
  ['bB', SCHEME],
  ['I', UPPER_I],
  ['z', LOWER_Z],
  ['<', TAG],
  ['%&\\\u001b', ENCODED],
  [',', COMMA],
  ['W', UPPER_W],
] as const) {
  for (const char of chars) UNITS[char.charCodeAt(0)] = unit;
}

const CLEAN: Scan = Object.freeze({ secrets: Object.freeze([]) as unknown as Secret[], isEncoded: false });

const encoder = new TextEncoder();
/** Texts up to this length are read as bytes that the engine has copied out, in half the time; used again each time. */
const bytes = new Uint8Array(16_384);

/** `emails`: whether e-mail addresses count as secrets. */
export function scan(text: string, emails: boolean): Scan {
  const { length } = text;
  const isAscii = length <= bytes.length && isCopied(encoder.encodeInto(text, bytes), length);
  let secrets: Secret[] | undefined;
  let isEncoded = false;
  let after = 0;
  // What follows the credentials of a URL is a host, not an e-mail address.
  let host = 0;
  for (let at = nextOf(text, 0, isAscii); at < length; at = nextOf(text, at + 1, isAscii)) {
    const what = UNITS[text.charCodeAt(at)]!;
    if (what === ENCODED) {
      isEncoded ||= isEncodedAt(text, at);
      continue;
    }
    if (!mayBe(text, at, what)) continue;
    const secret = secretAt(text, at, what, after, emails ? host : undefined);
    if (secret === undefined || secret.end <= secret.start) continue;
    secrets ??= [];
    secrets.push(secret);
    isEncoded ||= hasEncoded(text, secret);
    after = secret.end;
    if (secret.kind === 'url-credentials') host = secret.end;
    at = Math.max(at, secret.end - 1);
  }
  return secrets === undefined && !isEncoded ? CLEAN : { secrets: secrets ?? [], isEncoded };
}

/** One byte for each character: all of them are ASCII. */
function isCopied({ read, written }: { readonly read: number; readonly written: number }, length: number): boolean {
  return read === length && written === length;
}

/** Where the next character stands that may belong to a secret; the text's length when there is none. */
function nextOf(text: string, from: number, isAscii: boolean): number {
  const { length } = text;
  let at = from;
  if (isAscii) {
    while (at < length && UNITS[bytes[at]!] === NONE) at++;
  } else {
    while (at < length && UNITS[text.charCodeAt(at)] === NONE) at++;
  }
  return at;
}

/** A cheap look at the neighbours, which nearly always says no. */
function mayBe(text: string, at: number, what: number): boolean {
  switch (what) {
    case SEPARATOR:
      return mayEndName(text, at) || isBeforeSlashes(text.charCodeAt(at + 1));
    case JOINT:
      return mayEndPrefix(text, at) || text.charCodeAt(at + 1) === 0x2d;
    case JWT:
      return text.charCodeAt(at - 1) === 0x79;
    case SCHEME: {
      const next = text.charCodeAt(at + 1) | 0x20;
      const third = text.charCodeAt(at + 2) | 0x20;
      return (next === 0x65 && third === 0x61) || (next === 0x61 && third === 0x73);
    }
    case UPPER_I:
      return text.charCodeAt(at - 2) === 0x41;
    case LOWER_Z:
      return text.charCodeAt(at - 1) === 0x49;
    case UPPER_W:
      return text.charCodeAt(at - 1) === 0x53;
    case TAG:
      return isLetter(text.charCodeAt(at + 1));
    case COMMA:
      return isQuote(text.charCodeAt(at - 1)) && mayEndName(text, at);
    default:
      return true;
  }
}

/** `://`, which JSON may write as `:\/\/`. */
function isBeforeSlashes(unit: number): boolean {
  return unit === 0x2f || unit === 0x5c;
}

function hasEncoded(text: string, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80 && UNITS[unit] === ENCODED && isEncodedAt(text, at)) return true;
  }
  return false;
}

/** `after`: where the secret before ends. `emailsFrom`: where e-mail addresses may begin; undefined: they are no secrets. */
function secretAt(
  text: string,
  at: number,
  what: number,
  after: number,
  emailsFrom: number | undefined,
): Secret | undefined {
  switch (what) {
    case SEPARATOR:
      return namedAt(text, at, after) ?? (text.charCodeAt(at) === 0x3a ? urlCredentialsAt(text, at) : undefined);
    case AT_SIGN:
      return emailsFrom === undefined ? undefined : emailAt(text, at, emailsFrom);
    case JOINT:
      return jointAt(text, at, after);
    case JWT:
      return jwtAt(text, at);
    case SCHEME:
      return schemeAt(text, at);
    case UPPER_I:
      return awsKeyAt(text, at);
    case LOWER_Z:
      return googleKeyAt(text, at);
    case TAG:
      return elementAt(text, at);
    case COMMA:
      return listedAt(text, at, after);
    default:
      return sswsAt(text, at);
  }
}

function jointAt(text: string, at: number, after: number): Secret | undefined {
  const prefixed = prefixedAt(text, at);
  if (prefixed !== undefined || text.charCodeAt(at) !== 0x2d) return prefixed;
  if (text.charCodeAt(at + 1) !== 0x2d) return undefined;
  return text.charCodeAt(at + 2) === 0x2d ? privateKeyAt(text, at, after) : flagAt(text, at);
}
