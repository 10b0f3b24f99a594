/** /metrics, /livez and /readyz over HTTP: reading only, no body, no state changed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, TriageError } from '../errors.ts';
import type { Health, Verdict } from './health.ts';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly health: Health;
}

export interface HttpEndpoint {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/** A client that sends its request more slowly than this is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

/** @throws {TriageError} kind `usage` when the address cannot be listened on. */
export async function serveHttp(options: HttpOptions): Promise<HttpEndpoint> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 8_192 }, (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      send(response, 500, 'text/plain; charset=utf-8', `${messageOf(error)}\n`);
    });
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const mend = 'choose another one with http.port (0 takes a free one) and http.host';
      reject(new TriageError('usage', `cannot listen on ${host}:${port}: ${error.message}; ${mend}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics, health }: HttpOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'text/plain; charset=utf-8', 'only GET and HEAD\n');
    return;
  }
  switch (request.url?.split('?', 1)[0]) {
    case '/metrics': {
      const { contentType, body } = await metrics.exposition();
      send(response, 200, contentType, body);
      return;
    }
    case '/livez':
      sendVerdict(response, health.live());
      return;
    case '/readyz':
      sendVerdict(response, health.ready());
      return;
    default:
      send(response, 404, 'text/plain; charset=utf-8', 'try /metrics, /livez or /readyz\n');
  }
}

function sendVerdict(response: ServerResponse, verdict: Verdict): void {
  send(response, verdict.ok ? 200 : 503, 'application/json', `${JSON.stringify(verdict)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(body);
}
