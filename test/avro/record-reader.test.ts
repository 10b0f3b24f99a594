import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AvroDataError, MAX_CHARS, MAX_DEPTH, MAX_VALUES } from '../../src/avro/data-cursor.ts';
import { recordReader } from '../../src/avro/record-reader.ts';
import { parseSchema } from '../../src/avro/schema.ts';

type Schema = Parameters<typeof avro.Type.forSchema>[0];

function readerFor(schema: unknown, nulls: 'keep' | 'drop' = 'keep') {
  return recordReader(parseSchema(JSON.stringify(schema)), nulls);
}

function read(schema: unknown, bytes: Buffer | number[], nulls: 'keep' | 'drop' = 'keep'): unknown {
  return readerFor(schema, nulls)(Buffer.from(bytes), 0);
}

function failure(schema: unknown, bytes: Buffer | number[]): AvroDataError {
  try {
    read(schema, bytes);
  } catch (error) {
    if (error instanceof AvroDataError) return error;
    throw error;
  }
  throw new Error('was read');
}

const record = (...fields: { name: string; type: unknown }[]) => ({ type: 'record', name: 'R', fields });

/** A long as Avro writes it. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const ENUM = { type: 'enum', name: 'E', symbols: ['A', 'B', 'C'] };
const FIXED = { type: 'fixed', name: 'F', size: 3 };

/** Schemas whose items take bytes, each named type once. */
const schemas = fc
  .letrec((tie) => ({
    leaf: fc.constantFrom<unknown>('null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes', ENUM, FIXED),
    item: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom<unknown>('boolean', 'int', 'long', 'double', 'string', 'bytes') },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('array'), items: tie('item') }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('map'), values: tie('any') }) },
    ),
    union: fc.constantFrom<unknown>(
      ['null', 'string'],
      ['int', 'string', 'null'],
      ['null', { type: 'array', items: 'int' }],
      ['int', 'double'],
    ),
    any: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('item'), tie('union'), tie('record')),
    record: fc
      .array(tie('any'), { minLength: 1, maxLength: 5 })
      .map((types) => ({ type: 'record', name: 'R', fields: types.map((type, i) => ({ name: `f${i}`, type })) })),
  }))
  .record.map((schema) => withOwnNames(schema, { count: 0 }));
function withOwnNames(schema: unknown, names: { count: number }): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withOwnNames(each, names));
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'name' ? value : withOwnNames(value, names)]),
  );
  const isNamed = ['record', 'enum', 'fixed'].includes(String(copy.type));
  return isNamed ? { ...copy, name: `N${names.count++}` } : copy;
}

/** As the reader shows what avsc reads. */
function shown(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}

describe('any value of any schema', () => {
  // Unions of two numbers are only read in avsc with their branch named, which is not what JSON holds.
  const hasAmbiguousUnion = (schema: unknown) => JSON.stringify(schema).includes('["int","double"]');

  it('is read as avsc reads it', () => {
    fc.assert(
      fc.property(
        schemas.filter((schema) => !hasAmbiguousUnion(schema)),
        (schema) => {
          const type = avro.Type.forSchema(schema as Schema);
          const value = type.random();
          const bytes = type.toBuffer(value);
          expect(shown(readerFor(schema)(bytes, 0))).toEqual(shown(type.fromBuffer(bytes)));
        },
      ),
    );
  });

  it('is refused when it is cut anywhere or anything follows, and nothing else is ever thrown', () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, at) => {
        const type = avro.Type.forSchema(schema as Schema);
        const bytes = type.toBuffer(type.random());
        const reader = readerFor(schema);
        expect(() => reader(Buffer.concat([bytes, Buffer.alloc(1)]), 0)).toThrow(AvroDataError);
        if (bytes.length > 0) expect(() => reader(bytes.subarray(0, at % bytes.length), 0)).toThrow(AvroDataError);
      }),
    );
  });

  it('is read or refused when its bytes are anything at all', () => {
    fc.assert(
      fc.property(schemas, fc.uint8Array({ maxLength: 60 }), (schema, bytes) => {
        const reader = readerFor(schema);
        try {
          reader(Buffer.from(bytes), 0);
        } catch (error) {
          expect(error).toBeInstanceOf(AvroDataError);
        }
      }),
    );
  });
});

describe('data that claims more than it has', () => {
  it('is refused before anything is built: items of a block', () => {
    const error = failure(record({ name: 'list', type: { type: 'array', items: 'int' } }), varint(50_000_000n));
    expect(error.message).toBe('a block has 50000000 items, but 0 bytes are left');
    expect(error).toMatchObject({ path: ['list', '0'], position: 4 });
  });

  it('is refused: items of no width, whatever their schema hides them in', () => {
    const empty = {
      type: 'record',
      name: 'Empty',
      fields: [
        { name: 'a', type: 'null' },
        { name: 'b', type: { type: 'fixed', name: 'F', size: 0 } },
      ],
    };
    const twice = {
      type: 'record',
      name: 'Twice',
      fields: [
        { name: 'a', type: empty },
        { name: 'b', type: 'Empty' },
      ],
    };
    for (const items of ['null', empty, twice]) {
      expect(() => read(record({ name: 'list', type: { type: 'array', items } }), varint(50_000_000n))).toThrow(
        /an array of (null|Empty|Twice), which takes no bytes/,
      );
    }
  });

  it('is refused: a text of 2 GiB', () => {
    const error = failure(record({ name: 'message', type: 'string' }), [...varint(2_147_483_648n), 97]);
    expect(error.message).toBe('a text has 2147483648 bytes, but 1 are left');
    expect(error).toMatchObject({ path: ['message'], position: 5 });
  });

  it('is refused: lengths below zero and beyond 2^53', () => {
    expect(failure('string', varint(-3n)).message).toBe('a text has the length -3');
    expect(failure('bytes', varint(2n ** 60n)).message).toBe('bytes has the length 1152921504606846976');
    expect(failure({ type: 'array', items: 'int' }, varint(-(2n ** 63n))).message).toBe(
      'a block has -9223372036854775808 items',
    );
  });

  it('is refused: more values than a record may have, from few bytes', () => {
    const wide = Array.from({ length: 1_000 }, (_, i) => ({ name: `n${i}`, type: 'null' }));
    const item = { type: 'record', name: 'Item', fields: [...wide, { name: 'last', type: 'boolean' }] };
    const bytes = [...varint(2_000n), ...Array<number>(2_000).fill(1), 0];
    expect(() => readerFor({ type: 'array', items: item }, 'drop')(Buffer.from(bytes), 0)).toThrow(
      `there are more than ${MAX_VALUES} values in the record`,
    );
  });

  it.each([
    ['a symbol', { type: 'enum', name: 'E', symbols: ['S'.repeat(1_000)] }],
    ['the name of a field', record({ name: 'f'.repeat(1_000), type: 'boolean' })],
    ['a decimal', { type: 'bytes', logicalType: 'decimal', precision: 1_000, scale: 1_000 }],
  ])('is refused: an event that is huge by what the schema says of each byte, %s', (_, items) => {
    const bytes = (count: number) => [...varint(BigInt(count)), ...Array<number>(count).fill(0), 0];
    expect(read({ type: 'array', items }, bytes(50))).toHaveLength(50);
    expect(failure({ type: 'array', items }, bytes(5_000)).message).toMatch(/more than 64 characters for each byte/);
  });

  it('is refused: an event of more than 32 million characters, however large the record is', () => {
    const item = record({ name: 'a'.repeat(60), type: 'boolean' }, { name: 'b'.repeat(60), type: 'boolean' });
    const list = { type: 'array', items: item };
    const bytes = (count: number) =>
      Buffer.concat([Buffer.from(varint(BigInt(count))), Buffer.alloc(2 * count), Buffer.alloc(1)]);
    expect(read(list, bytes(250_000))).toHaveLength(250_000);
    expect(failure(list, bytes(300_000)).message).toContain(`or ${MAX_CHARS}`);
  });

  it('is refused: values in values without end', () => {
    const list = record({ name: 'next', type: ['null', 'R'] });
    expect(failure(list, Array<number>(1_000_000).fill(2)).message).toBe(
      `values are nested more than ${MAX_DEPTH} deep`,
    );
  });
});

describe('data that is not what the schema says', () => {
  it.each([
    ['an int of 33 bits', 'int', varint(2n ** 32n), 'an int is 4294967296; it has 32 bits'],
    ['a long of 71 bits', 'long', Array<number>(10).fill(0xff).concat(0), 'a long has more than 64 bits'],
    ['a boolean of 2', 'boolean', [2], 'a boolean is 2; expected 0 or 1'],
    ['a branch that is none', ['null', 'string'], [4], 'a union has the branch 2; there are 2, from 0'],
    ['a symbol that is none', ENUM, [6], 'the enum E has no such symbol; there are 3'],
    ['an end within a number', 'long', [0x80], 'the value ends in the middle of its data'],
    ['an end within a double', 'double', [1, 2], 'a double has 8 bytes, but 2 are left'],
    ['something after the end', 'int', [2, 7, 7], '2 bytes follow after the end of the data'],
  ])('is refused: %s', (_, schema, bytes, message) => {
    expect(failure(schema, bytes).message).toBe(message);
  });

  it('is told by the way to it', () => {
    const inner = {
      type: 'record',
      name: 'Inner',
      fields: [{ name: 'texts', type: { type: 'map', values: { type: 'array', items: 'string' } } }],
    };
    const bytes = [0, 2, 2, 97, 4, 2, 98, 100];
    expect(failure(record({ name: 'a', type: 'int' }, { name: 'b', type: inner }), bytes)).toMatchObject({
      path: ['b', 'texts', 'a', '1'],
      position: 8,
    });
  });
});

describe('values', () => {
  it('are read exactly: longs of all sizes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const isSafe = Number.isSafeInteger(Number(value));
        expect(read('long', varint(value))).toBe(isSafe ? Number(value) : value.toString());
      }),
    );
  });

  it('are read from blocks with their size in bytes, too', () => {
    expect(read({ type: 'array', items: 'int' }, [3, 4, 2, 4, 2, 6, 0])).toEqual([1, 2, 3]);
  });

  it('of fields that are null are left out where that is asked for', () => {
    const schema = record({ name: 'a', type: ['null', 'int'] }, { name: 'b', type: 'int' });
    expect(read(schema, [0, 2], 'drop')).toEqual({ b: 1 });
    expect(read(schema, [0, 2], 'keep')).toEqual({ a: null, b: 1 });
  });

  it('never change a prototype, whatever they are called', () => {
    const fromField = read(record({ name: '__proto__', type: { type: 'map', values: 'int' } }), [2, 2, 97, 2, 0]);
    expect(Object.keys(fromField as object)).toEqual(['__proto__']);
    expect((fromField as { a?: number }).a).toBeUndefined();
    const fromKey = read({ type: 'map', values: 'int' }, [2, 18, ...Buffer.from('__proto__'), 2, 0]);
    expect(Object.keys(fromKey as object)).toEqual(['__proto__']);
  });

  it('that are no UTF-8 are replaced, not refused', () => {
    expect(read('string', [4, 0xff, 97])).toBe('\ufffda');
  });
});

describe('logical types', () => {
  const ms = 1_732_406_400_123n;
  it.each([
    ['timestamp-millis', 'long', varint(ms), '2024-11-24T00:00:00.123Z'],
    ['timestamp-micros', 'long', varint(ms * 1_000n + 7n), '2024-11-24T00:00:00.123Z'],
    ['timestamp-nanos', 'long', varint(ms * 1_000_000n), '2024-11-24T00:00:00.123Z'],
    ['local-timestamp-millis', 'long', varint(ms), '2024-11-24T00:00:00.123Z'],
    ['timestamp-millis', 'long', varint(2n ** 62n), (2n ** 62n).toString()],
    ['date', 'int', varint(20_051n), '2024-11-24'],
    ['uuid', 'string', [4, 97, 98], 'ab'],
    ['no-such-type', 'long', varint(5n), 5],
    // The specification: a logical type that does not fit its type is passed over.
    ['timestamp-millis', 'string', [2, 97], 'a'],
  ])('%s on %s', (logicalType, type, bytes, expected) => {
    expect(read({ type, logicalType }, bytes)).toBe(expected);
  });

  it('decimal', () => {
    const decimal = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 9, scale });
    expect(read(decimal(2), [4, 0x30, 0x39])).toBe('123.45');
    expect(read(decimal(2), [2, 0xff])).toBe('-0.01');
    expect(read(decimal(0), [2, 0x05])).toBe('5');
    expect(read(decimal(2), [0])).toBe('0.00');
  });

  it('within unions', () => {
    const schema = ['null', { type: 'long', logicalType: 'timestamp-millis' }, { type: 'int', logicalType: 'date' }];
    expect(read(schema, [2, ...varint(ms)])).toBe('2024-11-24T00:00:00.123Z');
  });
});
