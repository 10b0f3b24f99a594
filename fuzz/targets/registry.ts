/** A schema registry that answers anything: the whole way from a record to its event, over loopback. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { AvroInput } from '../../src/avro/avro-input.ts';
import { RegistryClient } from '../../src/avro/registry-client.ts';
import { RegistryHttp } from '../../src/avro/registry-http.ts';
import { RegistryWait } from '../../src/avro/registry-wait.ts';
import { SchemaStore } from '../../src/avro/schema-store.ts';
import { withHeader } from '../../src/avro/wire-format.ts';
import { TriageError } from '../../src/errors.ts';
import { SCHEMAS } from '../corpus/avro.ts';
import { SCHEMA_TOKENS, TEXT_TOKENS } from '../corpus/tokens.ts';
import { mutatedJson } from '../generators.ts';
import { bytesIn, type Input, textIn } from '../input.ts';
import { recordIn } from '../records.ts';
import { hold, type Subject, type Target } from '../target.ts';
import { holdDecoded } from './decoded.ts';

const STATUSES = ['200', '200', '200', '200', '404', '401', '500', '301', '204'];
const ANSWERS: readonly unknown[] = [
  ...SCHEMAS.map((schema) => ({ schema })),
  { schema: SCHEMAS[0], schemaType: 'AVRO', references: [{ name: 'a', subject: 'shared', version: 1 }] },
  { schema: SCHEMAS[1], schemaType: 'PROTOBUF', references: [] },
  { error_code: 40403, message: 'Schema 7 not found' },
];
const VALUE = withHeader(7, Buffer.from([8, 98, 111, 111, 109, 0]));

export const registry: Target = {
  name: 'registry',
  what: 'a schema registry that answers anything, over loopback',
  weight: 1,
  budget: { timesReference: 3_000, baseMs: 500, heapPerByte: 4_000 },
  inputs: () =>
    fc.tuple(mutatedJson(ANSWERS, [...SCHEMA_TOKENS, ...TEXT_TOKENS]), fc.constantFrom(...STATUSES)).map(
      ([answer, status]): Input => [
        ['answer', answer],
        ['status', status],
        ['value', VALUE],
      ],
    ),
  open,
};

async function open(): Promise<Subject> {
  let answer: Buffer = Buffer.alloc(0);
  let status = 200;
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const http = new RegistryHttp({ url: `http://127.0.0.1:${port}`, authorization: () => undefined });
  const client = new RegistryClient(http);
  return {
    run: async (input) => {
      answer = bytesIn(input, 'answer') ?? Buffer.alloc(0);
      status = Number(textIn(input, 'status') ?? '200');
      asked = 0;
      const decoded = await throughStore(client, input);
      hold(asked <= MAX_QUESTIONS, `a record costs at most ${MAX_QUESTIONS} questions, it took ${asked}`);
      return decoded;
    },
    close: async () => {
      http.close();
      await closed(server);
    },
  };
}

/** The schema, asked for twice, and 100 references. */
const MAX_QUESTIONS = 102;

async function throughStore(client: RegistryClient, input: Input): Promise<unknown> {
  // Waiting for a registry to be mended ends at once here, since nobody mends it.
  const gaveUp = new AbortController();
  const wait = new RegistryWait({ signal: gaveUp.signal, onState: () => gaveUp.abort(new Error('gave up')) });
  const store = new SchemaStore({ client, wait, cacheSize: 10, now: () => 0 });
  const avro = new AvroInput({ store, maxBytes: 100_000, signal: gaveUp.signal });
  const record = recordIn(input);
  try {
    await avro.prepare([record], async () => undefined);
  } catch (error) {
    if (error instanceof TriageError && error.kind === 'transport' && error.retriable) return error;
    throw error;
  }
  const decoded = avro.decode(record);
  holdDecoded(decoded, record, (each) => avro.decode(each));
  return decoded;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
