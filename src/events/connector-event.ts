/**
 * The input: one log record of one connector. Only `message` is required. What a record holds beside the fields below is
 * kept in `attributes`; a known field of the wrong type is kept there too and counts as absent.
 */
import { numberOf } from './number.ts';
import type { Severity } from './severity.ts';
import { severityOf } from './severity.ts';

export interface ConnectorEvent {
  readonly message: string;
  readonly id: string | undefined;
  /** When it happened, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;
  readonly severity: Severity | undefined;
  /** Product name as the connector wrote it. */
  readonly app: string | undefined;
  readonly connectorId: string | undefined;
  readonly tenantId: string | undefined;
  readonly error: ConnectorError | undefined;
  readonly correlation: Correlation | undefined;
  /** Has no prototype, so that any key is safe. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ConnectorError {
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly httpStatus: number | undefined;
  readonly message: string | undefined;
  readonly stackTrace: string | undefined;
}

export interface Correlation {
  readonly traceId: string | undefined;
  readonly requestId: string | undefined;
}

const ERROR_FIELDS = ['type', 'code', 'http_status', 'message', 'stack_trace'];
const CORRELATION_FIELDS = ['trace_id', 'request_id'];

/** A JSON object's fields. */
export type Fields = Record<string, unknown>;

/** Takes the known fields out of a decoded object. Returns undefined when there is no usable `message`. */
export function toConnectorEvent(fields: Fields): ConnectorEvent | undefined {
  const rest = new Rest(fields);
  const message = rest.take('message', asText);
  if (message === undefined || message === '') return undefined;
  return {
    message,
    id: rest.take('id', asText),
    // Logstash calls it so, and Logback's encoder for it puts a stack trace beside the message.
    timestampMs: rest.take('timestamp', asTime) ?? rest.take('@timestamp', asTime),
    severity: rest.take('severity', asSeverity) ?? rest.take('level', asSeverity),
    app: rest.take('app', asText),
    connectorId: rest.take('connector_id', asText),
    tenantId: rest.take('tenant_id', asText),
    error: rest.takeObject('error', ERROR_FIELDS, asError) ?? rest.take('stack_trace', asStackTrace),
    correlation: rest.takeObject('correlation', CORRELATION_FIELDS, asCorrelation),
    attributes: rest.attributes(),
  };
}

/** Fields not taken yet. */
class Rest {
  private readonly fields: Fields;
  private readonly taken = new Set<string>();
  private readonly rest: Fields = Object.create(null);

  constructor(fields: Fields) {
    this.fields = fields;
  }

  take<T>(name: string, read: (value: unknown) => T | undefined): T | undefined {
    if (!Object.hasOwn(this.fields, name)) return undefined;
    const value = this.fields[name];
    const result = value === null ? undefined : read(value);
    if (result !== undefined || value === null) this.taken.add(name);
    return result;
  }

  /** The same for an object; its other fields become attributes, such as `error.foo`. */
  takeObject<T>(name: string, known: readonly string[], read: (value: unknown) => T | undefined): T | undefined {
    const result = this.take(name, read);
    const value = this.fields[name];
    if (result !== undefined && isFields(value)) {
      for (const key of Object.keys(value)) if (!known.includes(key)) this.rest[`${name}.${key}`] = value[key];
    }
    return result;
  }

  attributes(): Fields {
    const attributes: Fields = Object.assign(Object.create(null), this.rest);
    const nested = this.fields.attributes;
    if (isFields(nested)) Object.assign(attributes, nested);
    for (const name of Object.keys(this.fields)) {
      if (this.taken.has(name) || (name === 'attributes' && isFields(nested))) continue;
      attributes[name] = this.fields[name];
    }
    return attributes;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Numbers below this are seconds, not milliseconds: it is 1973 in milliseconds and the year 5138 in seconds. */
const MIN_MILLISECONDS = 1e11;

/** A time of day without a zone; JavaScript would take it for the zone of this machine. */
const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)$/;

/** An ISO 8601 text, in UTC unless it says otherwise, or seconds or milliseconds since 1970. */
function asTime(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) {
    return Math.round(value < MIN_MILLISECONDS ? value * 1000 : value);
  }
  if (typeof value !== 'string' || !/^\d{4}-\d{2}/.test(value)) return undefined;
  const time = Date.parse(value.replace(WITHOUT_ZONE, '$1T$2Z'));
  return Number.isNaN(time) ? undefined : time;
}

function asSeverity(value: unknown): Severity | undefined {
  return typeof value === 'string' || typeof value === 'number' ? severityOf(value) : undefined;
}

function asError(value: unknown): ConnectorError | undefined {
  if (!isFields(value)) return undefined;
  const status = numberOf(value.http_status);
  return {
    type: asText(value.type),
    code: asText(value.code),
    httpStatus: Number.isInteger(status) && status >= 100 && status < 600 ? status : undefined,
    message: asText(value.message),
    stackTrace: asText(value.stack_trace),
  };
}

function asStackTrace(value: unknown): ConnectorError | undefined {
  return typeof value === 'string' ? asError({ stack_trace: value }) : undefined;
}

function asCorrelation(value: unknown): Correlation | undefined {
  return isFields(value) ? { traceId: asText(value.trace_id), requestId: asText(value.request_id) } : undefined;
}
