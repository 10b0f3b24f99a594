import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { parseSchema, SchemaError } from '../../src/avro/schema.ts';

const parse = (schema: unknown, ...referred: unknown[]) =>
  parseSchema(
    JSON.stringify(schema),
    referred.map((each) => JSON.stringify(each)),
  );
const record = (name: string, ...fields: [string, unknown][]) => ({
  type: 'record',
  name,
  fields: fields.map(([field, type]) => ({ name: field, type })),
});

/** Full names of the types of a record's fields. */
function namesIn(schema: unknown, ...referred: unknown[]): (string | undefined)[] {
  const parsed = parse(schema, ...referred);
  if (parsed.type !== 'record') throw new Error(`is ${parsed.type}`);
  return parsed.fields.map((field) => ('name' in field.schema ? field.schema.name : undefined));
}

describe('a name', () => {
  const inner = { type: 'fixed', name: 'F', size: 1 };
  it.each([
    ['is in the namespace around it', { ...record('R', ['a', inner], ['b', 'F']), namespace: 'x.y' }, 'x.y.F'],
    ['is in its own namespace', record('x.R', ['a', { ...inner, namespace: 'z' }], ['b', 'z.F']), 'z.F'],
    [
      'may be a full name',
      { ...record('x.R', ['a', { ...inner, name: 'q.F' }], ['b', 'q.F']), namespace: 'no' },
      'q.F',
    ],
    ['may be out of all namespaces', record('x.R', ['a', { ...inner, namespace: '' }], ['b', 'F']), 'F'],
  ])('%s', (_, schema, name) => {
    expect(namesIn(schema)).toEqual([name, name]);
    // The same as another reader of schemas has it.
    if (name !== 'F') expect(() => avro.Type.forSchema(schema as never)).not.toThrow();
  });

  it('may stand for a type of a schema that is referred to', () => {
    const other = { type: 'enum', name: 'E', namespace: 'x', symbols: ['A'] };
    expect(namesIn(record('x.R', ['a', 'E'], ['b', 'x.E']), other)).toEqual(['x.E', 'x.E']);
  });

  it.each(['constructor', 'toString', '__proto__'])('is none for being one of JavaScript: %s', (name) => {
    expect(() => parse(record('R', ['a', name]))).toThrow(`unknown type: "${name}"`);
    expect(parse({ type: 'string', logicalType: name })).toEqual({ type: 'string' });
  });
});

it('a type may contain itself', () => {
  const list = parse(record('List', ['next', ['null', 'List']]));
  if (list.type !== 'record' || list.fields[0]?.schema.type !== 'union') throw new Error('expected a union');
  expect(list.fields[0].schema.branches[1]).toBe(list);
});

it('defaults do not matter to reading, right or wrong', () => {
  expect(() =>
    parse({ type: 'record', name: 'R', fields: [{ name: 'a', type: ['null', 'string'], default: 'x' }] }),
  ).not.toThrow();
});

describe('a schema of others that would take hours is read at once', () => {
  // Each took avsc more than a second for each 100 KB, or twice as long for each line more.
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  it.each([
    [
      'defaults of defaults',
      many(60, (i) => i).reduce<object>(
        (below, i) => ({
          type: 'record',
          name: `R${i}`,
          fields: ['a', 'b'].map((name, at) => ({ name, type: at === 0 ? below : `R${i - 1}`, default: {} })),
        }),
        record('R-1'),
      ),
    ],
    [
      'logical types and names',
      record(
        'R',
        ...many(10_000, (i): [string, unknown] => [
          `f${i}`,
          i % 2 === 0 ? { type: 'int', logicalType: 'date' } : { type: 'fixed', name: `F${i}`, size: 1 },
        ]),
      ),
    ],
    ['records', record('R', ...many(10_000, (i): [string, unknown] => [`f${i}`, record(`R${i}`, ['a', 'int'])]))],
    ['more fields than a function may have', record('R', ...many(70_000, (i): [string, unknown] => [`f${i}`, 'int']))],
  ])('%s', (_, schema) => {
    expect(parse(schema).type).toBe('record');
  });
});

describe('what is no schema is refused', () => {
  it.each([
    [null, 'a type is null; expected a name or an object'],
    [{ type: 7 }, 'a type is 7; expected a name or an object'],
    [{}, 'a type is undefined; expected a name or an object'],
    ['Nowhere', 'unknown type: "Nowhere"'],
    [[], 'a union has no types'],
    [['null', ['int']], 'a union is directly within a union'],
    [{ type: 'array' }, 'a type is undefined; expected a name or an object'],
    [{ type: 'record', name: 'R' }, 'R has no list "fields"'],
    [{ type: 'record', fields: [] }, 'a type "record" has the name undefined; expected a text'],
    [{ type: 'record', name: 'R', fields: [7] }, 'a field of R has the name undefined; expected a text'],
    [record('R', ['a', 'int'], ['a', 'int']), 'R has two fields with the name "a"'],
    [record('R', ['a', record('R')]), 'there are two types with the name R'],
    [record('string'), 'a type is called string, which is the name of another'],
    [{ type: 'enum', name: 'E' }, 'E has no list "symbols"'],
    [{ type: 'enum', name: 'E', symbols: [1] }, 'the enum E has a symbol that is no text'],
    [{ type: 'fixed', name: 'F', size: -1 }, 'F has the size -1; expected a number of bytes'],
    [{ type: 'fixed', name: 'F', size: 1e300 }, 'F has the size 1e+300; expected a number of bytes'],
  ])('%j', (schema, message) => {
    expect(() => parse(schema)).toThrow(new SchemaError(message));
  });

  it('for being nested without end', () => {
    const nested = (depth: number) =>
      JSON.parse(`${'{"type":"array","items":'.repeat(depth)}"int"${'}'.repeat(depth)}`);
    expect(() => parse(nested(100))).not.toThrow();
    expect(() => parse(nested(101))).toThrow('types are nested more than 100 deep');
  });
});
