/** Routes over HTTP or HTTPS: where it listens, and what a connection may cost. */
import { lookup } from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsFiles } from '../credentials/tls-files.ts';
import { messageOf, TriageError } from '../errors.ts';
import { limitConnections } from './connections.ts';
import type { SignIn } from './guard.ts';
import { Handler, type HttpLog } from './handler.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { isThisMachine, SIGN_IN_NEEDED } from './loopback.ts';
import type { Route } from './route.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly routes: readonly Route[];
  readonly signIn: SignIn;
  /** Absent: without TLS. Its files are read again when they change. */
  readonly tls?: TlsFiles | undefined;
  /** Those that differ from `HTTP_LIMITS`. */
  readonly limits?: Partial<HttpLimits>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: HttpLog;
}

export interface HttpEndpoint {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** @throws {TriageError} `usage` when the address cannot be listened on, or strangers could reach it without sign-in. */
export async function serveHttp(options: HttpOptions): Promise<HttpEndpoint> {
  const { host, tls } = options;
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const address = await addressOf(options);
  const handler = new Handler({ ...options, isTls: tls !== undefined, limits });
  const server = createBareServer(tls, limits, (request, response) => void handler.handle(request, response));
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = limits.requestsPerConnection;
  server.setTimeout(limits.idleMs);
  const cutAll = limitConnections(server, limits.connectionsPerClient);
  await listen(server, options, address);
  // Such as no file left for a connection: the next one may have one. Unheard, it would end the process.
  server.on('error', (error) =>
    options.logger.error({ event: 'http-failed', error: messageOf(error) }, 'the HTTP server had an error'),
  );
  const chosen = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${name}:${chosen.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** Names are looked up before anybody can connect: what counts is the address. */
async function addressOf({ host, port, signIn }: HttpOptions): Promise<string> {
  const { address } = await lookup(host).catch((error: unknown) => {
    throw cannotListen({ host, port }, error);
  });
  if (signIn.token !== undefined || signIn.clientCertificates || isThisMachine(address)) return address;
  throw new TriageError('usage', `http.host: ${SIGN_IN_NEEDED}; found ${host} (${address})`);
}

function createBareServer(
  tls: TlsFiles | undefined,
  limits: HttpLimits,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // How often Node looks for those who are late.
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersMs / 4)),
  };
  if (tls === undefined) return createServer(options, listener);
  let material = tls.material();
  const asked = material.ca !== undefined;
  // Certificates are asked for, not demanded: probes have none.
  const client = { requestCert: asked, rejectUnauthorized: false, handshakeTimeout: limits.headersMs };
  const server = createTlsServer({ ...options, ...material, ...client }, listener);
  server.prependListener('connection', () => {
    const current = tls.material();
    if (current === material) return;
    material = current;
    server.setSecureContext(current);
  });
  return server;
}

function listen(server: Server, { host, port }: HttpOptions, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen({ host, port }, error)));
    server.listen(port, address, resolve);
  });
}

function cannotListen({ host, port }: Pick<HttpOptions, 'host' | 'port'>, error: unknown): TriageError {
  const mend = 'choose another one with http.port (0 takes a free one) and http.host';
  return new TriageError('usage', `cannot listen on ${host}:${port}: ${messageOf(error)}; ${mend}`, { cause: error });
}
