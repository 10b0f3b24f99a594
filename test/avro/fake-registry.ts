/** A schema registry for tests: Confluent's API on a free port, and ways to break it. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakeSchema {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

export interface FakeRegistry {
  readonly url: string;
  /** `METHOD path`, in the order of arrival. */
  readonly requests: readonly string[];
  /** The header `authorization` of each request. */
  readonly logins: readonly (string | undefined)[];
  /** By id. */
  readonly schemas: Map<number, FakeSchema>;
  /** Schema ids by subject, in the order of their versions. */
  readonly subjects: Map<string, number[]>;
  /** Answers everything in place of the registry while it is set. */
  trouble: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Refuses new schemas with this status. */
  refusal: number | undefined;
}

/** Closed at the end of the test. `tls` as `https.createServer` takes it. */
export async function startFakeRegistry(tls?: https.ServerOptions): Promise<FakeRegistry> {
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const registry: FakeRegistry = {
    get url() {
      return `${tls === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`;
    },
    requests,
    logins,
    schemas: new Map(),
    subjects: new Map(),
    trouble: undefined,
    refusal: undefined,
  };
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    logins.push(request.headers.authorization);
    if (registry.trouble !== undefined) return registry.trouble(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    const { status = 200, ...answer } = answerTo(registry, `${request.method} ${request.url}`, body?.schema);
    response
      .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      .end(JSON.stringify(answer));
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return registry;
}

function answerTo(
  registry: FakeRegistry,
  request: string,
  given: string,
): { status?: number } & Record<string, unknown> {
  const { schemas, subjects, refusal } = registry;
  if (request === 'GET /schemas/types') return { types: ['AVRO'] };
  const [, id] = /^GET \/schemas\/ids\/(\d+)$/.exec(request) ?? [];
  if (id !== undefined) return { ...(schemas.get(Number(id)) ?? unknown(40403, `Schema ${id} not found.`)) };
  const [, method, encoded, version] = /^(GET|POST) \/subjects\/([^/]+)(?:\/versions\/?(.*))?$/.exec(request) ?? [];
  const subject = decodeURIComponent(encoded ?? '');
  const ids = subjects.get(subject) ?? [];
  if (method === 'GET') {
    const found = version === 'latest' ? ids.at(-1) : ids[Number(version) - 1];
    return found === undefined ? unknown(40402, 'Version not found.') : { subject, id: found, ...schemas.get(found) };
  }
  const known = ids.find((each) => schemas.get(each)?.schema === given);
  if (known !== undefined) return { subject, id: known, schema: given };
  if (version === undefined) return unknown(40403, 'Schema not found.');
  if (refusal !== undefined) return { status: refusal, error_code: refusal, message: 'field x is missing' };
  const next = schemas.size + 1;
  schemas.set(next, { schema: given });
  subjects.set(subject, [...ids, next]);
  return { id: next };
}

function unknown(error_code: number, message: string) {
  return { status: 404, error_code, message };
}
