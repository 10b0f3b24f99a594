/** Values of Avro's logical types in the words of JSON: ISO 8601 times, decimal and UUID texts. */

/** A value as it was read: a bigint where a number would not be exact. */
export type RawValue = string | number | bigint | Buffer;
type Convert = (value: RawValue) => unknown;

export interface LogicalType {
  /** With all that says what a value means, such as `decimal(9, 2)`. */
  readonly name: string;
  readonly convert: Convert;
}

type Attributes = Readonly<Record<string, unknown>>;

/**
 * The logical type that a schema's attributes name. Undefined for one that is not known or does not fit the type below it:
 * by the specification the value is then one of that type.
 */
export function logicalType(attributes: Attributes, underlying: string): LogicalType | undefined {
  const name = attributes.logicalType;
  if (typeof name !== 'string' || !Object.hasOwn(LOGICAL_TYPES, name)) return undefined;
  return LOGICAL_TYPES[name]?.(attributes, underlying);
}

type MakeType = (attributes: Attributes, underlying: string) => LogicalType | undefined;

const LOGICAL_TYPES: Readonly<Record<string, MakeType>> = {
  'timestamp-millis': time('timestamp-millis', 1n),
  'timestamp-micros': time('timestamp-micros', 1_000n),
  'timestamp-nanos': time('timestamp-nanos', 1_000_000n),
  'local-timestamp-millis': time('local-timestamp-millis', 1n),
  'local-timestamp-micros': time('local-timestamp-micros', 1_000n),
  'local-timestamp-nanos': time('local-timestamp-nanos', 1_000_000n),
  date: (_, underlying) => {
    if (underlying !== 'int') return undefined;
    return { name: 'date', convert: (value) => isoTime(BigInt(value as number) * 86_400_000n)?.slice(0, 10) ?? value };
  },
  decimal: ({ precision, scale = 0 }, underlying) => {
    if (underlying !== 'bytes' && underlying !== 'fixed') return undefined;
    if (typeof scale !== 'number' || !Number.isInteger(scale) || scale < 0 || scale > MAX_SCALE) return undefined;
    return {
      name: `decimal(${typeof precision === 'number' ? precision : 'any'}, ${scale})`,
      convert: (value) => decimalText(value as Buffer, scale),
    };
  },
  uuid: (_, underlying) => {
    if (underlying !== 'string' && underlying !== 'fixed') return undefined;
    return {
      name: 'uuid',
      convert: (value) => (Buffer.isBuffer(value) && value.length === 16 ? uuidText(value) : value),
    };
  },
};

/** Digits behind the point; more is no amount of anything. */
const MAX_SCALE = 1_000;
/** Bytes of a decimal that are made a decimal text; the time for that grows with their square. */
const MAX_DECIMAL_BYTES = 128;

/** A millisecond has `perMs` units. */
function time(name: string, perMs: bigint): MakeType {
  const convert: Convert = (value) => isoTime(BigInt(value as number | bigint) / perMs) ?? value;
  return (_, underlying) => (underlying === 'long' ? { name, convert } : undefined);
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
