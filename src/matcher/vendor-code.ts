/** A vendor's own error code in a message that only a generic entry fits: the next entry to write. */
import type { Dictionary } from './dictionary.ts';

/** Codes stand near the beginning of an error's body; more of the message is not looked at. */
const MAX_CHARS = 4_000;

/** `AADSTS70008`, `AF20012`, `E0000011`: letters and digits of one vendor. */
const LETTERS_AND_DIGITS = /(?<![\w-])(?:AADSTS\d{4,9}|[A-Z]{1,4}\d{4,9})(?![\w-])/;
/** The value of a member named code, however deep it is escaped. */
const MEMBER =
  /["']?error_?code\\*["']?\s*[:=]\s*\\*["']?([A-Za-z][\w.-]{2,60})|["']code\\*["']\s*:\s*\\*["']([A-Za-z][\w.-]{2,60})/i;

/** The first code that `isKnown` does not know; undefined if there is none. */
export function unknownVendorCode(message: string, known: Pick<Dictionary, 'has'>): string | undefined {
  const text = message.slice(0, MAX_CHARS);
  const [plain] = LETTERS_AND_DIGITS.exec(text) ?? [];
  const member = MEMBER.exec(text);
  return [plain, member?.[1] ?? member?.[2]].find((code) => code !== undefined && !known.has(code.toLowerCase()));
}
