/**
 * The registry wire format: 0x00, the schema's id as a 32-bit integer (big-endian), then the Avro binary encoding.
 * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
const MAGIC_BYTE = 0;
/** Bytes before the Avro data. */
export const HEADER_BYTES = 5;
/** Registries number their schemas with signed 32-bit integers. */
export const MAX_SCHEMA_ID = 2_147_483_647;

/** Whether a value begins as the wire format does. No JSON text begins with this byte. */
export function isWireFormat(value: Buffer | null): value is Buffer {
  return value !== null && value.length > 0 && value[0] === MAGIC_BYTE;
}

/** The schema id of a value in the wire format, or undefined when the value ends before the id does. */
export function schemaIdOf(value: Buffer): number | undefined {
  return value.length < HEADER_BYTES ? undefined : value.readUInt32BE(1);
}

/** Puts the header before data. */
export function withHeader(schemaId: number, data: Buffer): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  value[0] = MAGIC_BYTE;
  value.writeUInt32BE(schemaId, 1);
  data.copy(value, HEADER_BYTES);
  return value;
}
