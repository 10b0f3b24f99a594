/** Stage 4: what was found -> the event that people and programs act on. */
import type { ConnectorError, ConnectorEvent, Fields } from '../events/connector-event.ts';
import { cutText } from '../events/cut.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { Classification } from '../matcher/matcher.ts';
import type { SourceRecord } from '../transport/port.ts';
import type { FieldClassification } from './classify.ts';
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

export function enrich({ record, event, found, catalog, nowMs }: EnrichInput, limits: EnrichLimits): ResolutionEvent {
  const { classification } = found;
  const match = classification.kind === 'match' ? classification.match : undefined;
  const entry = match?.entry;
  const template = entry === undefined ? templateOf(event.message, appOf(classification, event)) : undefined;
  const recordTime = record.timestampMs >= 0 ? record.timestampMs : undefined;
  const kept = keepAttributes(event.attributes);
  return {
    event_id: eventIdOf(record),
    outcome: entry === undefined ? 'unclassified' : 'resolved',
    id: cut(event.id),
    error_type: entry?.id ?? null,
    seed_row: entry?.source?.row ?? null,
    confidence: match?.confidence ?? null,
    generic: entry?.generic ?? false,
    app: cut(appOf(classification, event)),
    connector_id: cut(event.connectorId),
    tenant_id: cut(event.tenantId),
    severity: event.severity ?? null,
    message: cutText(event.message, limits.messageChars),
    message_truncated: event.message.length > limits.messageChars,
    error: event.error === undefined ? null : errorOf(event.error),
    match:
      match === undefined
        ? null
        : {
            field: found.field,
            pattern: match.pattern,
            start: match.span.start,
            end: match.span.end,
            captures: match.captures,
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
    correlation: { trace_id: cut(event.correlation?.traceId), request_id: cut(event.correlation?.requestId) },
    occurred_at: isoTime(event.timestampMs ?? recordTime ?? nowMs, nowMs),
    processed_at: isoTime(nowMs, nowMs),
    ...kept,
  };
}

/** Texts of the error object are cut to this many UTF-16 units. */
const MAX_ERROR_CHARS = 8_192;

function errorOf({ type, code, httpStatus, message, stackTrace }: ConnectorError): ResolutionEvent['error'] {
  const long = (text: string | undefined) => (text === undefined ? null : cutText(text, MAX_ERROR_CHARS));
  return {
    type: cut(type),
    code: cut(code),
    http_status: httpStatus ?? null,
    message: long(message),
    stack_trace: long(stackTrace),
  };
}

type Alternatives = Extract<Classification, { kind: 'none' }>['alternatives'];

function appOf({ app }: Classification, event: ConnectorEvent): string | undefined {
  return app.kind === 'known' ? app.key : event.app;
}

function cut(text: string | undefined): string | null {
  return text === undefined ? null : cutText(text, MAX_NAME_CHARS);
}

/** Times that JavaScript cannot write as a four-digit year fall back to now. */
function isoTime(ms: number, nowMs: number): string {
  return new Date(ms >= 0 && ms < 253_402_300_800_000 ? ms : nowMs).toISOString();
}

function keepAttributes(attributes: Fields): Pick<ResolutionEvent, 'attributes' | 'attributes_dropped'> {
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
  return { attributes: kept, attributes_dropped: names.length - count };
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
