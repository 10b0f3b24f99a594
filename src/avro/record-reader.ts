/** A schema -> a function that reads values written with it, as JSON would hold them. Built once a schema. */
import { AvroDataError, DataCursor } from './data-cursor.ts';
import type { LogicalType, RawValue } from './logical-types.ts';
import {
  type ArraySchema,
  type EnumSchema,
  type FixedSchema,
  type MapSchema,
  type PrimitiveSchema,
  type RecordSchema,
  type Schema,
  SchemaError,
  type UnionSchema,
} from './schema.ts';

type Read = (cursor: DataCursor) => unknown;

/**
 * Reads one value from `position` to the very end: records and maps become objects, bytes base64 texts, longs beyond 2^53
 * decimal texts, logical types ISO 8601, decimal and UUID texts. With `nulls: 'drop'`, fields that are null are left out.
 * The function it returns @throws {AvroDataError} for data that is not what the schema says.
 * @throws {SchemaError} for arrays whose items take no bytes: a few bytes could claim any number.
 */
export function recordReader(schema: Schema, nulls: 'drop' | 'keep'): (bytes: Buffer, position: number) => unknown {
  const read = new Compiler(nulls === 'drop').compile(schema);
  return (bytes, position) => {
    const cursor = new DataCursor(bytes, position);
    const value = read(cursor);
    if (cursor.left > 0) cursor.fail(`${cursor.left} bytes follow after the end of the data`);
    return value;
  };
}

class Compiler {
  /** So that a type may contain itself, and what is used many times is there once. */
  readonly #known = new Map<Schema, Read>();
  /** Whether a record takes no bytes. */
  readonly #isEmpty = new Map<RecordSchema, boolean>();
  readonly #dropsNulls: boolean;

  constructor(dropsNulls: boolean) {
    this.#dropsNulls = dropsNulls;
  }

  compile(schema: Schema): Read {
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    const read = this.#compiled(schema);
    this.#known.set(schema, read);
    return read;
  }

  #compiled(schema: Schema): Read {
    switch (schema.type) {
      case 'record':
        return this.#record(schema);
      case 'array':
        return this.#array(schema);
      case 'map':
        return this.#map(schema);
      case 'union':
        return this.#union(schema);
      case 'enum':
        return symbolReader(schema);
      case 'null':
        return () => null;
      case 'boolean':
        return (cursor) => cursor.boolean();
      case 'float':
        return (cursor) => cursor.float();
      case 'double':
        return (cursor) => cursor.double();
      default:
        return shownReader(rawReader(schema), schema.logical);
    }
  }

  #record(schema: RecordSchema): Read {
    const dropsNulls = this.#dropsNulls;
    const fields: { readonly name: string; readonly read: Read }[] = [];
    const read: Read = (cursor) => {
      const record: Record<string, unknown> = {};
      let i = 0;
      cursor.enter();
      cursor.count(fields.length);
      try {
        for (; i < fields.length; i++) {
          const { name, read: readField } = fields[i]!;
          const value = readField(cursor);
          if (value === null && dropsNulls) continue;
          cursor.countChars(name.length);
          set(record, name, value);
        }
      } catch (error) {
        throw within(error, fields[i]!.name);
      }
      cursor.leave();
      return record;
    };
    this.#known.set(schema, read);
    for (const { name, schema: each } of schema.fields) fields.push({ name, read: this.compile(each) });
    return read;
  }

  #array({ items: item }: ArraySchema): Read {
    if (this.#takesNoBytes(item)) {
      const what = 'name' in item ? item.name : item.type;
      throw new SchemaError(`it has an array of ${what}, which takes no bytes: any number of them fits into a record`);
    }
    const read = this.compile(item);
    return (cursor) => {
      const items: unknown[] = [];
      cursor.enter();
      try {
        for (let count = blockCount(cursor); count > 0; count = blockCount(cursor)) {
          for (; count > 0; count--) items.push(read(cursor));
        }
      } catch (error) {
        throw within(error, String(items.length));
      }
      cursor.leave();
      return items;
    };
  }

  #map({ values }: MapSchema): Read {
    const read = this.compile(values);
    return (cursor) => {
      // Keys come from the data: without a prototype, any is safe.
      const map: Record<string, unknown> = Object.create(null);
      let key = '';
      cursor.enter();
      try {
        for (let count = blockCount(cursor); count > 0; count = blockCount(cursor)) {
          for (; count > 0; count--) {
            key = cursor.string();
            map[key] = read(cursor);
          }
        }
      } catch (error) {
        throw within(error, key);
      }
      cursor.leave();
      return map;
    };
  }

  #union({ branches }: UnionSchema): Read {
    const reads = branches.map((branch) => this.compile(branch));
    return (cursor) => {
      const index = cursor.length('the branch of a union');
      const read = reads[index];
      if (read === undefined) return cursor.fail(`a union has the branch ${index}; there are ${reads.length}, from 0`);
      return read(cursor);
    };
  }

  /** A record within itself adds nothing to its own width. */
  #takesNoBytes(schema: Schema): boolean {
    if (schema.type === 'fixed') return schema.size === 0;
    if (schema.type !== 'record') return schema.type === 'null';
    const known = this.#isEmpty.get(schema);
    if (known !== undefined) return known;
    this.#isEmpty.set(schema, true);
    const isEmpty = schema.fields.every((field) => this.#takesNoBytes(field.schema));
    this.#isEmpty.set(schema, isEmpty);
    return isEmpty;
  }
}

/** Types that logical types may have below them. */
function rawReader(schema: PrimitiveSchema | FixedSchema): (cursor: DataCursor) => RawValue {
  switch (schema.type) {
    case 'fixed':
      return (cursor) => cursor.bytes(schema.size, `a ${schema.name}`);
    case 'int':
      return (cursor) => cursor.int();
    case 'long':
      return (cursor) => cursor.long();
    case 'string':
      return (cursor) => cursor.string();
    case 'bytes':
      return (cursor) => cursor.bytes(cursor.length('bytes'), 'bytes');
    default:
      throw new Error(`${schema.type} has a reader of its own`);
  }
}

function shownReader(read: (cursor: DataCursor) => RawValue, logical: LogicalType | undefined): Read {
  if (logical === undefined) return (cursor) => plain(read(cursor));
  return (cursor) => {
    const value = plain(logical.convert(read(cursor)));
    if (typeof value === 'string') cursor.countChars(value.length);
    return value;
  };
}

function symbolReader({ name, symbols }: EnumSchema): Read {
  return (cursor) => {
    const symbol = symbols[cursor.length(`the enum ${name}`)];
    if (symbol === undefined) return cursor.fail(`the enum ${name} has no such symbol; there are ${symbols.length}`);
    cursor.countChars(symbol.length);
    return symbol;
  };
}

/** Items of the next block of an array or map; 0 ends it. A negative count comes with the block's size. */
function blockCount(cursor: DataCursor): number {
  const count = cursor.long();
  if (typeof count === 'bigint') cursor.fail(`a block has ${count} items`);
  if (count < 0) cursor.length('a block');
  // Each item takes a byte at least.
  if (Math.abs(count) > cursor.left)
    cursor.fail(`a block has ${Math.abs(count)} items, but ${cursor.left} bytes are left`);
  cursor.count(Math.abs(count));
  return Math.abs(count);
}

function set(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
}

function within(error: unknown, step: string): unknown {
  if (error instanceof AvroDataError) error.path.unshift(step);
  return error;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}
