import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { checkSchemas, lastReleased } from '../../src/avro/check-schemas.ts';
import { OWN_SCHEMAS, ownSchemaText, SCHEMAS_FOLDER } from '../../src/avro/own-schemas.ts';
import { parseWriterSchema } from '../../src/avro/writer-schema.ts';
import { type ConnectorEvent, toConnectorEvent } from '../../src/events/connector-event.ts';
import { connectorEventSchema } from '../../src/events/connector-event-schema.ts';
import { type DeadLetter, OWN_HEADERS, toDeadLetterRecord } from '../../src/events/dead-letter.ts';
import { deadLetterHeadersSchema } from '../../src/events/dead-letter-schema.ts';
import { recordWith } from './support.ts';

interface Field {
  readonly name: string;
  readonly doc?: string;
  readonly type: unknown;
}

function fieldsIn(schema: unknown): Field[] {
  if (Array.isArray(schema)) return schema.flatMap(fieldsIn);
  if (typeof schema !== 'object' || schema === null) return [];
  const { fields = [], type, items } = schema as { fields?: Field[]; type?: unknown; items?: unknown };
  return [...fields, ...fields.flatMap((field) => fieldsIn(field.type)), ...fieldsIn(type), ...fieldsIn(items)];
}

describe.each(OWN_SCHEMAS)('%s', (name) => {
  it('is an Avro schema that says of every field what it is', () => {
    const schema = JSON.parse(ownSchemaText(name));
    expect(avro.Type.forSchema(schema).name).toMatch(/^io\.github\.connector_triage\./);
    const fields = fieldsIn(schema);
    expect(fields.length).toBeGreaterThan(8);
    expect(fields.filter(({ doc }) => doc === undefined || doc.length < 5)).toEqual([]);
  });

  it('is compatible with the last release, both ways', () => {
    const check = checkSchemas(lastReleased()).find((each) => each.name === name)!;
    expect(check).toMatchObject({ backward: [], forward: [] });
  });
});

it('schemas/ holds one folder a release, with all schemas', () => {
  const released = join(SCHEMAS_FOLDER, 'released');
  for (const version of readdirSync(released)) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(readdirSync(join(released, version)).sort()).toEqual(OWN_SCHEMAS.map((name) => `${name}.avsc`).sort());
  }
});

describe('a connector event written with our schema', () => {
  const full = {
    message: 'it failed',
    id: 'e1',
    severity: 'error',
    app: 'box',
    connector_id: 'c1',
    tenant_id: 't1',
    error: { type: 'T', code: 'C', http_status: 503, message: 'm', stack_trace: 's' },
    correlation: { trace_id: 'tr', request_id: 'rq' },
    attributes: { region: 'eu' },
  };
  const timestamp = 1_732_406_400_123;
  const json = { ...full, timestamp: new Date(timestamp).toISOString() };

  it('is the same in Avro as in JSON', () => {
    const schema = ownSchemaText('connector-event');
    const bytes = avro.Type.forSchema(JSON.parse(schema)).toBuffer({ ...full, timestamp });
    const parsed = parseWriterSchema({ schemaType: 'AVRO', schema, references: [] });
    expect(parsed.kind).toBe('readable');
    const fields = parsed.kind === 'readable' ? parsed.read(bytes, 0) : undefined;
    expect(toConnectorEvent(fields as Record<string, unknown>)).toEqual(toConnectorEvent(json));
  });

  it('is read to its last field: the schema, the types and the reader know the same ones', () => {
    expect(connectorEventSchema.parse(json)).toEqual(json);
    expect(Object.keys(connectorEventSchema.shape).sort()).toEqual(Object.keys(json).sort());
    const event = toConnectorEvent(json)!;
    expect(event.attributes).toEqual({ region: 'eu' });
    const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const names = Object.keys(connectorEventSchema.shape).map(camelCase);
    expect(names.map((name) => (name === 'timestamp' ? 'timestampMs' : name)).sort()).toEqual(
      Object.keys(event).sort(),
    );
    const allSet: (keyof ConnectorEvent)[] = Object.keys(event) as (keyof ConnectorEvent)[];
    expect(allSet.filter((key) => event[key] === undefined)).toEqual([]);
    expect(Object.values(event.error!).includes(undefined)).toBe(false);
    expect(Object.values(event.correlation!).includes(undefined)).toBe(false);
  });
});

describe('the headers of a dead letter', () => {
  it('are those of the schema', () => {
    const letter: DeadLetter = { reason: 'not-avro', stage: 'decode', error: 'cut' };
    const { headers } = toDeadLetterRecord(recordWith(Buffer.from('x')), letter, 'dlq', '1.2.3');
    expect(deadLetterHeadersSchema.safeParse(headers).error).toBeUndefined();
    expect(Object.keys(deadLetterHeadersSchema.shape).sort()).toEqual([...OWN_HEADERS].sort());
    const avsc = JSON.parse(readFileSync(join(SCHEMAS_FOLDER, 'dead-letter-headers.avsc'), 'utf8'));
    expect(avsc.fields.map(({ header }: { header: string }) => header).sort()).toEqual([...OWN_HEADERS].sort());
  });
});
