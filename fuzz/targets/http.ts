/** Raw bytes to the HTTP server with the page's API behind it: it answers or closes, and goes on. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { Dashboard } from '../../src/dashboard/dashboard.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { type HttpEndpoint, serveHttp } from '../../src/http/server.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { MATCHER, MESSAGES, RECORDS } from '../corpus/messages.ts';
import { HTTP_TOKENS, TEXT_TOKENS } from '../corpus/tokens.ts';
import { mutatedBytes } from '../generators.ts';
import { type Input, partsUnder, textIn } from '../input.ts';
import { NOW } from '../records.ts';
import { hold, type Subject, type Target } from '../target.ts';

const TOKEN = 'a-token-for-the-fuzzer';
const HEAD = 'Host: localhost\r\nConnection: close\r\n';
const API = '/api/v1';

const PATHS = [
  '/livez',
  '/',
  '/login?next=%2Fx',
  `${API}/overview?window=24h`,
  `${API}/connectors?q=a&state=failing&sort=rate&offset=0&limit=10`,
  `${API}/connectors/box%20c-1`,
  `${API}/error-types?seen=all&sort=count`,
  `${API}/error-types/box.refresh-token-invalid`,
  `${API}/unclassified?sort=first_seen`,
  `${API}/unclassified/0123456789abcdef/draft`,
  `${API}/events`,
  `${API}/openapi.json`,
];

const post = (path: string, type: string, body: string) =>
  `POST ${path} HTTP/1.1\r\n${HEAD}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const REQUESTS: readonly string[] = [
  ...PATHS.map((path) => `GET ${path} HTTP/1.1\r\n${HEAD}\r\n`),
  ...PATHS.map((path) => `GET ${path} HTTP/1.1\r\n${HEAD}Authorization: Bearer ${TOKEN}\r\nAccept: text/html\r\n\r\n`),
  ...MESSAGES.slice(0, 20).map((message) =>
    post(`${API}/explain`, 'application/json', JSON.stringify({ message, app: 'box' })),
  ),
  post('/login', 'application/x-www-form-urlencoded', `token=${TOKEN}&next=%2Fapi`),
  post('/logout', 'application/x-www-form-urlencoded', ''),
  `POST ${API}/explain HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"mes\r\n0\r\n\r\n`,
  `HEAD ${API}/events HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\n${HEAD}\r\n`,
];

/** Short, since half of the inputs are requests without an end. */
const LIMITS: Partial<HttpLimits> = {
  headersMs: 2_000,
  requestMs: 2_000,
  keepAliveMs: 500,
  idleMs: 2_000,
  streamLifetimeMs: 20,
  requestsPerSecond: 1e9,
};
/** Far above these limits, for machines that are busy. */
const PATIENCE_MS = 60_000;
const PROBE_EVERY = 50;

export const http: Target = {
  name: 'http',
  what: 'raw bytes on a socket: the server answers or closes, and goes on',
  weight: 2,
  budget: { timesReference: 3_000, baseMs: 500, heapPerByte: 4_000 },
  inputs: () => {
    const bytes = mutatedBytes(REQUESTS, [...HTTP_TOKENS, ...TEXT_TOKENS.slice(0, 60)]);
    return fc
      .tuple(fc.constantFrom('open', 'token'), bytes, fc.nat({ max: 0xffff }))
      .map(([server, request, at]): Input => {
        const cut = at % (request.length + 1);
        // Every fourth one comes in two pieces.
        const pieces = at % 4 === 0 ? [request.subarray(0, cut), request.subarray(cut)] : [request];
        return [['server', server], ...pieces.map((piece) => ['send bytes', piece] as const)];
      });
  },
  open,
};

async function open(): Promise<Subject> {
  const failures: string[] = [];
  const logger = { error: (fields: object, message: string) => failures.push(`${message}: ${JSON.stringify(fields)}`) };
  const routes = [
    ...boardWithEvents().routes,
    { method: 'GET', path: '/livez', access: 'probe', handle: () => ({ status: 200, body: 'ok' }) } as const,
  ];
  const start = (token: string | undefined) =>
    serveHttp({
      host: '127.0.0.1',
      port: 0,
      routes,
      signIn: { token: token === undefined ? undefined : () => token, clientCertificates: false },
      limits: LIMITS,
      now: () => Date.parse(NOW),
      logger,
    });
  const servers: Readonly<Record<string, HttpEndpoint>> = { open: await start(undefined), token: await start(TOKEN) };
  let count = 0;
  return {
    run: async (input) => {
      const endpoint = servers[textIn(input, 'server') ?? 'open'] ?? servers.open!;
      const port = Number(new URL(endpoint.url).port);
      failures.length = 0;
      const answer = await exchange(
        port,
        partsUnder(input, 'send').map(([, part]) => Buffer.from(part)),
      );
      hold(failures.length === 0, `no request fails within the server: ${failures[0]}`);
      hold(answer === '' || /^HTTP\/1\.1 [1-5]\d\d /.test(answer), 'what comes back is HTTP');
      hold(!/^HTTP\/1\.1 500 /m.test(answer), 'no answer is 500');
      if (count++ % PROBE_EVERY === 0) {
        const alive = await exchange(port, [Buffer.from(`GET /livez HTTP/1.1\r\n${HEAD}\r\n`)]);
        hold(alive.startsWith('HTTP/1.1 200 '), 'the server goes on');
      }
      return answer;
    },
    close: async () => {
      for (const endpoint of Object.values(servers)) await endpoint.close();
    },
  };
}

/** All that comes back until the server closes; a reset is a close. */
function exchange(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    let answer = '';
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the server neither closed nor ended its answer within ${PATIENCE_MS / 1_000} s`));
    }, PATIENCE_MS);
    socket.setEncoding('latin1');
    socket.on('data', (part) => {
      answer += String(part);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(patience);
      resolve(answer);
    });
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });
}

function boardWithEvents(): Dashboard {
  const nowMs = Date.parse(NOW);
  const dashboard = new Dashboard({
    matcher: () => MATCHER,
    redactor: DEFAULT_REDACTOR,
    status: () => ({ phase: 'running', problems: [] }),
    version: '1.2.3',
    now: () => nowMs,
  });
  const options = {
    topics: { output: 'out', deadLetter: 'dlq' },
    limits: { recordBytes: 1_000_000, messageChars: 4_096 },
    mayInfer: true,
    version: '1.2.3',
  };
  const records = RECORDS.map((value, offset) => ({
    topic: 'in',
    partition: 0,
    offset,
    timestampMs: nowMs,
    key: null,
    value,
    headers: {},
  }));
  const outcomes = records.flatMap((record) =>
    processRecord(record, MATCHER, NOW, options).map(({ outcome }) => outcome),
  );
  const batch = {
    topic: 'in',
    partition: 0,
    startOffset: 0,
    nextOffset: records.length,
    endOffset: records.length,
    records,
  };
  dashboard.add({ batch, outcomes, ackedAtMs: nowMs });
  return dashboard;
}
