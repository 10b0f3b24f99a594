/** Any resolution event that the schema allows: made from the schema, so that a new field is covered by itself. */
import fc from 'fast-check';
import { z } from 'zod';
import { type ResolutionEvent, resolutionEventSchema } from '../../src/events/resolution-event.ts';

interface Node {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly string[];
  readonly format?: string;
}

const text = fc.string({ unit: 'binary' });
const time = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z') })
  .map((date) => date.toISOString());
/** As `JSON.parse` gives it. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const keys = fc.oneof(text, fc.constant('__proto__'), fc.constant('constructor'));

function arbitraryOf(node: Node): fc.Arbitrary<unknown> {
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map(arbitraryOf));
  if (Array.isArray(node.type)) return fc.oneof(...node.type.map((type: string) => arbitraryOf({ ...node, type })));
  if (node.type === 'null') return fc.constant(null);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  switch (node.type) {
    case 'string':
      return node.format === 'date-time' ? time : text;
    case 'integer':
      // avsc takes numbers up to one less than JavaScript holds exactly.
      return fc.maxSafeNat().map((value) => Math.min(value, Number.MAX_SAFE_INTEGER - 1));
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(arbitraryOf(node.items ?? {}), { maxLength: 4 });
    case 'object': {
      const { properties, additionalProperties } = node;
      if (properties === undefined) return fc.dictionary(keys, arbitraryOf(additionalProperties || {}));
      return fc.record(Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, arbitraryOf(each)])));
    }
    default:
      return json;
  }
}

export const resolutionEvents = arbitraryOf(
  z.toJSONSchema(resolutionEventSchema) as Node,
) as fc.Arbitrary<ResolutionEvent>;
