/**
 * Stage 4: what was found -> the event that people and programs act on. Everything that comes from the record is redacted
 * here, after the match, so that redaction never changes what is found.
 */
import type { ConnectorError, ConnectorEvent, Fields } from '../events/connector-event.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { Classification } from '../matcher/matcher.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { SourceRecord } from '../transport/port.ts';
import type { FieldClassification } from './classify.ts';
import { safeMatch, safeText, textOf } from './redact-event.ts';
import { templateOf } from './template.ts';

export interface EnrichLimits {
  /** Longer messages are cut to this many UTF-16 units in the event. */
  readonly messageChars: number;
}

/** Bounds of what is carried along from the record: fields, and bytes of JSON for all of them together. */
const MAX_ATTRIBUTES = 50;
const MAX_ATTRIBUTE_CHARS = 8_192;
/** Names and ids longer than this are cut. */
const MAX_NAME_CHARS = 256;

export interface EnrichInput {
  readonly record: SourceRecord;
  readonly event: ConnectorEvent;
  readonly found: FieldClassification;
  readonly catalog: { readonly version: string; readonly digest: string };
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Equal for every copy of the same source record, and for no other record of the same cluster. */
export function eventIdOf(record: Pick<SourceRecord, 'topic' | 'partition' | 'offset'>): string {
  return `${record.topic}:${record.partition}:${record.offset}`;
}

export function enrich(
  { record, event, found, catalog, nowMs }: EnrichInput,
  limits: EnrichLimits,
  redactor: Redactor,
): ResolutionEvent {
  const name = (text: string | undefined) =>
    text === undefined ? null : safeText(text, MAX_NAME_CHARS, redactor).text;
  const { classification } = found;
  const match = classification.kind === 'match' ? classification.match : undefined;
  const entry = match?.entry;
  const message = safeText(event.message, limits.messageChars, redactor);
  const app = classification.app.kind === 'known' ? classification.app.key : name(event.app);
  const template = entry === undefined ? templateOf(message.text, app ?? undefined) : undefined;
  const recordTime = record.timestampMs >= 0 ? record.timestampMs : undefined;
  const kept = keepAttributes(event.attributes, redactor);
  const isInMessage = found.field === 'message' && match !== undefined && match.span.end <= limits.messageChars;
  const known = isInMessage ? message.redacted : undefined;
  const safe = match && safeMatch(textOf(event, found.field), match, redactor, known);
  return {
    event_id: eventIdOf(record),
    outcome: entry === undefined ? 'unclassified' : 'resolved',
    id: name(event.id),
    error_type: entry?.id ?? null,
    seed_row: entry?.source?.row ?? null,
    confidence: match?.confidence ?? null,
    generic: entry?.generic ?? false,
    app,
    connector_id: name(event.connectorId),
    tenant_id: name(event.tenantId),
    severity: event.severity ?? null,
    message: message.text,
    message_truncated: message.isCut,
    error: event.error === undefined ? null : errorOf(event.error, redactor),
    match:
      match === undefined || safe === undefined
        ? null
        : {
            field: found.field,
            pattern: match.pattern,
            start: safe.span.start,
            end: safe.span.end,
            captures: safe.captures,
          },
    alternatives: (match ?? (classification as { alternatives: Alternatives })).alternatives.map((other) => ({
      error_type: other.entry.id,
      why: other.why,
    })),
    title: entry?.title ?? null,
    description: entry?.description ?? null,
    resolution: entry === undefined ? null : { ...entry.resolution, links: entry.resolution.links ?? [] },
    fingerprint: template?.fingerprint ?? null,
    template: template?.template ?? null,
    catalog: { version: catalog.version, digest: catalog.digest },
    source: {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestamp: recordTime === undefined ? null : isoTime(recordTime, nowMs),
    },
    correlation: { trace_id: name(event.correlation?.traceId), request_id: name(event.correlation?.requestId) },
    occurred_at: isoTime(event.timestampMs ?? recordTime ?? nowMs, nowMs),
    processed_at: isoTime(nowMs, nowMs),
    ...kept,
  };
}

/** Texts of the error object are cut to this many UTF-16 units. */
const MAX_ERROR_CHARS = 8_192;

function errorOf({ type, code, httpStatus, message, stackTrace }: ConnectorError, redactor: Redactor) {
  const safe = (text: string | undefined, maxChars: number) =>
    text === undefined ? null : safeText(text, maxChars, redactor).text;
  return {
    type: safe(type, MAX_NAME_CHARS),
    code: safe(code, MAX_NAME_CHARS),
    http_status: httpStatus ?? null,
    message: safe(message, MAX_ERROR_CHARS),
    stack_trace: safe(stackTrace, MAX_ERROR_CHARS),
  };
}

type Alternatives = Extract<Classification, { kind: 'none' }>['alternatives'];

/** Times that JavaScript cannot write as a four-digit year fall back to now. */
function isoTime(ms: number, nowMs: number): string {
  return new Date(ms >= 0 && ms < 253_402_300_800_000 ? ms : nowMs).toISOString();
}

/** The fields are counted as they came, then redacted; a placeholder may be longer than the secret. */
function keepAttributes(
  attributes: Fields,
  redactor: Redactor,
): Pick<ResolutionEvent, 'attributes' | 'attributes_dropped'> {
  const kept: Fields = Object.create(null);
  const names = Object.keys(attributes);
  let count = 0;
  let chars = 0;
  for (const name of names) {
    if (count === MAX_ATTRIBUTES) break;
    const size = name.length + jsonLength(attributes[name]);
    if (chars + size > MAX_ATTRIBUTE_CHARS) continue;
    kept[name] = attributes[name];
    chars += size;
    count++;
  }
  return { attributes: redactor.value(kept) as Fields, attributes_dropped: names.length - count };
}

/** Length as JSON; what is nested too deep to be written is too large. */
function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
