/** Avro: schemas of a hostile registry, and the bytes of records that claim to be written with them. */
import avsc from 'avsc';
import fc from 'fast-check';
import { AvroDataError } from '../../src/avro/data-cursor.ts';
import { schemaIdOf, withHeader } from '../../src/avro/wire-format.ts';
import { parseWriterSchema } from '../../src/avro/writer-schema.ts';
import { isFields, toConnectorEvent } from '../../src/events/connector-event.ts';
import { SCHEMAS, VALUES } from '../corpus/avro.ts';
import { AVRO_TOKENS, SCHEMA_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes, mutatedJson } from '../generators.ts';
import { bytesIn, type Input, textIn } from '../input.ts';
import { hold, type Target } from '../target.ts';

const HEADER_BYTES = 5;
/** What the engine says when the code is wrong, not the schema: whoever catches everything hides that. */
const BUG = /^Cannot |is not a function|is not iterable|is not defined|Maximum call stack|Invalid array length/;

export const avro: Target = {
  name: 'avro',
  what: 'Avro: schemas of a hostile registry, wire format, data',
  weight: 10,
  // Making a reader of a schema costs far more a byte than reading JSON.
  budget: { timesReference: 1_500, baseMs: 60, heapPerByte: 2_000 },
  inputs: () => {
    const whole = SCHEMAS.map((schema, i): [string, Buffer] => {
      const type = avsc.Type.forSchema(JSON.parse(schema));
      return [schema, withHeader(i + 1, type.toBuffer(VALUES[i]))];
    });
    const bodies = mutatedBytes(
      whole.map(([, body]) => body),
      AVRO_TOKENS.map((token) => token.toString('latin1')),
    );
    const schemas = mutatedJson(
      SCHEMAS.map((schema) => JSON.parse(schema)),
      SCHEMA_TOKENS,
    ).map((bytes) => bytes.toString('utf8'));
    // Either the data is spoiled, or the schema, or both.
    return fc.oneof(
      fc.tuple(fc.constantFrom(...SCHEMAS), bodies, fc.constantFrom(...SCHEMAS)).map(parts),
      fc.tuple(schemas, fc.constantFrom(...whole.map(([, body]) => body)), schemas).map(parts),
      fc.tuple(schemas, bodies, schemas).map(parts),
    );
  },
  open: () => ({
    run: (input) => {
      const value = bytesIn(input, 'value') ?? Buffer.alloc(0);
      const schema = textIn(input, 'schema') ?? '';
      const reference = textIn(input, 'reference');
      const references = reference === undefined ? [] : [reference];
      const id = schemaIdOf(value);
      hold((id === undefined) === value.length < HEADER_BYTES, 'a value has a schema id when it is long enough');
      const parsed = parseWriterSchema({ schemaType: 'AVRO', schema, references });
      if (parsed.kind === 'unusable') {
        hold(parsed.reason !== '', 'a schema that cannot be used says why');
        hold(!BUG.test(parsed.reason), `a schema is refused for what is wrong with it: ${parsed.reason}`);
        return parsed;
      }
      if (id === undefined) return parsed;
      return [parsed, readWith(parsed.read, value)];
    },
  }),
};

function parts([schema, value, reference]: readonly [string, Buffer, string]): Input {
  const isReferring = schema.includes('com.acme.Shared');
  return [['value', value], ['schema', schema], ...(isReferring ? [['reference', reference] as const] : [])];
}

function readWith(read: (bytes: Buffer, position: number) => unknown, value: Buffer): unknown {
  let fields: unknown;
  try {
    fields = read(value, HEADER_BYTES);
  } catch (error) {
    if (!(error instanceof AvroDataError)) throw error;
    const { position } = error;
    hold(position >= HEADER_BYTES && position <= value.length, 'an error has a place in the value');
    return error;
  }
  if (!isFields(fields)) return fields;
  hold(typeof JSON.stringify(fields) === 'string', 'what was read can be written as JSON');
  return [fields, toConnectorEvent(fields)];
}
