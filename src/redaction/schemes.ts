/** Credentials behind the name of their scheme, as in an `Authorization` header: `Bearer ...`, `Basic ...`, `SSWS ...`. */
import { beginsWord } from './keys.ts';
import { endOfToken, isTokenUnit } from './shapes.ts';
import type { Secret } from './span.ts';
import { afterBlanks, isNameAt, looksLikeCredential, quotedAt } from './values.ts';

/** `Bearer ...` and `Basic ...` anywhere. */
export function schemeAt(text: string, at: number): Secret | undefined {
  const name = (text.charCodeAt(at + 1) | 0x20) === 0x65 ? 'bearer' : 'basic';
  if (text.slice(at, at + name.length).toLowerCase() !== name || !beginsWord(text, at)) return undefined;
  return credentialAfter(text, at + name.length, name, false);
}

/** The credential behind a scheme that ends at `end`, unless prose or a challenge (`Bearer realm=...`) follows. */
function credentialAfter(text: string, end: number, kind: string, isCertain: boolean): Secret | undefined {
  const separator = text.charCodeAt(end);
  const start = afterBlanks(text, separator === 0x3d || separator === 0x3a ? end + 1 : end);
  if (start === end || isNameAt(text, start)) return undefined;
  const isToken = isTokenUnit(text.charCodeAt(start));
  const token = isToken ? { start, end: endOfToken(text, start) } : quotedAt(text, start);
  if (token === undefined) return undefined;
  if (isCertain ? token.end - token.start < 8 : !looksLikeCredential(text, token)) return undefined;
  return { ...token, kind };
}

/** A token of Okta; `at` is the `W` of `SSWS`. */
export function sswsAt(text: string, at: number): Secret | undefined {
  return text.startsWith('SSWS', at - 2) ? credentialAfter(text, at + 2, 'api-key', true) : undefined;
}
