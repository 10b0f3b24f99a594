/** E-mail addresses, and user names with passwords in URLs. */
import { isDigit, isLetter } from '../matcher/units.ts';
import type { Secret } from './span.ts';
import { isQuote, isWordUnit } from './units.ts';

const AT = 0x40;

/**
 * The e-mail address around the `@` at `at`; it begins at `from` or later. It may overlap a secret before it, such as a token inside its name: the rest of
 * the name is part of it, too. No character is looked at for two `@`, since none is part of a name.
 */
export function emailAt(text: string, at: number, from: number): Secret | undefined {
  let start = at;
  while (start > from && isLocalUnit(text.charCodeAt(start - 1))) start--;
  while (start < at && !isWordUnit(text.charCodeAt(start))) start++;
  if (start === at) return undefined;
  let end = at + 1;
  let label = end;
  let labels = 0;
  for (; end < text.length; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 0x2e) {
      if (end === label) break;
      if (!isDomainUnit(text.charCodeAt(end + 1))) break;
      labels++;
      label = end + 1;
    } else if (!isDomainUnit(unit)) {
      break;
    }
  }
  // `Bar@1a2b3c` is a Java object, `pkg@1.2.3` a version.
  if (labels === 0 || end - label < 2 || !isTopLevel(text, label, end)) return undefined;
  return { start, end, kind: 'email' };
}

function isTopLevel(text: string, label: number, end: number): boolean {
  if (text.startsWith('xn--', label)) return true;
  for (let i = label; i < end; i++) if (!isLetter(text.charCodeAt(i)) && text.charCodeAt(i) < 128) return false;
  return true;
}

function isLocalUnit(unit: number): boolean {
  return isWordUnit(unit) || "._%+-'~!".includes(String.fromCharCode(unit));
}

function isDomainUnit(unit: number): boolean {
  return isWordUnit(unit) || unit === 0x2d;
}

/** How far a password in a URL is followed past a `/` in it. */
const MAX_LOOK_AHEAD = 256;

/** User name and password of the URL whose `:` before `//` stands at `colon`. */
export function urlCredentialsAt(text: string, colon: number): Secret | undefined {
  const start = afterSlashes(text, colon + 1);
  if (start < 0) return undefined;
  let end = start;
  let at = -1;
  let password = -1;
  let isPort = true;
  for (; end < text.length && !isAuthorityEnd(text.charCodeAt(end)); end++) {
    const unit = text.charCodeAt(end);
    if (unit === AT) at = end;
    else if (unit === 0x3a && password < 0) password = end + 1;
    else if (password >= 0 && !isDigit(unit)) isPort = false;
  }
  if (at >= 0) return at > start ? { start, end: at, kind: 'url-credentials' } : undefined;
  if (password < 0 || isPort || text.charCodeAt(start) === 0x5b) return undefined;
  // No port has letters: a password with a `/` in it, or the text was cut before the `@`.
  for (let i = end; i < text.length && i - end < MAX_LOOK_AHEAD && !isUrlEnd(text.charCodeAt(i)); i++) {
    if (text.charCodeAt(i) === AT) return { start, end: i, kind: 'url-credentials' };
  }
  return end === text.length ? { start: password, end, kind: 'url-credentials' } : undefined;
}

/** Behind `//`, which JSON may escape as `\/\/`; -1 when there is none. */
function afterSlashes(text: string, from: number): number {
  let at = from;
  for (let slashes = 0; slashes < 2; slashes++) {
    while (text.charCodeAt(at) === 0x5c && at - from < 64) at++;
    if (text.charCodeAt(at) !== 0x2f) return -1;
    at++;
  }
  return at;
}

function isAuthorityEnd(unit: number): boolean {
  return unit === 0x2f || unit === 0x3f || unit === 0x23 || isUrlEnd(unit);
}

function isUrlEnd(unit: number): boolean {
  return unit <= 0x20 || unit === 0x5c || unit === 0x3c || unit === 0x3e || isQuote(unit);
}
