/**
 * Stage 4: what was found -> the event that people and programs act on. Everything that comes from the record is redacted
 * here, after the match, so that redaction never changes what is found.
 */
import type { ConnectorEvent, Fields } from '../events/connector-event.ts';
import type { MatchField, ResolutionEvent } from '../events/resolution-event.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { SourceRecord } from '../transport/port.ts';
import type { FieldClassification } from './classify.ts';
import { type SafeText, safeMatch, safeText } from './redact-event.ts';
import { templateOf } from './template.ts';

export interface EnrichLimits {
  /** Longer messages are cut to this many UTF-16 units in the event. */
  readonly messageChars: number;
}

/** Bounds of what is carried along from the record: fields, and bytes of JSON for all of them together. */
const MAX_ATTRIBUTES = 50;
const MAX_ATTRIBUTE_CHARS = 8_192;
/** A quarter of what overflows the stack. */
const MAX_DEPTH = 1_000;
/** Names and ids longer than this are cut. */
const MAX_NAME_CHARS = 256;
/** Texts of the error object are cut to this many UTF-16 units. */
const MAX_ERROR_CHARS = 8_192;

/** Where a log record came from. */
export interface RecordPart {
  readonly record: SourceRecord;
  /** Which log record of a batch it is, from 0; `undefined` where the record is no batch. */
  readonly index: number | undefined;
}

export interface EnrichInput extends RecordPart {
  readonly event: ConnectorEvent;
  readonly found: FieldClassification;
  readonly catalog: { readonly version: string; readonly digest: string };
  /** The time now, in ISO 8601. */
  readonly processedAt: string;
}

/** Equal for every copy of the same source record, and for no other record of the same cluster. */
export function eventIdOf({ record, index }: RecordPart): string {
  const id = `${record.topic}:${record.partition}:${record.offset}`;
  return index === undefined ? id : `${id}#${index}`;
}

export function enrich(
  { record, index, event, found, catalog, processedAt }: EnrichInput,
  limits: EnrichLimits,
  redactor: Redactor,
): ResolutionEvent {
  const name = (text: string | undefined) =>
    text === undefined ? null : safeText(text, MAX_NAME_CHARS, redactor).text;
  const { classification } = found;
  const match = classification.kind === 'match' ? classification.match : undefined;
  const { alternatives } = classification.kind === 'match' ? classification.match : classification;
  const entry = match?.entry;
  const texts = textsOf(event, limits.messageChars, redactor);
  const { message } = texts;
  const app = classification.app.kind === 'known' ? classification.app.key : name(event.app);
  const template = entry === undefined ? templateOf(message.text, app ?? undefined) : undefined;
  const sourceTime = record.timestampMs >= 0 ? isoTime(record.timestampMs, processedAt) : undefined;
  const kept = keepAttributes(event.attributes, redactor);
  const safe = match && safeMatch(found.text, match, redactor, texts[found.field]);
  return {
    event_id: eventIdOf({ record, index }),
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
    error:
      event.error === undefined
        ? null
        : {
            type: texts['error.type']?.text ?? null,
            code: texts['error.code']?.text ?? null,
            http_status: event.error.httpStatus ?? null,
            message: texts['error.message']?.text ?? null,
            stack_trace: texts['error.stack_trace']?.text ?? null,
          },
    match:
      match === undefined || safe === undefined
        ? null
        : {
            field: found.field,
            pattern: match.pattern,
            start: safe.span.start,
            end: safe.span.end,
            cause: found.field === 'error.stack_trace' ? causeAt(found.text, match.span.start) : null,
            captures: safe.captures,
          },
    alternatives: alternatives.map((other) => ({ error_type: other.entry.id, why: other.why })),
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
      timestamp: sourceTime ?? null,
    },
    correlation: { trace_id: name(event.correlation?.traceId), request_id: name(event.correlation?.requestId) },
    occurred_at:
      event.timestampMs === undefined ? (sourceTime ?? processedAt) : isoTime(event.timestampMs, processedAt),
    processed_at: processedAt,
    ...kept,
  };
}

const CAUSE = /^[ \t]*Caused by:/gm;

/** How many causes the stack trace has named at this place. */
function causeAt(stackTrace: string, place: number): number {
  return stackTrace.slice(0, place).match(CAUSE)?.length ?? 0;
}

/** The texts in which something may have been found, as they are emitted. A status holds no secret. */
function textsOf({ message, error }: ConnectorEvent, messageChars: number, redactor: Redactor) {
  const safe = (text: string | undefined, maxChars: number) =>
    text === undefined ? undefined : safeText(text, maxChars, redactor);
  return {
    message: safeText(message, messageChars, redactor),
    'error.message': safe(error?.message, MAX_ERROR_CHARS),
    'error.stack_trace': safe(error?.stackTrace, MAX_ERROR_CHARS),
    'error.type': safe(error?.type, MAX_NAME_CHARS),
    'error.code': safe(error?.code, MAX_NAME_CHARS),
    'error.http_status': undefined,
  } satisfies Record<MatchField, SafeText | undefined>;
}

/** Times that JavaScript cannot write as a four-digit year fall back to now. */
function isoTime(ms: number, processedAt: string): string {
  return ms >= 0 && ms < 253_402_300_800_000 ? new Date(ms).toISOString() : processedAt;
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

/**
 * Length as JSON; what is nested deeper than `MAX_DEPTH` is too large. That is looked at first: to be told so by a stack that
 * overflows takes milliseconds, and a record may have thousands of such fields.
 */
function jsonLength(value: unknown): number {
  return isDeeper(value, MAX_DEPTH) ? Number.POSITIVE_INFINITY : JSON.stringify(value).length;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}
