/** The template of a group of messages -> a pattern of the catalog's language that fits them. */
import { decode } from '../matcher/decode.ts';
import { MAX_PATTERN_WORDS } from '../matcher/pattern.ts';
import { wordsOf } from '../matcher/words.ts';
import { PLACEHOLDER_START } from '../redaction/span.ts';

/** Where a template is cut; what stands there may be half a word. */
const MAX_TEMPLATE_CHARS = 300;

const CHANGING = '<*>';
/** Of private use, and no part of a word. */
const GAP = '\ue000';
const SECRET = new RegExp(`${PLACEHOLDER_START.replace('[', '\\[')}[^\\]]*\\]?`, 'g');

/** Never empty; fits the pattern language whatever the template is. */
export function draftPattern(template: string): string {
  const pieces: string[] = [];
  let words = 0;
  for (const piece of literalsOf(template)) {
    const count = wordsOf(piece).length;
    if (count === 0) continue;
    const room = MAX_PATTERN_WORDS - words;
    if (room <= 0) break;
    pieces.push(count > room ? piece.slice(0, wordsOf(piece)[room - 1]!.end) : piece);
    words += count;
  }
  // Up to 24 words: what changes may be a path, an address, a list.
  return pieces.length === 0 ? 'write the words here that tell this message from others' : pieces.join(' {text} ');
}

/** The template with something in the place of what changes: a second message of the group. */
export function filledTemplate(template: string): string {
  return literalsOf(template).join(' 0000 ').trim() || '0000';
}

function literalsOf(template: string): string[] {
  const whole = template.length < MAX_TEMPLATE_CHARS ? template : template.replace(/\S*$/, '');
  // As the matcher reads it, without tags and escapes; a mark that is itself a tag would not outlive that.
  const { text } = decode(whole.replace(SECRET, GAP).replaceAll(CHANGING, GAP));
  // Braces mean placeholders in patterns, and compare nothing in texts.
  return text.split(GAP).map((piece) => piece.replace(/[{}]/g, ' ').replace(/\s+/g, ' ').trim());
}
