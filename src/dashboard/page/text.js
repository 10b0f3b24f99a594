/** Texts of records, as people may safely look at them: what cannot be seen, or turns text around, is shown by its name. */
import { h } from './dom.js';

/**
 * Control characters but tab and line feed, and all that has no form of its own (marks of direction, characters without
 * width, fillers, tags, variation selectors): they can make a text look like another one, or hide one in it. Halves of
 * surrogate pairs are no characters at all.
 */
const HIDDEN = /[[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]--[\t\n]]|\p{Cs}/gv;

/** Longer texts would make the page slow; the API gives none but the answer to a message that somebody tries. */
const MAX_CHARS = 40_000;

/** @param {string} char */
function nameOf(char) {
  return `U+${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * One line, for a cell or an attribute.
 * @param {string} text
 */
export function line(text) {
  return text
    .slice(0, MAX_CHARS)
    .replace(/[\t\n\r]+/g, ' ')
    .replace(HIDDEN, (char) => `[${nameOf(char)}]`);
}

/**
 * Text with hidden characters as marks of their own.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function visible(text) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let from = 0;
  for (const { 0: char, index } of text.matchAll(HIDDEN)) {
    if (index > from) parts.push(text.slice(from, index));
    parts.push(h('span', { class: 'hidden-char' }, nameOf(char)));
    from = index + char.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/**
 * A text with what matched in a `mark`.
 * @param {string} text
 * @param {{ readonly start: number, readonly end: number } | null | undefined} span in UTF-16 units
 */
export function marked(text, span) {
  const shown = text.slice(0, MAX_CHARS);
  const rest = text.length > MAX_CHARS ? [h('span', { class: 'cut' }, `... ${text.length - MAX_CHARS} more`)] : [];
  if (!span) return [...visible(shown), ...rest];
  const { start, end } = span;
  return [
    ...visible(shown.slice(0, start)),
    h('mark', {}, ...visible(shown.slice(start, end))),
    ...visible(shown.slice(end)),
    ...rest,
  ];
}
