/**
 * The user's own rules, in the pattern language of the catalog: `internal ticket {id}` redacts what follows these words.
 * Unlike a pattern, a rule may end with a placeholder, and one without any redacts its own words.
 */
import { type Pattern, PatternError, PLACEHOLDERS, type Placeholder, parsePattern } from '../matcher/pattern.ts';
import { isDigit } from '../matcher/units.ts';
import { type Word, wordsOf } from '../matcher/words.ts';
import type { Secret, Span } from './span.ts';
import { isLineBreak, isQuote } from './units.ts';
import { bareAt } from './values.ts';

export interface Rule {
  readonly segments: Pattern['segments'];
  /** `gaps[i]` stands behind `segments[i]`; the last one may be missing. */
  readonly gaps: readonly Placeholder[];
}

const DEFAULT_KIND = 'custom';
const SENTINEL = 'end';
const ENDS_WITH_PLACEHOLDER = /\{[^{}]*\}\s*$/;

/** @throws {PatternError} that says what is wrong, for a rule that cannot be used. */
export function parseRule(text: string): Rule {
  const [braces] = ENDS_WITH_PLACEHOLDER.exec(text) ?? [];
  const isOpen = braces !== undefined;
  const { segments, gaps } = parsePattern(isOpen ? `${text} ${SENTINEL}` : text);
  if (isOpen && segments.at(-1)!.literal !== SENTINEL) throw new PatternError(noPlaceholder(braces.trim()), 0);
  const unbounded = gaps.find(({ type }) => type === '...');
  if (unbounded !== undefined) {
    throw new PatternError('{...} has no end, so it would redact all that follows; use {text}, {id} or {word}', 0);
  }
  return { segments: isOpen ? segments.slice(0, -1) : segments, gaps };
}

/** Elsewhere such braces are part of the words, but at the end of a rule they were meant to take something. */
function noPlaceholder(braces: string): string {
  const known = Object.keys(PLACEHOLDERS).filter((name) => name !== '...');
  return `${braces} is no placeholder; expected one of ${known.map((name) => `{${name}}`).join(', ')}`;
}

/** What the rules redact in the text. Work: words of the text times words of the rules, at most 24 words a gap. */
export function ruleSecrets(text: string, rules: readonly Rule[]): Secret[] {
  if (rules.length === 0) return [];
  const words = wordsOf(text);
  const byText = new Map<string, number[]>();
  words.forEach((word, i) => {
    const places = byText.get(word.text);
    if (places === undefined) byText.set(word.text, [i]);
    else places.push(i);
  });
  return rules.flatMap((rule) => {
    const starts = byText.get(rule.segments[0]!.words[0]!) ?? [];
    return starts.flatMap((first) => secretsFrom(text, words, first, rule));
  });
}

function secretsFrom(text: string, words: readonly Word[], first: number, { segments, gaps }: Rule): Secret[] {
  if (!standsAt(words, first, segments[0]!.words)) return [];
  const secrets: Secret[] = [];
  let next = first + segments[0]!.words.length;
  if (gaps.length === 0) return [{ start: words[first]!.start, end: words[next - 1]!.end, kind: DEFAULT_KIND }];
  for (const [i, gap] of gaps.entries()) {
    const from = words[next - 1]!.end;
    const segment = segments[i + 1];
    const found = segment === undefined ? -1 : nearest(words, next, segment.words, gap);
    if (segment !== undefined && found < 0) return [];
    const span =
      segment === undefined ? openEnd(text, from, words[next], gap) : { start: from, end: words[found]!.start };
    const secret = span && trimmed(text, span);
    if (secret === undefined && segment === undefined) return [];
    if (secret !== undefined) secrets.push({ ...secret, kind: gap.label ?? DEFAULT_KIND });
    if (segment !== undefined) next = found + segment.words.length;
  }
  return secrets;
}

function standsAt(words: readonly Word[], at: number, expected: readonly string[]): boolean {
  return expected.every((text, i) => words[at + i]?.text === text);
}

/** Where `expected` stands next within the bounds of the gap, or -1. */
function nearest(words: readonly Word[], from: number, expected: readonly string[], gap: Placeholder): number {
  const { min, max } = PLACEHOLDERS[gap.type];
  for (let count = 0; count <= max && from + count < words.length; count++) {
    if (count >= min && standsAt(words, from + count, expected))
      return isNumeric(words, from, count, gap) ? from + count : -1;
    if (words[from + count]!.text === gap.without) return -1;
  }
  return -1;
}

function isNumeric(words: readonly Word[], from: number, count: number, gap: Placeholder): boolean {
  return gap.type !== 'number' || words.slice(from, from + count).every(({ text }) => isNumber(text));
}

function isNumber(word: string): boolean {
  for (let i = 0; i < word.length; i++) if (!isDigit(word.charCodeAt(i))) return false;
  return true;
}

/** What a placeholder at the end of a rule takes: a word, a number, an id or host up to white space, a text to its end. */
function openEnd(text: string, from: number, word: Word | undefined, gap: Placeholder): Span | undefined {
  if (word === undefined || word.text === gap.without || /[\r\n]/.test(text.slice(from, word.start))) return undefined;
  switch (gap.type) {
    case 'number':
      return isNumber(word.text) ? word : undefined;
    case 'word':
      return word;
    case 'text':
      return { start: word.start, end: endOfText(text, word.start) };
    default:
      return bareAt(text, word.start);
  }
}

/** The end of the line, or the quotation mark around the text. */
function endOfText(text: string, from: number): number {
  let end = from;
  while (end < text.length && !isLineBreak(text.charCodeAt(end)) && !isQuote(text.charCodeAt(end))) end++;
  return end;
}

const EDGE = /[\s"'`({[<:=,\\)}\]>]/;

/** Without the marks and blanks at its edges; undefined when nothing is left. */
function trimmed(text: string, span: Span): Span | undefined {
  let { start, end } = span;
  while (start < end && EDGE.test(text[start]!)) start++;
  while (end > start && EDGE.test(text[end - 1]!)) end--;
  return start < end ? { start, end } : undefined;
}
