/**
 * Records in Avro, in the registry wire format -> connector events.
 *
 * Decoded with the schema that the record was written with, then read by field names, as JSON is: whatever schema a producer
 * has, fields with our names mean what they mean in JSON, numbers are widened, absent and null fields count as absent, and
 * fields that we do not know become attributes. That gives all that Avro's schema resolution against
 * schemas/connector-event.avsc would give, and keeps the fields that resolution would drop.
 */
import { TriageError } from '../errors.ts';
import { isFields, toConnectorEvent } from '../events/connector-event.ts';
import { type Decoded, deadLetter, describe, type InputFormat } from '../formats/format.ts';
import { whileKeptAlive } from '../transport/kafka/keep-alive.ts';
import type { KeepAlive, SourceRecord } from '../transport/port.ts';
import { AvroDataError } from './data-cursor.ts';
import type { SchemaStore, StoredSchema } from './schema-store.ts';
import { HEADER_BYTES, isWireFormat, MAX_SCHEMA_ID, schemaIdOf } from './wire-format.ts';
import type { ReadableSchema } from './writer-schema.ts';

export interface AvroInputOptions {
  readonly store: SchemaStore;
  /** A larger value is set aside undecoded. */
  readonly maxBytes: number;
  /** Ends the wait for schemas. */
  readonly signal: AbortSignal;
}

/**
 * Schemas of one batch that are asked for at once. More than there are connections: those that the registry does not know
 * take a moment in which they need none, and a writer may make up thousands.
 */
const CONCURRENT_QUESTIONS = 32;
const KEEP_ALIVE_MS = 1_000;
/** Of a schema's name, and of the way to a field, in an error: both are as long as their writer likes. */
const SHOWN_CHARS = 200;

export class AvroInput implements InputFormat {
  readonly name = 'avro';
  readonly #options: AvroInputOptions;
  /** What `prepare` found: the cache may have let go of a schema before its records are decoded. */
  readonly #prepared = new WeakMap<SourceRecord, StoredSchema>();

  constructor(options: AvroInputOptions) {
    this.#options = options;
  }

  /**
   * Gets the schemas that these records need, and waits while the registry is away; records in other formats need none.
   * @throws the error of `keepAlive`. @throws {TriageError} `transport`, when the signal aborts.
   */
  async prepare(records: readonly SourceRecord[], keepAlive: KeepAlive): Promise<void> {
    const missing = new Map<number, SourceRecord[]>();
    for (const record of records) {
      const id = this.#neededId(record);
      if (id === undefined) continue;
      const waiting = missing.get(id);
      const schema = waiting === undefined ? this.#options.store.cached(id) : undefined;
      if (schema !== undefined) this.#prepared.set(record, schema);
      else if (waiting !== undefined) waiting.push(record);
      else missing.set(id, [record]);
    }
    if (missing.size === 0) return;
    const { signal } = this.#options;
    const watch = { keepAlive, intervalMs: KEEP_ALIVE_MS, signal };
    try {
      await whileKeptAlive(watch, (lost) => this.#fetch([...missing], lost));
    } catch (error) {
      if (!signal.aborted) throw error;
      const what = 'Waiting for the schema registry was given up for the shutdown';
      throw new TriageError('transport', `${what}: the records are read again at the next start.`, { retriable: true });
    }
  }

  /** Expects that `prepare` saw the record: anything else is a bug, and the one thing that this throws for. */
  decode(record: SourceRecord): Decoded {
    const { value } = record;
    const { maxBytes } = this.#options;
    if (value === null) return { kind: 'tombstone' };
    if (value.length === 0)
      return deadLetter('empty-value', 'the value has 0 bytes; expected 0x00, a schema id and Avro data');
    if (value.length > maxBytes) {
      return deadLetter('record-too-large', `the value has ${value.length} bytes; limits.recordBytes is ${maxBytes}`);
    }
    if (!isWireFormat(value)) {
      return deadLetter(
        'not-avro',
        `the value begins with the byte ${value[0]}; expected 0, then a schema id and Avro data`,
      );
    }
    const id = schemaIdOf(value);
    if (id === undefined) {
      return deadLetter(
        'not-avro',
        `the value ends within the schema id: it has ${value.length} bytes; expected ${HEADER_BYTES} at least`,
      );
    }
    const schema: StoredSchema | undefined = id > MAX_SCHEMA_ID ? { kind: 'unknown' } : this.#prepared.get(record);
    if (schema === undefined) throw new Error(`the record's schema ${id} was not prepared`);
    switch (schema.kind) {
      case 'unknown':
        return deadLetter('unknown-schema', `the schema registry knows no schema with the id ${id}`);
      case 'unusable':
        return deadLetter('unusable-schema', `${named(id, schema.name)}: ${schema.reason}`);
      case 'readable':
        return decodeWith(schema, id, value);
    }
  }

  #neededId({ value }: SourceRecord): number | undefined {
    if (!isWireFormat(value) || value.length > this.#options.maxBytes) return undefined;
    const id = schemaIdOf(value);
    return id !== undefined && id <= MAX_SCHEMA_ID ? id : undefined;
  }

  async #fetch(missing: readonly (readonly [number, readonly SourceRecord[]])[], signal: AbortSignal): Promise<void> {
    const queue = missing.values();
    const ask = async () => {
      for (const [id, records] of queue) {
        const schema = await this.#options.store.get(id);
        for (const record of records) this.#prepared.set(record, schema);
        signal.throwIfAborted();
      }
    };
    await untilAborted(Promise.all(Array.from({ length: CONCURRENT_QUESTIONS }, ask)), signal);
  }
}

function decodeWith({ name, read }: ReadableSchema, id: number, value: Buffer): Decoded {
  let fields: unknown;
  try {
    fields = read(value, HEADER_BYTES);
  } catch (error) {
    if (!(error instanceof AvroDataError)) throw error;
    return deadLetter('not-avro', `${named(id, name)}: ${placeOf(error)}: ${error.message}`);
  }
  if (!isFields(fields))
    return deadLetter('not-an-object', `${named(id, name)}: expected a record, found ${describe(fields)}`);
  const event = toConnectorEvent(fields);
  if (event !== undefined) return { kind: 'event', event };
  return deadLetter(
    'missing-message',
    `${named(id, name)}: expected a text in "message", found ${describe(fields.message)}`,
  );
}

function named(id: number, name: string): string {
  return name === '' ? `schema ${id}` : `schema ${name.slice(0, SHOWN_CHARS)} (id ${id})`;
}

function placeOf({ path, position }: AvroDataError): string {
  const field = path.length === 0 ? '' : `${path.join('.').slice(0, SHOWN_CHARS)} `;
  return `${field}at byte ${position}`;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
