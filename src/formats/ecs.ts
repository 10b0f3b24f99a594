/**
 * Elastic Common Schema, as ECS loggers, Beats and Logstash write it; names with dots and objects in objects may be mixed.
 * What they ship may be native JSON within it: its names count where the Schema's have no value, also below `fields`, where
 * Filebeat puts what its settings add.
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

/** `ecs.version` is required by ECS logging; others at least have `ecs` or `log.level` beside their `@timestamp`. */
export function isEcs(fields: Fields): boolean {
  const { ecs, log } = fields;
  if (typeof fields['ecs.version'] === 'string' || (isFields(ecs) && typeof ecs.version === 'string')) return true;
  const hasLevel = typeof fields['log.level'] === 'string' || (isFields(log) && typeof log.level === 'string');
  return '@timestamp' in fields && (isFields(ecs) || hasLevel);
}

export function fromEcs(fields: Fields, { appKey }: FormatOptions): Single {
  const ecs = new DottedFields(fields);
  const error = {
    type: ecs.takeText('error.type'),
    code: ecs.takeText('error.code'),
    http_status: ecs.take('http.response.status_code', 'error.http_status'),
    message: ecs.takeText('error.message'),
    stack_trace: ecs.takeText('error.stack_trace', 'stack_trace'),
  };
  const event = {
    message: ecs.takeText('message') ?? error.message ?? ecs.takeText('event.original') ?? error.type,
    id: ecs.takeText('event.id', 'id'),
    timestamp: ecs.take('@timestamp'),
    severity: ecs.takeText('log.level', 'log.syslog.severity.name', 'severity', 'level'),
    // `event.module` is the integration that collects: Filebeat's are called `okta`, `o365`, `salesforce`.
    app:
      ecs.takeText('labels.app', 'fields.app', 'app') ??
      appIn(
        ['event.module', 'service.type', 'service.name', 'event.dataset'].map((name) => ecs.text(name)),
        appKey,
      ),
    connector_id: ecs.takeText('labels.connector_id', 'fields.connector_id', 'connector_id', 'service.name'),
    tenant_id: ecs.takeText('labels.tenant_id', 'fields.tenant_id', 'tenant_id', 'organization.id'),
    error: unlessEmpty(error),
    correlation: unlessEmpty({ trace_id: ecs.takeText('trace.id'), request_id: ecs.takeText('http.request.id') }),
    attributes: ecs.rest(),
  };
  return eventFrom(
    event,
    'expected a text in "message", "error.message", "event.original" or "error.type" (Elastic Common Schema)',
  );
}
