/**
 * Elastic Common Schema, as ECS loggers and Beats write it; names with dots and objects in objects may be mixed.
 *
 * Fields: https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
 * ECS logging: https://github.com/elastic/ecs-logging/blob/main/spec/spec.json
 */
import { type Fields, isFields } from '../events/connector-event.ts';
import { appIn } from './app-name.ts';
import { DottedFields } from './dotted-fields.ts';
import { eventFrom, type FormatOptions, type InputFormat, type Single, unlessEmpty } from './format.ts';
import { parseJsonObject } from './json-value.ts';

export function ecs(options: FormatOptions): InputFormat {
  return {
    name: 'ecs',
    decode: ({ value }) => {
      const parsed = parseJsonObject(value, options.maxBytes);
      return parsed.kind === 'fields' ? fromEcs(parsed.fields, options) : parsed;
    },
  };
}

/** `ecs.version` is required by ECS logging; other shippers at least have an `ecs` beside their `@timestamp`. */
export function isEcs(fields: Fields): boolean {
  if (typeof fields['ecs.version'] === 'string') return true;
  return isFields(fields.ecs) && (typeof fields.ecs.version === 'string' || '@timestamp' in fields);
}

export function fromEcs(fields: Fields, { appKey }: FormatOptions): Single {
  const ecs = new DottedFields(fields);
  const error = {
    type: ecs.takeText('error.type'),
    code: ecs.takeText('error.code'),
    http_status: ecs.take('http.response.status_code'),
    message: ecs.takeText('error.message'),
    stack_trace: ecs.takeText('error.stack_trace'),
  };
  const event = {
    message: ecs.takeText('message') ?? error.message ?? ecs.takeText('event.original') ?? error.type,
    id: ecs.takeText('event.id'),
    timestamp: ecs.take('@timestamp'),
    severity: ecs.takeText('log.level', 'log.syslog.severity.name'),
    // `event.module` is the integration that collects: Filebeat's are called `okta`, `o365`, `salesforce`.
    app:
      ecs.takeText('labels.app') ??
      appIn(
        ['event.module', 'service.type', 'service.name', 'event.dataset'].map((name) => ecs.text(name)),
        appKey,
      ),
    connector_id: ecs.takeText('labels.connector_id', 'service.name'),
    tenant_id: ecs.takeText('labels.tenant_id', 'organization.id'),
    error: unlessEmpty(error),
    correlation: unlessEmpty({ trace_id: ecs.takeText('trace.id'), request_id: ecs.takeText('http.request.id') }),
    attributes: ecs.rest(),
  };
  return eventFrom(
    event,
    'expected a text in "message", "error.message", "event.original" or "error.type" (Elastic Common Schema)',
  );
}
