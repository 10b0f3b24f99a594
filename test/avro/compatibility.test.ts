import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incompatibilities } from '../../src/avro/compatibility.ts';
import { parseSchema } from '../../src/avro/schema.ts';

const record = (...fields: object[]) => ({ type: 'record', name: 'R', fields });
const field = (name: string, type: unknown, rest: object = {}) => ({ name, type, ...rest });
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const symbols = (...names: string[]) => ({ type: 'enum', name: 'E', symbols: names });

function problems(reader: unknown, writer: unknown): string[] {
  const found = incompatibilities(parseSchema(JSON.stringify(reader)), parseSchema(JSON.stringify(writer)));
  return found.map(({ path, problem }) => `${path} ${problem}`);
}

describe('what was written', () => {
  const inner = (...fields: object[]) => ({ type: 'record', name: 'Inner', fields });

  it.each([
    ['the same', record(field('a', 'int')), record(field('a', 'int'))],
    ['a field that is gone', record(), record(field('a', 'int'))],
    ['a field that is new and has a default', record(field('a', ['null', 'int'], { default: null })), record()],
    ['a field renamed by an alias', record(field('b', 'int', { aliases: ['a'] })), record(field('a', 'int'))],
    ['a number that is wider now', record(field('a', 'double')), record(field('a', 'int'))],
    ['a field that may be null now', record(field('a', ['null', 'string'])), record(field('a', 'string'))],
    ['a symbol more', symbols('A', 'B'), symbols('A')],
    ['a type within itself', record(field('next', ['null', 'R'])), record(field('next', ['null', 'R']))],
    [
      'a name and namespace by an alias',
      { ...record(), namespace: 'new', aliases: ['Q', 'old.R'] },
      { ...record(), namespace: 'old' },
    ],
  ])('is read: %s', (_, reader, writer) => {
    expect(problems(reader, writer)).toEqual([]);
  });

  it.each([
    [
      'a new field without a default',
      record(field('a', 'int')),
      record(),
      'R.a is not written, and the reader has no default for it',
    ],
    [
      'another type',
      record(field('a', 'int')),
      record(field('a', 'string')),
      'R.a is string where it is written, int where it is read',
    ],
    [
      'a number that is narrower',
      record(field('a', 'int')),
      record(field('a', 'long')),
      'R.a is long where it is written, int where it is read',
    ],
    [
      'null that is not expected',
      record(field('a', 'string')),
      record(field('a', ['null', 'string'])),
      'R.a is null where it is written, string where it is read',
    ],
    [
      'deep within',
      record(field('a', { type: 'array', items: inner(field('b', 'int')) })),
      record(field('a', { type: 'array', items: inner() })),
      'R.a[].b is not written, and the reader has no default for it',
    ],
    [
      'within a record that may be null',
      record(field('a', ['null', inner(field('b', 'int'))])),
      record(field('a', ['null', inner()])),
      'R.a.b is not written, and the reader has no default for it',
    ],
    [
      'a type of no branch',
      record(field('a', ['null', 'int'])),
      record(field('a', 'string')),
      'R.a is string where it is written, which is none of null, int',
    ],
    ['a symbol less', symbols('A'), symbols('A', 'B'), 'E may hold B, which the reader does not know'],
    [
      'another size',
      { type: 'fixed', name: 'F', size: 2 },
      { type: 'fixed', name: 'F', size: 3 },
      'F has 3 bytes where it is written, 2 where it is read',
    ],
    ['another name', record(), { ...record(), name: 'Q' }, 'R is called Q where it is written, R where it is read'],
    [
      'another name than the alias',
      { ...record(), aliases: ['P'] },
      { ...record(), name: 'Q' },
      'R is called Q where it is written, R where it is read',
    ],
    [
      'another namespace',
      { ...record(), namespace: 'new' },
      { ...record(), namespace: 'old' },
      'R is called old.R where it is written, new.R where it is read',
    ],
    [
      'a time that is a plain number now',
      record(field('a', 'long')),
      record(field('a', millis)),
      'R.a is timestamp-millis where it is written, long where it is read',
    ],
  ])('is not read, and the place is told: %s', (_, reader, writer, expected) => {
    expect(problems(reader, writer)).toEqual([expected]);
  });

  it.each([
    ['scale', { scale: 3 }],
    ['precision', { precision: 10 }],
  ])('is not read as a decimal of another %s', (_, other) => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
    expect(problems(record(field('a', { ...decimal, ...other })), record(field('a', decimal)))).toEqual([
      expect.stringMatching(/^R.a is decimal\(9, 2\) where it is written, decimal\(\d+, \d\) where it is read$/),
    ]);
  });

  it('is not read where a type fits as one of several, but not alone', () => {
    const old = { ...inner(), namespace: 'a' };
    const needy = { ...inner(field('b', 'int')), namespace: 'b' };
    const reader = record(field('x', [needy, { ...old, aliases: ['b.Inner'] }]), field('y', 'b.Inner'));
    const written = { ...inner(), namespace: 'b' };
    expect(problems(reader, record(field('x', written), field('y', 'b.Inner')))).toEqual([
      expect.stringMatching(/b is not written, and the reader has no default for it$/),
    ]);
  });

  it('is compared in no time when types use each other many times over', () => {
    const doubling = (...leaf: object[]) =>
      Array.from({ length: 60 }).reduce<object>(
        (below, _, i) => ({
          type: 'record',
          name: `R${i}`,
          fields: [field('a', below), field('b', i === 0 ? 'Inner' : `R${i - 1}`)],
        }),
        inner(...leaf),
      );
    expect(problems(doubling(field('x', 'int')), doubling())).toHaveLength(1);
  });

  it('is judged as avsc judges it', () => {
    const leaf = fc.constantFrom<unknown>(
      'null',
      'int',
      'long',
      'float',
      'double',
      'string',
      'bytes',
      ['null', 'string'],
      ['int', 'null'],
      symbols('A'),
      symbols('A', 'B'),
    );
    const { type } = fc.letrec((tie) => ({
      type: fc.oneof(
        { maxDepth: 2 },
        leaf,
        fc.record({ type: fc.constant('array'), items: tie('type') }),
        fc.record({ type: fc.constant('map'), values: tie('type') }),
      ),
    }));
    const fields = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), type), {
      selector: ([name]) => name,
      maxLength: 1,
    });
    const schema = fields.map((list) => record(...list.map(([name, each]) => field(name, each))));
    let compatible = 0;
    fc.assert(
      fc.property(schema, schema, (reader, writer) => {
        let resolves = true;
        try {
          avro.Type.forSchema(reader as never).createResolver(avro.Type.forSchema(writer as never));
        } catch {
          resolves = false;
        }
        expect(problems(reader, writer).length === 0).toBe(resolves);
        if (resolves) compatible++;
      }),
      { numRuns: 2_000 },
    );
    expect(compatible).toBeGreaterThan(50);
  });
});
