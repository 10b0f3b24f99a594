/** What the tests of this folder share. */
import avro from 'avsc';
import { AvroInput } from '../../src/avro/avro-input.ts';
import { RegistryClient } from '../../src/avro/registry-client.ts';
import { type RegistryAddress, RegistryHttp } from '../../src/avro/registry-http.ts';
import { RegistryWait } from '../../src/avro/registry-wait.ts';
import { SchemaStore } from '../../src/avro/schema-store.ts';
import { withHeader } from '../../src/avro/wire-format.ts';
import type { SourceRecord } from '../../src/transport/port.ts';

interface PartsOptions extends Partial<RegistryAddress> {
  readonly url: string;
  readonly cacheSize?: number;
  readonly signal?: AbortSignal;
  readonly maxBytes?: number;
  readonly now?: () => number;
}

/** Client, store and input on one registry; `states` is what was told of its state. */
export function partsFor({ url, cacheSize = 10, maxBytes = 100_000, now = Date.now, ...given }: PartsOptions) {
  const states: string[] = [];
  const signal = given.signal ?? new AbortController().signal;
  const http = new RegistryHttp({ authorization: () => undefined, ...given, url });
  const client = new RegistryClient(http);
  const wait = new RegistryWait({ signal, onState: (state, reason) => states.push(`${state}: ${reason}`) });
  const store = new SchemaStore({ client, wait, cacheSize, now });
  return { client, wait, store, states, input: new AvroInput({ store, maxBytes, signal }) };
}

export const alive = async (): Promise<void> => undefined;

export function recordWith(value: Buffer | null, offset = 7): SourceRecord {
  return { topic: 'in', partition: 2, offset, timestampMs: 1_000, key: null, value, headers: {} };
}

/** A record in the wire format. */
export function avroRecord(id: number, schema: object | string, value: unknown): SourceRecord {
  const type = avro.Type.forSchema(schema as Parameters<typeof avro.Type.forSchema>[0]);
  return recordWith(withHeader(id, type.toBuffer(value)));
}

export const EVENT_SCHEMA = {
  type: 'record',
  name: 'Event',
  namespace: 'com.acme',
  fields: [
    { name: 'message', type: 'string' },
    { name: 'app', type: ['null', 'string'], default: null },
  ],
};
