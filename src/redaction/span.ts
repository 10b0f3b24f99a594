/** Secrets found in a text, and the text without them. */
import type { Kind } from './keys.ts';

/** A stretch of a text in UTF-16 units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Secret extends Span {
  readonly kind: Kind;
}

/** A text with its secrets replaced. */
export interface Redacted {
  readonly text: string;
  /** What was replaced, by its place in the original text, in order, not overlapping. */
  readonly secrets: readonly Secret[];
}

export const NO_SECRETS: readonly Secret[] = Object.freeze([]);

export const PLACEHOLDER_START = '[redacted:';

export function placeholderOf(kind: Kind): string {
  return `${PLACEHOLDER_START}${kind}]`;
}

/** In order of their start, with overlapping and adjoining ones joined; the kind is that of the first one. */
export function merged(secrets: Secret[]): readonly Secret[] {
  if (secrets.length < 2) return secrets;
  const sorted = secrets.sort((a, b) => a.start - b.start || b.end - a.end);
  const result: Secret[] = [];
  for (const secret of sorted) {
    const last = result.at(-1);
    if (last === undefined || secret.start > last.end || (secret.start === last.end && secret.kind !== last.kind)) {
      result.push(secret);
    } else if (secret.end > last.end) {
      result[result.length - 1] = { ...last, end: secret.end };
    }
  }
  return result;
}

/** `secrets` as `merged` gives them. */
export function replaceSecrets(text: string, secrets: readonly Secret[]): Redacted {
  if (secrets.length === 0) return { text, secrets };
  let replaced = '';
  let from = 0;
  for (const { start, end, kind } of secrets) {
    replaced += text.slice(from, start) + placeholderOf(kind);
    from = end;
  }
  return { text: replaced + text.slice(from), secrets };
}

/** Where a stretch of the original text stands in the redacted one; of a secret it touches, it holds the placeholder. */
export function movedSpan({ secrets }: Redacted, span: Span): Span {
  if (secrets.length === 0) return span;
  return { start: moved(secrets, span.start, 'start'), end: moved(secrets, span.end, 'end') };
}

function moved(secrets: readonly Secret[], at: number, edge: 'start' | 'end'): number {
  let shift = 0;
  for (const { start, end, kind } of secrets) {
    const { length } = placeholderOf(kind);
    if (edge === 'start' ? at < end : at <= end) {
      const isInside = edge === 'start' ? at >= start : at > start;
      if (!isInside) return at + shift;
      return start + shift + (edge === 'start' ? 0 : length);
    }
    shift += length - (end - start);
  }
  return at + shift;
}
