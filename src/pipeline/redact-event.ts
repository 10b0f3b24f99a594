/** The texts of a connector event without their secrets, cut to their limits, and what the matcher found in them. */
import { cutText } from '../events/cut.ts';
import type { Match } from '../matcher/matcher.ts';
import type { Redactor } from '../redaction/redactor.ts';
import { movedSpan, placeholderOf, type Redacted, type Span } from '../redaction/span.ts';

/** So many characters behind a limit are read along, so that a secret at the limit shows as one. */
const LOOK_AHEAD = 4_096;

export interface SafeText {
  readonly text: string;
  readonly isCut: boolean;
  /** The limit that it was cut to. */
  readonly maxChars: number;
  /** Before it was cut, with the place of each secret. */
  readonly redacted: Redacted;
}

/** The text without secrets, at most `maxChars` of it. */
export function safeText(text: string, maxChars: number, redactor: Redactor): SafeText {
  return cutRedacted(text, maxChars, redactor.redact(windowOf(text, maxChars)));
}

function cutRedacted(text: string, maxChars: number, redacted: Redacted): SafeText {
  // What lies behind the limit in the original stays out, however much shorter the text has become.
  const end = text.length > maxChars ? movedSpan(redacted, { start: 0, end: maxChars }).end : redacted.text.length;
  const safe = cutText(cutText(redacted.text, end), maxChars);
  return { text: safe, isCut: text.length > maxChars || safe.length < redacted.text.length, maxChars, redacted };
}

function windowOf(text: string, chars: number): string {
  return text.length > chars + LOOK_AHEAD ? text.slice(0, chars + LOOK_AHEAD) : text;
}

/**
 * The match's place in the redacted text, and its captures without secrets. `known`: the field as it was redacted already,
 * which is not done again when the match stands before its limit.
 */
export function safeMatch(
  text: string,
  { span, captures }: Pick<Match, 'span' | 'captures'>,
  redactor: Redactor,
  known?: SafeText,
): { readonly span: Span; readonly captures: Record<string, string> } {
  const isKnown = known !== undefined && span.end <= known.maxChars;
  const redacted = isKnown ? known.redacted : redactor.redact(windowOf(text, span.end));
  return { span: movedSpan(redacted, span), captures: safeCaptures(text, captures, redacted, redactor) };
}

function safeCaptures(
  text: string,
  captures: Match['captures'],
  { secrets }: Redacted,
  redactor: Redactor,
): Record<string, string> {
  const names = Object.keys(captures);
  if (names.length === 0) return captures;
  const known = secrets.map(({ start, end, kind }) => ({ text: text.slice(start, end), kind }));
  return Object.fromEntries(
    names.map((name) => {
      const capture = captures[name]!;
      const hit = known.find((secret) => shares(capture, secret.text));
      return [name, hit === undefined ? redactor.text(capture) : placeholderOf(hit.kind)];
    }),
  );
}

/** Fewer characters in common may be chance. */
const MIN_SHARED = 4;

/** Whether a capture holds a secret or a part of one: its name may stand outside of the capture. */
function shares(capture: string, secret: string): boolean {
  if (capture.includes(secret) || (capture.length >= MIN_SHARED && secret.includes(capture))) return true;
  for (let count = Math.min(capture.length, secret.length) - 1; count >= MIN_SHARED; count--) {
    if (capture.endsWith(secret.slice(0, count)) || capture.startsWith(secret.slice(-count))) return true;
  }
  return false;
}
