/** What a registry says of a schema -> what reads records written with it, or the sentence why that cannot be. */
import { messageOf } from '../errors.ts';
import { recordReader } from './record-reader.ts';
import { parseSchema, type Schema } from './schema.ts';

/** A schema as the registry gives it, with those that it refers to, in the order in which they build on each other. */
export interface RegisteredSchema {
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly schemaType: string;
  readonly schema: string;
  readonly references: readonly string[];
}

export type WriterSchema = ReadableSchema | UnusableSchema;

export interface ReadableSchema {
  readonly kind: 'readable';
  /** Full name of the record, such as `com.acme.ConnectorEvent`. */
  readonly name: string;
  /** Reads the one value that lies between a position and the end. @throws {AvroDataError} */
  readonly read: (bytes: Buffer, position: number) => unknown;
}

export interface UnusableSchema {
  readonly kind: 'unusable';
  /** Empty when the schema could not be parsed. */
  readonly name: string;
  readonly reason: string;
}

/** Never throws: schemas are written by others. */
export function parseWriterSchema({ schemaType, schema, references }: RegisteredSchema): WriterSchema {
  if (schemaType !== 'AVRO')
    return { kind: 'unusable', name: '', reason: `it is a ${schemaType} schema; expected AVRO` };
  let name = '';
  try {
    const parsed = parseSchema(schema, references);
    name = nameOf(parsed);
    const reason = whyNoConnectorEvent(parsed);
    if (reason !== undefined) return { kind: 'unusable', name, reason };
    return { kind: 'readable', name, read: recordReader(parsed, 'drop') };
  } catch (error) {
    // Types that refer to each other in a chain of thousands take more than the stack; none of their records could be read.
    const reason = error instanceof RangeError ? 'it is nested too deep' : messageOf(error);
    return { kind: 'unusable', name, reason };
  }
}

/** Of a union, that of its first type that has one. */
function nameOf(schema: Schema): string {
  for (const branch of branchesOf(schema)) if ('name' in branch) return branch.name;
  return schema.type;
}

function branchesOf(schema: Schema): readonly Schema[] {
  return schema.type === 'union' ? schema.branches : [schema];
}

/** Known before the first record is read, since it holds for every record of the schema. */
function whyNoConnectorEvent(schema: Schema): string | undefined {
  const branches = branchesOf(schema);
  if (branches.some(({ type }) => type === 'map')) return undefined;
  const records = branches.filter((branch) => branch.type === 'record');
  if (records.length === 0) return `it is of type ${schema.type}; expected a record`;
  const names = records.flatMap(({ fields }) => fields.map(({ name }) => name));
  if (names.includes('message')) return undefined;
  const found = names.length === 0 ? 'none' : `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', ...' : ''}`;
  return `it has no field "message"; its fields: ${found}`;
}
