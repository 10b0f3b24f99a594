/** A piece of a resolution event to look at: the text around what matched. */
import { cutText } from '../events/cut.ts';
import type { MatchField, ResolutionEvent } from '../events/resolution-event.ts';
import { EXAMPLE_CHARS } from './limits.ts';
import type { Example } from './schema/error-types.ts';
import { owned, ownedOrNull } from './text.ts';

/** Where a match stands far behind, so much of what is before it is shown. */
const BEFORE_CHARS = 200;

/** Shares texts with the event; `ownedExample` is for keeping. */
export function exampleOf(event: ResolutionEvent): Example {
  const field = event.match?.field ?? 'message';
  const whole = textOf(event, field);
  const found = event.match !== null && isInside(event.match, whole) ? event.match : undefined;
  const from = startOf(whole, found?.start ?? 0);
  const text = cutText(whole.slice(from), EXAMPLE_CHARS);
  const end = found && Math.min(found.end - from, text.length);
  return {
    event_id: event.event_id,
    occurred_at: event.occurred_at,
    app: event.app,
    connector_id: event.connector_id,
    tenant_id: event.tenant_id,
    confidence: event.confidence,
    field,
    text,
    cut_before: from > 0,
    cut_after: from + text.length < whole.length || (field === 'message' && event.message_truncated),
    span: found === undefined || end === undefined ? null : { start: found.start - from, end },
  };
}

/** The same, independent of the memory of the event that it was taken from. */
export function ownedExample(example: Example): Example {
  return {
    ...example,
    event_id: owned(example.event_id),
    occurred_at: owned(example.occurred_at),
    app: ownedOrNull(example.app),
    connector_id: ownedOrNull(example.connector_id),
    tenant_id: ownedOrNull(example.tenant_id),
    text: owned(example.text),
  };
}

/** The match may lie behind where the field was cut, and a status is no text to mark. */
function isInside({ field, start, end }: { field: MatchField; start: number; end: number }, text: string): boolean {
  return field !== 'error.http_status' && start < end && end <= text.length;
}

function startOf(text: string, matchStart: number): number {
  if (text.length <= EXAMPLE_CHARS || matchStart <= BEFORE_CHARS) return 0;
  const start = Math.min(matchStart - BEFORE_CHARS, text.length - EXAMPLE_CHARS);
  const unit = text.charCodeAt(start);
  const isHalf = unit >= 0xdc00 && unit < 0xe000;
  return isHalf ? start + 1 : start;
}

function textOf({ message, error }: ResolutionEvent, field: MatchField): string {
  switch (field) {
    case 'message':
      return message;
    case 'error.message':
      return error?.message ?? '';
    case 'error.stack_trace':
      return error?.stack_trace ?? '';
    case 'error.type':
      return error?.type ?? '';
    case 'error.code':
      return error?.code ?? '';
    case 'error.http_status':
      return String(error?.http_status ?? '');
  }
}
