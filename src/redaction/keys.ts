/**
 * Which names stand for secrets: `password`, `X-Api-Key`, `dbPassword`, `client secret`. Compared from their end, in lower
 * case and without `_`, `-`, `.` and blanks, so that every way of writing them and every prefix is covered.
 *
 * Folder rule: `redaction/` is pure; it imports `matcher/` (pattern language, words, decoding) and `errors.ts`.
 */
import { isDigit, isLetter } from '../matcher/units.ts';
import { isBlank, isQuote } from './units.ts';

/** What a placeholder says of the secret; rules of the user may add names. */
export type Kind = string;

export interface Key {
  readonly kind: Kind;
  /**
   * `any`: every value is secret, unless it is prose. `credential`: the name has other meanings too, so only what looks like
   * a credential. `query`: the same, and only as a parameter of an address. `header`: the value reaches to the end of the
   * line. `list`: in a text only several values in brackets; in JSON as `any`.
   */
  readonly takes: 'any' | 'credential' | 'query' | 'header' | 'list';
  /** Where the name begins in the text. */
  readonly start: number;
}

interface Name {
  readonly letters: string;
  readonly kind: Kind | undefined;
  readonly takes: Key['takes'];
  /** Must stand alone: `sid`, but not `outside`. */
  readonly alone: boolean;
}

const named = (kind: Kind | undefined, takes: Key['takes'], alone: boolean, ...letters: string[]): Name[] =>
  letters.map((each) => ({ letters: each, kind, takes, alone }));

const NAMES: readonly Name[] = [
  ...named('password', 'any', false, 'password', 'passwords', 'passwd', 'pwd', 'passphrase', 'passcode', 'passwort'),
  ...named('password', 'credential', true, 'pass', 'pw'),
  ...named('secret', 'any', false, 'secret', 'secrets', 'secretvalue', 'secretstring', 'clientsecretvalue'),
  ...named('token', 'any', false, 'token', 'tokenvalue', 'tokenid'),
  ...named('token', 'any', true, 'jwt'),
  ...named('token', 'list', false, 'tokens'),
  ...named('token', 'credential', false, 'assertion', 'samlresponse', 'samlrequest'),
  // Where a listing goes on, and what a parser read, is no secret.
  ...named(undefined, 'any', false, 'pagetoken', 'nexttoken', 'synctoken', 'continuationtoken', 'deltatoken'),
  ...named(undefined, 'any', false, 'skiptoken', 'changetoken', 'cursortoken', 'unexpectedtoken'),
  ...named('api-key', 'any', false, 'apikey', 'accesskey', 'secretkey', 'privatekey', 'sharedkey', 'accountkey'),
  ...named('api-key', 'any', false, 'authkey', 'masterkey', 'sessionkey', 'subscriptionkey', 'functionskey'),
  ...named('api-key', 'any', false, 'signingkey', 'encryptionkey', 'integrationkey', 'consumerkey', 'apikeys'),
  ...named('cookie', 'header', false, 'cookie', 'cookies'),
  ...named('authorization', 'credential', false, 'authorization'),
  ...named('authorization', 'credential', true, 'auth'),
  ...named('session', 'any', false, 'sessionid', 'sessid'),
  ...named('session', 'credential', true, 'sid', 'session'),
  ...named('signature', 'credential', false, 'signature'),
  ...named('signature', 'credential', true, 'sig'),
  ...named('code', 'query', true, 'code'),
];

/** By the codes of their last two letters, longest first. */
const BY_ENDING: readonly (readonly Name[] | undefined)[] = byEnding();

function byEnding(): (readonly Name[] | undefined)[] {
  const lists: (Name[] | undefined)[] = new Array(128 * 128).fill(undefined);
  for (const name of NAMES) {
    const { length } = name.letters;
    const ending = name.letters.charCodeAt(length - 2) * 128 + name.letters.charCodeAt(length - 1);
    lists[ending] = [...(lists[ending] ?? []), name].sort((one, other) => other.letters.length - one.letters.length);
  }
  return lists;
}

/** The names that end like the text up to the letter at `last`, in either case. */
function namesEndingAt(text: string, last: number): readonly Name[] | undefined {
  const before = last > 0 ? text.charCodeAt(last - 1) : 0;
  const unit = text.charCodeAt(last);
  return isLetter(before) && isLetter(unit) ? BY_ENDING[(before | 0x20) * 128 + (unit | 0x20)] : undefined;
}

/** Between a name and its separator: more than the deepest escaping that is followed, with some blanks. */
const MAX_DISTANCE = 96;

/** A cheap first look: whether a name may end before `end`, past blanks, quotation marks and digits. */
export function mayEndName(text: string, end: number): boolean {
  const first = Math.max(0, end - MAX_DISTANCE);
  for (let at = end - 1; at > first; at--) {
    const unit = text.charCodeAt(at);
    if (isLetter(unit)) return namesEndingAt(text, at) !== undefined;
    if (!isBetween(unit)) return false;
  }
  return false;
}

/** What may stand between a name and its separator, never a separator: each is walked over once. */
function isBetween(unit: number): boolean {
  return isNumbering(unit) || unit === 0x5c || unit === 0x5d || isQuote(unit) || isBlank(unit);
}

/** The secret's name that ends at `end` (exclusive), if one does. Reads at most the length of the longest name back. */
export function keyEndingAt(text: string, end: number): Key | undefined {
  let last = end - 1;
  while (last >= 0 && isNumbering(text.charCodeAt(last)) && end - last < 6) last--;
  const names = namesEndingAt(text, last);
  if (names === undefined) return undefined;
  for (const name of names) {
    const start = startOf(text, last, name.letters);
    if (start < 0 || (name.alone && !beginsWord(text, start))) continue;
    return name.kind === undefined ? undefined : { kind: name.kind, takes: name.takes, start };
  }
  return undefined;
}

/** Names of headers that HTTP clients print in flat lists: `["Cookie", "sid=...", "Accept", ...]`. A regular expression. */
export const LISTED_HEADER = '(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[a-z-]*(?:api-?key|token|secret))';

/** The secret's name that a whole text is or ends with, as a field or header is named. */
export function keyOfName(name: string): Key | undefined {
  return keyEndingAt(name, name.length);
}

/** Where `letters` begin when read backwards from `last`, or -1. */
function startOf(text: string, last: number, letters: string): number {
  let at = last;
  let gap = 0;
  for (let i = letters.length - 1; i >= 0; ) {
    if (at < 0) return -1;
    const unit = text.charCodeAt(at);
    if ((unit < 128 ? unit | 0x20 : unit) === letters.charCodeAt(i) && isLetter(unit)) {
      i--;
      gap = 0;
    } else if (!isJoint(unit) || ++gap > 2) {
      return -1;
    }
    at--;
  }
  return at + 1;
}

/** Whether no word goes on to the left of `start`: `user_sid`, `userSid` and `\nsid` begin one. */
export function beginsWord(text: string, start: number): boolean {
  if (start === 0) return true;
  const before = text.charCodeAt(start - 1);
  if (!isLetter(before) && !isDigit(before)) return true;
  const isCamel = before >= 0x61 && text.charCodeAt(start) < 0x61;
  return isCamel || isEscapedControl(text, start - 1);
}

/** A letter that with the backslash before it stands for a control character, as `n` in `\n`. */
function isEscapedControl(text: string, at: number): boolean {
  return at > 0 && text.charCodeAt(at - 1) === 0x5c && 'nrtbf'.includes(text[at]!);
}

/** `password1`, `token_2`. */
function isNumbering(unit: number): boolean {
  return isDigit(unit) || unit === 0x5f;
}

/** `_`, `-`, `.`, blank: `api_key`, `api-key`, `api.key`, `api key`. */
function isJoint(unit: number): boolean {
  return unit === 0x5f || unit === 0x2d || unit === 0x2e || unit === 0x20;
}
