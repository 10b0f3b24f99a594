/**
 * Avro schemas as far as data is read and schemas are compared with them. avsc parses the schema that we write with, and no
 * other: it fills in defaults of defaults (a schema of 3 KB takes it hours), copies all names for each logical type, makes
 * code for each record, and refuses schemas for defaults that reading has no use for.
 * https://avro.apache.org/docs/1.12.0/specification/#schema-declaration
 */
import { type LogicalType, logicalType } from './logical-types.ts';

export type Schema = PrimitiveSchema | NamedSchema | ArraySchema | MapSchema | UnionSchema;
export type NamedSchema = RecordSchema | EnumSchema | FixedSchema;

export interface PrimitiveSchema {
  readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
  readonly logical?: LogicalType | undefined;
}

interface Named {
  /** With its namespace. */
  readonly name: string;
  /** With their namespace, too. */
  readonly aliases: readonly string[];
}

export interface RecordSchema extends Named {
  readonly type: 'record';
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly schema: Schema;
  readonly hasDefault: boolean;
}

export interface EnumSchema extends Named {
  readonly type: 'enum';
  readonly symbols: readonly string[];
  readonly hasDefault: boolean;
}

export interface FixedSchema extends Named {
  readonly type: 'fixed';
  /** Bytes. */
  readonly size: number;
  readonly logical?: LogicalType | undefined;
}

export interface ArraySchema {
  readonly type: 'array';
  readonly items: Schema;
}

export interface MapSchema {
  readonly type: 'map';
  readonly values: Schema;
}

export interface UnionSchema {
  readonly type: 'union';
  readonly branches: readonly Schema[];
}

/** What is wrong with a schema, as the end of a sentence. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** One object for each, however often a schema names it. */
const PRIMITIVES: ReadonlyMap<string, PrimitiveSchema> = new Map(
  (['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const).map((type) => [type, { type }]),
);

/** Types within each other; no record can be read that deep. */
const MAX_DEPTH = 100;

/**
 * `referred`: texts of schemas that this one refers to, each before those that need it. Takes time in proportion to the texts.
 * @throws {SchemaError} @throws {SyntaxError} for a text that is no JSON.
 */
export function parseSchema(text: string, referred: readonly string[] = []): Schema {
  const parser = new Parser();
  for (const each of referred) parser.parse(JSON.parse(each), '');
  return parser.parse(JSON.parse(text), '');
}

type Attributes = Readonly<Record<string, unknown>>;

class Parser {
  /** By full name; a record is there before its fields are, so that it may contain itself. */
  readonly #named = new Map<string, NamedSchema>();
  #depth = 0;

  parse(given: unknown, namespace: string): Schema {
    if (typeof given === 'string') return this.#referred(given, namespace);
    if (typeof given !== 'object' || given === null)
      throw new SchemaError(`a type is ${JSON.stringify(given)}; expected a name or an object`);
    if (++this.#depth > MAX_DEPTH) throw new SchemaError(`types are nested more than ${MAX_DEPTH} deep`);
    const schema = Array.isArray(given) ? this.#union(given, namespace) : this.#defined({ ...given }, namespace);
    this.#depth--;
    return schema;
  }

  #referred(name: string, namespace: string): Schema {
    const found = PRIMITIVES.get(name) ?? this.#named.get(qualified(name, namespace)) ?? this.#named.get(name);
    if (found === undefined) throw new SchemaError(`unknown type: ${JSON.stringify(name)}`);
    return found;
  }

  #union(given: readonly unknown[], namespace: string): UnionSchema {
    const branches = given.map((each) => this.parse(each, namespace));
    if (branches.length === 0) throw new SchemaError('a union has no types');
    if (branches.some(({ type }) => type === 'union')) throw new SchemaError('a union is directly within a union');
    return { type: 'union', branches };
  }

  #defined(given: Attributes, namespace: string): Schema {
    const { type } = given;
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(given, namespace);
      case 'enum':
        return this.#enum(given, namespace);
      case 'fixed':
        return this.#fixed(given, namespace);
      case 'array':
        return { type, items: this.parse(given.items, namespace) };
      case 'map':
        return { type, values: this.parse(given.values, namespace) };
    }
    const inner = this.parse(type, namespace);
    const primitive = PRIMITIVES.get(inner.type);
    const logical = primitive === undefined ? undefined : logicalType(given, inner.type);
    return primitive === undefined || logical === undefined ? inner : { ...primitive, logical };
  }

  #record(given: Attributes, namespace: string): RecordSchema {
    const fields: Field[] = [];
    const record = this.#add({ type: 'record', ...named(given, namespace), fields });
    const inner = namespaceOf(record.name);
    const seen = new Set<string>();
    for (const each of listIn(given, 'fields', record.name)) {
      const field = typeof each === 'object' && each !== null ? (each as Attributes) : {};
      const name = textIn(field, `a field of ${record.name}`);
      if (seen.has(name)) throw new SchemaError(`${record.name} has two fields with the name ${JSON.stringify(name)}`);
      seen.add(name);
      const schema = this.parse(field.type, inner);
      fields.push({ name, aliases: aliasesIn(field), schema, hasDefault: field.default !== undefined });
    }
    return record;
  }

  #enum(given: Attributes, namespace: string): EnumSchema {
    const name = named(given, namespace);
    const symbols = listIn(given, 'symbols', name.name);
    if (!symbols.every((symbol) => typeof symbol === 'string'))
      throw new SchemaError(`the enum ${name.name} has a symbol that is no text`);
    return this.#add({ type: 'enum', ...name, symbols, hasDefault: given.default !== undefined });
  }

  #fixed(given: Attributes, namespace: string): FixedSchema {
    const name = named(given, namespace);
    const { size } = given;
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      throw new SchemaError(`${name.name} has the size ${JSON.stringify(size)}; expected a number of bytes`);
    return this.#add({ type: 'fixed', ...name, size, logical: logicalType(given, 'fixed') });
  }

  #add<T extends NamedSchema>(schema: T): T {
    if (this.#named.has(schema.name)) throw new SchemaError(`there are two types with the name ${schema.name}`);
    this.#named.set(schema.name, schema);
    return schema;
  }
}

function named(given: Attributes, enclosing: string): Named {
  const namespace = typeof given.namespace === 'string' ? given.namespace : enclosing;
  const name = qualified(textIn(given, `a type "${given.type}"`), namespace);
  if (PRIMITIVES.has(name)) throw new SchemaError(`a type is called ${name}, which is the name of another`);
  return { name, aliases: aliasesIn(given).map((alias) => qualified(alias, namespaceOf(name))) };
}

function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function textIn({ name }: Attributes, what: string): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new SchemaError(`${what} has the name ${JSON.stringify(name)}; expected a text`);
}

function listIn(given: Attributes, attribute: string, name: string): readonly unknown[] {
  const list = given[attribute];
  if (Array.isArray(list)) return list;
  throw new SchemaError(`${name} has no list "${attribute}"`);
}

function aliasesIn({ aliases }: Attributes): readonly string[] {
  return Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : [];
}
