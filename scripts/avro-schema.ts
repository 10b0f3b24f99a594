/** A zod schema of ours -> the Avro schema of the same record. It goes by the JSON Schema, so that the two cannot differ. */
import { z } from 'zod';

export interface AvroOptions {
  /** Name of the outermost record; those within are named after it and their field. */
  readonly name: string;
  /** What values of any kind become, which Avro does not have, in words. */
  readonly anyValue: string;
  /** The name of the field for a header, whose dots Avro does not take; the field then says its header. */
  readonly fieldName?: (property: string) => string;
}

interface Node {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly string[];
  readonly format?: string;
}

const NAMESPACE = 'io.github.connector_triage';

/** @throws {Error} for a field without a description, and for what has no counterpart in Avro. */
export function avroSchema(given: z.ZodType, options: AvroOptions): string {
  const schema = z.toJSONSchema(given, { io: 'input' }) as Node;
  const { name } = options;
  const { fields } = recordOf(schema, name, options);
  const record = { type: 'record', name, namespace: NAMESPACE, doc: required(schema, name), fields };
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

function recordOf(node: Node, name: string, options: AvroOptions) {
  const fields = Object.entries(node.properties ?? {}).map(([property, each]) => {
    const field = options.fieldName?.(property) ?? property;
    const { inner, isNullable } = withoutNull(each);
    const isOptional = isNullable || !(node.required ?? []).includes(property);
    const type = typeOf(inner, `${name}${pascal(field)}`, options);
    return {
      name: field,
      type: isOptional ? ['null', type] : type,
      ...(isOptional ? { default: null } : {}),
      doc: docOf(each, inner, `${name}.${field}`, options),
      ...(field === property ? {} : { header: property }),
    };
  });
  return { type: 'record', name, fields };
}

function typeOf(node: Node, name: string, options: AvroOptions): unknown {
  switch (node.type) {
    case 'string':
      return node.format === 'date-time' ? { type: 'long', logicalType: 'timestamp-millis' } : 'string';
    case 'integer':
      return 'long';
    case 'boolean':
      return 'boolean';
    case 'array':
      return { type: 'array', items: typeOf(node.items ?? {}, name.replace(/s$/, ''), options) };
    case 'object':
      return node.properties === undefined ? { type: 'map', values: 'string' } : recordOf(node, name, options);
    default:
      throw new Error(`${name}: ${JSON.stringify(node)} has no counterpart in Avro`);
  }
}

/** Symbols are texts in Avro too: an enum could not be extended without breaking readers that have the old one. */
function docOf(outer: Node, inner: Node, path: string, { anyValue }: AvroOptions): string {
  const doc = required({ ...inner, ...outer }, path);
  if (inner.enum !== undefined) return `${doc} One of ${inner.enum.join(', ')}; expect others in later versions.`;
  return isFreeMap(inner) ? `${doc} ${anyValue}` : doc;
}

function isFreeMap({ type, properties, additionalProperties }: Node): boolean {
  if (type !== 'object' || properties !== undefined) return false;
  return typeof additionalProperties !== 'object' || additionalProperties.type === undefined;
}

/** zod writes "or null" in two ways. */
function withoutNull(node: Node): { inner: Node; isNullable: boolean } {
  const branches = node.anyOf ?? [node.type].flat().map((type) => ({ ...node, type: type as string }));
  const [inner, ...others] = branches.filter(({ type }) => type !== 'null');
  if (inner === undefined || others.length > 0) throw new Error(`${JSON.stringify(node)} has no counterpart in Avro`);
  return { inner, isNullable: branches.length > 1 };
}

function required({ description }: Node, path: string): string {
  if (description === undefined) throw new Error(`${path} has no description`);
  return description;
}

function pascal(field: string): string {
  return field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
