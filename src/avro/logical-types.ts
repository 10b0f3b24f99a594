/** Values of Avro's logical types in the words of JSON: ISO 8601 times, decimal and UUID texts. */
import avro from 'avsc';

/** A value as it was read: a bigint where a number would not be exact. */
export type RawValue = string | number | bigint | Buffer;
type Convert = (value: RawValue) => unknown;

/** The attributes of a schema with a logical type. */
interface LogicalSchema {
  readonly logicalType: string;
  readonly scale?: unknown;
}

/** Keeps what a schema says of its logical type, which avsc drops of those that it is not told of. */
class KeptLogicalType extends avro.types.LogicalType {
  readonly convert: Convert;

  constructor(given: avro.Schema, options?: unknown) {
    super(given, options);
    // avsc comes here with what has a `logicalType` only.
    const schema = given as LogicalSchema;
    const { logicalType } = schema;
    const convert = CONVERTERS[logicalType]?.(schema, this.underlyingType.typeName);
    // avsc then takes the underlying type, as the specification wants it for a logical type that does not fit.
    if (convert === undefined) throw new Error(`${logicalType} does not fit ${this.underlyingType.typeName}`);
    this.convert = convert;
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }

  protected override _toValue(value: unknown): unknown {
    return value;
  }
}

/** How values of a logical type are shown, or undefined for other types. */
export function logicalConversion(type: avro.Type): Convert | undefined {
  return type instanceof KeptLogicalType ? type.convert : undefined;
}

type MakeConverter = (schema: LogicalSchema, underlying: string) => Convert | undefined;

const CONVERTERS: Readonly<Record<string, MakeConverter>> = {
  'timestamp-millis': time('long', 1n, 1n),
  'timestamp-micros': time('long', 1n, 1_000n),
  'timestamp-nanos': time('long', 1n, 1_000_000n),
  'local-timestamp-millis': time('long', 1n, 1n),
  'local-timestamp-micros': time('long', 1n, 1_000n),
  'local-timestamp-nanos': time('long', 1n, 1_000_000n),
  date: (_, underlying) =>
    underlying === 'int' ? (value) => isoTime(BigInt(value as number) * 86_400_000n)?.slice(0, 10) ?? value : undefined,
  decimal: ({ scale = 0 }, underlying) => {
    if (underlying !== 'bytes' && underlying !== 'fixed') return undefined;
    if (typeof scale !== 'number' || !Number.isInteger(scale) || scale < 0 || scale > MAX_SCALE) return undefined;
    return (value) => decimalText(value as Buffer, scale);
  },
  uuid: (_, underlying) =>
    underlying === 'string' || underlying === 'fixed'
      ? (value) => (Buffer.isBuffer(value) && value.length === 16 ? uuidText(value) : value)
      : undefined,
};

/** Given to avsc as `logicalTypes`. */
export const LOGICAL_TYPES = Object.fromEntries(Object.keys(CONVERTERS).map((name) => [name, KeptLogicalType]));

/** Digits behind the point; more is no amount of anything. */
const MAX_SCALE = 1_000;
/** Bytes of a decimal that are made a decimal text; the time for that grows with their square. */
const MAX_DECIMAL_BYTES = 128;

/** A unit is `times` / `per` milliseconds. */
function time(expected: string, times: bigint, per: bigint): MakeConverter {
  return (_, underlying) =>
    underlying === expected ? (value) => isoTime((BigInt(value as number | bigint) * times) / per) ?? value : undefined;
}

/** Undefined for times that ISO 8601 has no four-digit year for. */
function isoTime(ms: bigint): string | undefined {
  return ms >= -62_135_596_800_000n && ms < 253_402_300_800_000n ? new Date(Number(ms)).toISOString() : undefined;
}

function decimalText(bytes: Buffer, scale: number): unknown {
  if (bytes.length > MAX_DECIMAL_BYTES) return bytes;
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
