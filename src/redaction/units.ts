/** What a UTF-16 unit is, to the redaction. */
import { isDigit, isLetter } from '../matcher/units.ts';

export function isQuote(unit: number): boolean {
  return unit === 0x22 || unit === 0x27 || unit === 0x60;
}

/** Space, tab, no-break space, and what the decoder leaves in place of a colour. */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0xa0 || unit === 0x200b;
}

export function isLineBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d;
}

export function isSpace(unit: number): boolean {
  return isBlank(unit) || isLineBreak(unit);
}

/** A letter of any script, or a digit. */
export function isWordUnit(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || unit > 127;
}
