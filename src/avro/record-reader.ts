/** A schema -> a function that reads values written with it, as JSON would hold them. Built once a schema. */
import avro from 'avsc';
import { AvroDataError, DataCursor } from './data-cursor.ts';
import { logicalConversion, type RawValue } from './logical-types.ts';

type Read = (cursor: DataCursor) => unknown;

/** A schema that cannot be read safely; the message says which part and why. */
export class UnreadableSchemaError extends Error {
  override readonly name = 'UnreadableSchemaError';
}

/**
 * Reads one value from `position` to the very end: records and maps become objects, bytes base64 texts, longs beyond 2^53
 * decimal texts, logical types ISO 8601, decimal and UUID texts. With `nulls: 'drop'`, fields that are null are left out.
 * The function it returns @throws {AvroDataError} for data that is not what the schema says.
 * @throws {UnreadableSchemaError} for arrays and maps whose items take no bytes: a few bytes could claim any number.
 */
export function recordReader(type: avro.Type, nulls: 'drop' | 'keep'): (bytes: Buffer, position: number) => unknown {
  const read = new Compiler(nulls === 'drop').compile(type);
  return (bytes, position) => {
    const cursor = new DataCursor(bytes, position);
    const value = read(cursor);
    if (cursor.left > 0) cursor.fail(`${cursor.left} bytes follow after the end of the data`);
    return value;
  };
}

class Compiler {
  /** By named type, so that a type may contain itself. */
  readonly #named = new Map<avro.Type, Read>();
  readonly #dropsNulls: boolean;

  constructor(dropsNulls: boolean) {
    this.#dropsNulls = dropsNulls;
  }

  compile(type: avro.Type): Read {
    const convert = logicalConversion(type);
    if (convert !== undefined && type instanceof avro.types.LogicalType) {
      const read = this.#raw(type.underlyingType);
      return (cursor) => plain(convert(read(cursor)));
    }
    if (type instanceof avro.types.RecordType) return this.#record(type);
    if (type instanceof avro.types.ArrayType) return this.#array(type);
    if (type instanceof avro.types.MapType) return this.#map(type);
    if (type instanceof avro.types.UnwrappedUnionType || type instanceof avro.types.WrappedUnionType)
      return this.#union(type);
    if (type instanceof avro.types.EnumType) return symbolReader(type);
    switch (type.typeName) {
      case 'null':
        return () => null;
      case 'boolean':
        return (cursor) => cursor.boolean();
      case 'float':
        return (cursor) => cursor.float();
      case 'double':
        return (cursor) => cursor.double();
      case 'string':
        return (cursor) => cursor.string();
      default: {
        const read = this.#raw(type);
        return (cursor) => plain(read(cursor));
      }
    }
  }

  /** Types that logical types may have below them. */
  #raw(type: avro.Type): (cursor: DataCursor) => RawValue {
    if (type instanceof avro.types.FixedType) {
      const { size, name } = type;
      return (cursor) => cursor.bytes(size, `a ${name}`);
    }
    switch (type.typeName) {
      case 'int':
        return (cursor) => cursor.int();
      case 'long':
        return (cursor) => cursor.long();
      case 'string':
        return (cursor) => cursor.string();
      case 'bytes':
        return (cursor) => cursor.bytes(cursor.length('bytes'), 'bytes');
      default:
        throw new UnreadableSchemaError(`it has the type ${type.typeName} in a place where none was expected`);
    }
  }

  #record(type: avro.types.RecordType): Read {
    const known = this.#named.get(type);
    if (known !== undefined) return known;
    const dropsNulls = this.#dropsNulls;
    let fields: { readonly name: string; readonly read: Read }[] = [];
    const read: Read = (cursor) => {
      const record: Record<string, unknown> = {};
      let i = 0;
      cursor.enter();
      cursor.count(fields.length);
      try {
        for (; i < fields.length; i++) {
          const { name, read: readField } = fields[i]!;
          const value = readField(cursor);
          if (value !== null || !dropsNulls) set(record, name, value);
        }
      } catch (error) {
        throw within(error, fields[i]!.name);
      }
      cursor.leave();
      return record;
    };
    this.#named.set(type, read);
    fields = type.fields.map(({ name, type: each }) => ({ name, read: this.compile(each) }));
    return read;
  }

  #array({ itemsType }: avro.types.ArrayType): Read {
    requireWidth(itemsType, 'an array');
    const read = this.compile(itemsType);
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

  #map({ valuesType }: avro.types.MapType): Read {
    const read = this.compile(valuesType);
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

  #union({ types: branches }: avro.types.UnwrappedUnionType | avro.types.WrappedUnionType): Read {
    const reads = branches.map((branch) => this.compile(branch));
    return (cursor) => {
      const index = cursor.length('the branch of a union');
      const read = reads[index];
      if (read === undefined) return cursor.fail(`a union has the branch ${index}; there are ${reads.length}, from 0`);
      return read(cursor);
    };
  }
}

function symbolReader({ name, symbols }: avro.types.EnumType): Read {
  return (cursor) => {
    const symbol: string | undefined = symbols[cursor.length(`the enum ${name}`)];
    if (symbol === undefined) cursor.fail(`the enum ${name} has no such symbol; there are ${symbols.length}`);
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

function requireWidth(type: avro.Type, what: string): void {
  if (!takesNoBytes(type, new Map())) return;
  const item = type.name ?? type.typeName;
  throw new UnreadableSchemaError(
    `it has ${what} of ${item}, which takes no bytes: any number of them fits into a record`,
  );
}

/** `known`: by record, so that no schema takes long. A record within itself adds nothing to its own width. */
function takesNoBytes(type: avro.Type, known: Map<avro.Type, boolean>): boolean {
  if (type instanceof avro.types.LogicalType) return takesNoBytes(type.underlyingType, known);
  if (type instanceof avro.types.FixedType) return type.size === 0;
  if (!(type instanceof avro.types.RecordType)) return type.typeName === 'null';
  const before = known.get(type);
  if (before !== undefined) return before;
  known.set(type, true);
  const isEmpty = type.fields.every((field) => takesNoBytes(field.type, known));
  known.set(type, isEmpty);
  return isEmpty;
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
