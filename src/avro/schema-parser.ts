/** What a registry says of a schema -> what reads records written with it, or the sentence why that cannot be. */
import avro from 'avsc';
import { messageOf } from '../errors.ts';
import { LOGICAL_TYPES } from './logical-types.ts';
import { recordReader } from './record-reader.ts';

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
    // Without a prototype, so that no type is taken for a known one because of its name.
    const registry: Record<string, avro.Type> = Object.create(null);
    for (const reference of references)
      avro.Type.forSchema(JSON.parse(reference), { registry, logicalTypes: LOGICAL_TYPES });
    const type = avro.Type.forSchema(JSON.parse(schema), { registry, logicalTypes: LOGICAL_TYPES });
    name = nameOf(type);
    const reason = whyNoConnectorEvent(type);
    if (reason !== undefined) return { kind: 'unusable', name, reason };
    return { kind: 'readable', name, read: recordReader(type, 'drop') };
  } catch (error) {
    // What avsc and JSON.parse throw for a wrong schema has no type of its own; a deep one overflows the stack.
    const reason = error instanceof RangeError ? 'it is nested too deep' : messageOf(error);
    return { kind: 'unusable', name, reason };
  }
}

/** Of a union, that of its record. */
function nameOf(type: avro.Type): string {
  const named = branchesOf(type).find((branch) => branch.name !== undefined);
  return named?.name ?? type.typeName.replace(/:.*/, '');
}

function branchesOf(type: avro.Type): readonly avro.Type[] {
  const { UnwrappedUnionType, WrappedUnionType } = avro.types;
  return type instanceof UnwrappedUnionType || type instanceof WrappedUnionType ? type.types : [type];
}

/** Known before the first record is read, since it holds for every record of the schema. */
function whyNoConnectorEvent(type: avro.Type): string | undefined {
  const { RecordType, MapType } = avro.types;
  const objects = branchesOf(type).filter((branch) => branch instanceof RecordType || branch instanceof MapType);
  if (objects.length === 0) return `it is of type ${type.typeName.replace(/:.*/, '')}; expected a record`;
  const names = objects.flatMap((object) =>
    object instanceof RecordType ? object.fields.map(({ name }) => name) : ['message'],
  );
  if (names.includes('message')) return undefined;
  const found = names.length === 0 ? 'none' : `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', ...' : ''}`;
  return `it has no field "message"; its fields: ${found}`;
}
