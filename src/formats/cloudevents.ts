/**
 * CloudEvents 1.0, in structured mode (JSON) and in binary mode (headers `ce_*`, the value is the data). The data says what
 * happened, as native JSON, Elastic Common Schema or a text; the envelope fills what it leaves out.
 *
 * Kafka binding: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * JSON format: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 * Extensions: severity and distributed tracing, https://github.com/cloudevents/spec/tree/main/cloudevents/extensions
 */
import { type ConnectorEvent, type Fields, isFields } from '../events/connector-event.ts';
import type { Headers, SourceRecord } from '../transport/port.ts';
import { appIn } from './app-name.ts';
import { textOf } from './dotted-fields.ts';
import { fromEcs, isEcs } from './ecs.ts';
import {
  type Decoded,
  deadLetter,
  eventFrom,
  eventOf,
  type FormatOptions,
  type InputFormat,
  type Single,
  unlessEmpty,
} from './format.ts';
import { headerText } from './header.ts';
import { parseJson, parseJsonObject, sizeProblem } from './json-value.ts';
import { fromNative } from './native-json.ts';
import { otelSeverity } from './otel-severity.ts';

const PREFIX = 'ce_';
const JSON_EVENT = /^application\/(?:cloudevents\+json|cloudevents|json)\s*(?:;|$)/i;
const JSON_TYPE = /^[^;]*[/+]json\s*(?:;|$)/i;
const TEXT_TYPE = /^(?:text\/|[^;]*[/+]xml\s*(?:;|$))/i;

export function cloudEvents(options: FormatOptions): InputFormat {
  return { name: 'cloudevents', decode: (record) => fromRecord(record, options) };
}

/** Whether the headers say that it is one, in either mode. */
export function saysCloudEvent(headers: Headers): boolean {
  return 'ce_specversion' in headers || isStructuredType(headerText(headers, 'content-type'));
}

function isStructuredType(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/cloudevents/i.test(contentType);
}

/** The four attributes that CloudEvents requires: one of them alone may be anybody's. */
export function isCloudEvent({ specversion, id, source, type }: Fields): boolean {
  return isSupported(specversion) && [id, source, type].every((each) => typeof each === 'string');
}

function isSupported(specversion: unknown): boolean {
  return typeof specversion === 'string' && /^1\./.test(specversion);
}

function fromRecord(record: SourceRecord, options: FormatOptions): Decoded {
  const { headers, value } = record;
  const contentType = headerText(headers, 'content-type');
  if ('ce_specversion' in headers && !isStructuredType(contentType)) {
    return fromBinary(headers, value, contentType, options);
  }
  if (contentType !== undefined && !JSON_EVENT.test(contentType)) {
    return deadLetter('wrong-format', `expected a CloudEvent in JSON, found the content type ${contentType}`);
  }
  const parsed = parseJsonObject(value, options.maxBytes);
  return parsed.kind === 'fields' ? fromStructured(parsed.fields, options) : parsed;
}

/** Binary mode: an event without data has no value, which Kafka calls a tombstone. */
function fromBinary(
  headers: Headers,
  value: Buffer | null,
  contentType: string | undefined,
  options: FormatOptions,
): Decoded {
  const envelope: Fields = {};
  for (const name of Object.keys(headers)) {
    const text = name.startsWith(PREFIX) ? headerText(headers, name) : undefined;
    if (text !== undefined) envelope[name.slice(PREFIX.length)] = text;
  }
  if (!isSupported(envelope.specversion)) return wrongVersion(envelope.specversion);
  return value === null ? { kind: 'tombstone' } : fromBytes(envelope, value, contentType, options);
}

export function fromStructured(fields: Fields, options: FormatOptions): Decoded {
  const { data, data_base64: base64, datacontenttype, ...envelope } = fields;
  if (!isSupported(envelope.specversion)) return wrongVersion(envelope.specversion);
  if (typeof base64 !== 'string') return fromData(envelope, data, options);
  return fromBytes(envelope, Buffer.from(base64, 'base64'), textOf(datacontenttype), options);
}

function wrongVersion(found: unknown): Decoded {
  const version = textOf(found);
  return deadLetter(
    'wrong-format',
    `expected a CloudEvent with "specversion" 1.0, found ${version === undefined ? 'none' : `version ${version.slice(0, 20)}`}`,
  );
}

/** Without a content type data is JSON, as the JSON format says. */
function fromBytes(envelope: Fields, value: Buffer, contentType: string | undefined, options: FormatOptions): Decoded {
  if (contentType === undefined || JSON_TYPE.test(contentType)) {
    const parsed = parseJson(value, options.maxBytes);
    return parsed.kind === 'json' ? fromData(envelope, parsed.json, options) : parsed;
  }
  if (!TEXT_TYPE.test(contentType)) {
    return deadLetter('wrong-format', `expected data that is JSON or text, found the content type ${contentType}`);
  }
  return sizeProblem(value, options.maxBytes, 'a text') ?? fromData(envelope, value.toString('utf8'), options);
}

function fromData(envelope: Fields, data: unknown, options: FormatOptions): Single {
  const decoded = fromContent(data, options);
  if (decoded.kind === 'dead-letter') return decoded;
  return { kind: 'event', event: completed(decoded.event, envelope, options) };
}

function fromContent(data: unknown, options: FormatOptions): Single {
  if (!isFields(data))
    return eventFrom(
      { message: textOf(data) },
      'expected the data of the CloudEvent to be an object with a text in "message", or a text',
    );
  return isEcs(data) ? fromEcs(data, options) : fromNative(data);
}

/** The data's own fields come first; what the envelope says beside them is kept as attributes, called as in the headers. */
function completed(event: ConnectorEvent, envelope: Fields, { appKey }: FormatOptions): ConnectorEvent {
  const { specversion, id, time, severitynumber, severitytext, app, connectorid, tenantid, traceparent, ...rest } =
    envelope;
  const outer = eventOf({
    message: event.message,
    id,
    timestamp: time,
    severity: otelSeverity(severitynumber) ?? severitytext,
    app: app ?? appIn([textOf(rest.source), textOf(rest.type)], appKey),
    connector_id: connectorid ?? rest.source,
    tenant_id: tenantid,
    correlation: unlessEmpty({
      trace_id: event.correlation?.traceId ?? traceIdOf(traceparent),
      request_id: event.correlation?.requestId,
    }),
    attributes: Object.fromEntries(
      Object.entries(rest).flatMap(([name, value]) => (value === null ? [] : [[`${PREFIX}${name}`, value]])),
    ),
  });
  const given: Partial<ConnectorEvent> = Object.fromEntries(
    Object.entries(event).filter(([, value]) => value !== undefined),
  );
  const attributes: Fields = Object.assign(Object.create(null), outer?.attributes, event.attributes);
  return { ...event, ...outer, ...given, correlation: outer?.correlation, attributes };
}

/** W3C Trace Context: version, trace id, parent id and flags, joined by `-`. */
function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1] : undefined;
}
