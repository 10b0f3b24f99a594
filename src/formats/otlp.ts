/**
 * OpenTelemetry logs as OTLP/JSON: what the Collector's Kafka and file exporters write (`resourceLogs`, with any number of log
 * records), one `ResourceLogs`, or one `LogRecord` alone.
 *
 * Encoding: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * Messages: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto
 * Exceptions: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/
 */
import { type Fields, isFields } from '../events/connector-event.ts';
import { numberOf } from '../events/number.ts';
import type { SourceRecord } from '../transport/port.ts';
import { appIn } from './app-name.ts';
import { DottedFields, textOf } from './dotted-fields.ts';
import {
  type Decoded,
  deadLetter,
  eventFrom,
  type FormatOptions,
  type InputFormat,
  type Single,
  unlessEmpty,
} from './format.ts';
import { parseJsonObject } from './json-value.ts';
import { otelSeverity } from './otel-severity.ts';
import { decodeBatch, type LogRecord } from './otlp-batch.ts';
import { anyValue, keyValues } from './otlp-values.ts';

const LOG_RECORD_FIELDS = ['body', 'severityNumber', 'severityText', 'timeUnixNano', 'observedTimeUnixNano'];

export function otlp(options: FormatOptions): InputFormat {
  return {
    name: 'otlp',
    decode: (record) => {
      const parsed = parseJsonObject(record.value, options.maxBytes);
      return parsed.kind === 'fields' ? fromOtlp(parsed.fields, record, options) : parsed;
    },
  };
}

export function isOtlp(fields: Fields): boolean {
  return Array.isArray(fields.resourceLogs);
}

export function fromOtlp(fields: Fields, record: SourceRecord, options: FormatOptions): Decoded {
  if (Array.isArray(fields.resourceLogs)) return decodeBatch(fields.resourceLogs, record, mapper(options));
  if (Array.isArray(fields.scopeLogs)) return decodeBatch([fields], record, mapper(options));
  if (LOG_RECORD_FIELDS.some((name) => name in fields)) return mapped(fields, {}, {}, options);
  // Protobuf's JSON leaves out empty lists: so an empty request is written.
  if (Object.keys(fields).length === 0) return { kind: 'events', events: [] };
  return deadLetter('wrong-format', 'expected "resourceLogs", "scopeLogs" or a log record with "body" (OTLP/JSON)');
}

/** Attributes of a resource and of a scope are read once, not once a log record. */
function mapper(options: FormatOptions): (found: LogRecord) => Single {
  let resource: unknown;
  let scope: unknown;
  let resourceAttributes: Fields = {};
  let scopeAttributes: Fields = {};
  return ({ resourceLogs, scopeLogs, logRecord }) => {
    if (resourceLogs.resource !== resource) {
      resource = resourceLogs.resource;
      resourceAttributes = attributesOf(resource);
    }
    if (scopeLogs.scope !== scope) {
      scope = scopeLogs.scope;
      scopeAttributes = { ...attributesOf(scope), ...(isFields(scope) && { 'otel.scope.name': scope.name }) };
    }
    return mapped(logRecord, scopeAttributes, resourceAttributes, options);
  };
}

function attributesOf(holder: unknown): Fields {
  return isFields(holder) ? keyValues(holder.attributes) : {};
}

function mapped(
  record: Fields,
  scopeAttributes: Fields,
  resourceAttributes: Fields,
  { appKey }: FormatOptions,
): Single {
  const body = anyValue(record.body);
  const own = { ...(isFields(body) && { body }), span_id: idOf(record.spanId), 'event.name': record.eventName };
  const fields = new DottedFields(keyValues(record.attributes), own, scopeAttributes, resourceAttributes);
  const error = {
    type: fields.takeText('exception.type', 'error.type'),
    code: fields.takeText('error.code'),
    http_status: fields.take('http.response.status_code', 'http.status_code'),
    message: fields.takeText('exception.message', 'error.message'),
    stack_trace: fields.takeText('exception.stacktrace'),
  };
  const service = fields.text('service.name');
  const event = {
    message:
      (isFields(body) ? fields.takeText('body.message', 'body.msg') : undefined) ??
      bodyText(body) ??
      error.message ??
      fields.text('event.name') ??
      error.type,
    id: fields.takeText('log.record.uid'),
    timestamp: milliseconds(record.timeUnixNano) ?? milliseconds(record.observedTimeUnixNano),
    severity: otelSeverity(record.severityNumber) ?? record.severityText,
    app: fields.takeText('app') ?? appIn([service], appKey),
    connector_id: fields.takeText('connector_id', 'connector.id', 'service.name'),
    tenant_id: fields.takeText('tenant_id', 'tenant.id'),
    error: unlessEmpty(error),
    correlation: unlessEmpty({
      trace_id: idOf(record.traceId),
      request_id: fields.takeText('request_id', 'request.id'),
    }),
    attributes: fields.rest(),
  };
  return eventFrom(event, 'expected a text in "body", "exception.message", "eventName" or "exception.type" (OTLP)');
}

/** What is no text is written as JSON: `kvlistValue` and `arrayValue` are legal bodies. */
function bodyText(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  return textOf(body) ?? (body === '' ? undefined : JSON.stringify(body));
}

/** Nanoseconds since 1970, as a text or a number, which is exact to 128 of them only; 0 means not known. */
function milliseconds(nanoseconds: unknown): number | undefined {
  const microseconds = Math.round(numberOf(nanoseconds) / 1e3);
  return microseconds > 0 ? Math.floor(microseconds / 1e3) : undefined;
}

/** Trace and span ids are hexadecimal in any case; one of nothing but zeros is none. */
function idOf(id: unknown): string | undefined {
  return typeof id === 'string' && /[^0]/.test(id) ? id.toLowerCase() : undefined;
}
