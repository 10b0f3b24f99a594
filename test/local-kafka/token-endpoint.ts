/** An OAuth 2.0 token endpoint for tests: client credentials in, unsigned tokens out. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenRequest {
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface TokenEndpoint {
  readonly url: string;
  readonly requests: readonly TokenRequest[];
  /** What the next answers are like. */
  answer: Partial<Answer>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  /** Claims beside `sub`, `iat` and `exp`. */
  readonly claims: Readonly<Record<string, unknown>>;
}

const TOKEN_SECONDS = 300;

/** Its tokens are for the user `service`. */
export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const requests: TokenRequest[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ authorization: request.headers.authorization, body: await textOf(request) });
    const { status = 200, body, claims } = endpoint.answer;
    const token = { access_token: unsignedToken(claims ?? {}), token_type: 'Bearer', expires_in: TOKEN_SECONDS };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body ?? JSON.stringify(token));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: TokenEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    answer: {},
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return endpoint;
}

function unsignedToken(claims: Answer['claims']): string {
  const now = Math.floor(Date.now() / 1_000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ sub: 'service', iat: now, exp: now + TOKEN_SECONDS, ...claims })}.`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
