/** A server with a few routes on a free port, ended with the test, and a client that sends exactly what it is told. */
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { HttpLimits } from '../../src/http/limits.ts';
import type { Route } from '../../src/http/route.ts';
import { type HttpOptions, serveHttp } from '../../src/http/server.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';

export interface Settings {
  readonly routes?: readonly Route[];
  readonly token?: string;
  readonly signIn?: HttpOptions['signIn'];
  readonly tls?: HttpOptions['tls'];
  readonly limits?: Partial<HttpLimits>;
  readonly host?: string;
}

export const TOKEN = 'a-token-for-this-test';
export const SIGNED_IN = { authorization: `Bearer ${TOKEN}` };

/** A guarded page at `/`, an echo of JSON at `/echo`. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/', access: 'guarded', handle: () => ({ status: 200, body: 'secret' }) },
  {
    method: 'POST',
    path: '/echo',
    access: 'guarded',
    maxBodyBytes: 100,
    handle: ({ body }) => ({ status: 200, body }),
  },
];

export async function serve({ routes = ROUTES, token, signIn, tls, limits = {}, host = '127.0.0.1' }: Settings = {}) {
  const clock = { ms: 1_700_000_000_000 };
  const logger = new RecordingLogger();
  const endpoint = await serveHttp({
    host,
    port: 0,
    routes,
    signIn: signIn ?? { token: token === undefined ? undefined : () => token, clientCertificates: false },
    tls,
    limits,
    now: () => clock.ms,
    logger,
  });
  onTestFinished(() => endpoint.close());
  return { url: endpoint.url, close: endpoint.close, port: Number(new URL(endpoint.url).port), clock, logger };
}

export interface Asked {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** As for `https.request`. */
  readonly tls?: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
  /** As it is written, where `URL` would correct it. */
  readonly path?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** On a connection of its own. */
export function ask(url: string, { method = 'GET', headers = {}, body = '', tls = {}, path }: Asked = {}) {
  return new Promise<Answered>((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const options = { method, headers, agent: false as const, ...tls, ...(path === undefined ? {} : { path }) };
    const request = send(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A bare connection, and all that comes over it until it ends. */
export function open(port: number): { readonly socket: Socket; readonly ended: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (part) => {
    text += part;
  });
  const ended = new Promise<string>((resolve) => {
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
  return { socket, ended };
}
