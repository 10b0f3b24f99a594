/** One request: decides whether it may be answered, has its route answer it, and sends the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import { readBody, requireNoBody, requireType } from './body.ts';
import { EventStreams, STREAM_HEADERS } from './event-streams.ts';
import { Guard, type SignIn } from './guard.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { type HttpLimits, MAX_BODY_BYTES } from './limits.ts';
import { loginAnswer, loginRoutes } from './login.ts';
import { clientOf, RateLimit } from './rate-limit.ts';
import {
  type HttpAnswer,
  HttpProblem,
  type HttpRequest,
  problemAnswer,
  type Route,
  type StreamAnswer,
} from './route.ts';
import { Router } from './router.ts';

/** Where failures are told; a pino logger fits. */
export interface HttpLog {
  error(fields: object, message: string): void;
}

export interface HandlerOptions {
  readonly routes: readonly Route[];
  readonly signIn: SignIn;
  readonly isTls: boolean;
  readonly limits: HttpLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: HttpLog;
}

/** A token that was not the right one costs so many further requests: guessing is slow. */
const WRONG_TOKEN_COST = 9;

export class Handler {
  readonly #router: Router;
  readonly #guard: Guard;
  readonly #rate: RateLimit;
  readonly #streams: EventStreams;
  readonly #logger: HttpLog;
  readonly #canLogin: boolean;

  constructor({ routes, signIn, isTls, limits, now, logger }: HandlerOptions) {
    const { token } = signIn;
    this.#canLogin = token !== undefined;
    this.#router = new Router([...routes, ...(token === undefined ? [] : loginRoutes({ token, isTls, now }))]);
    this.#guard = new Guard(signIn, now);
    this.#rate = new RateLimit(limits, now);
    this.#streams = new EventStreams(limits);
    this.#logger = logger;
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: HttpAnswer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      answer = this.#refusal(error, request);
    }
    try {
      this.#send(answer, request, response);
    } catch (error) {
      this.#log(error, request);
      response.destroy();
    }
  }

  async #answer(request: IncomingMessage): Promise<HttpAnswer> {
    const { method = '', url = '', headers } = request;
    const [path, query] = splitOnce(url, '?');
    const found = this.#router.find(method, path);
    const access = found.kind === 'route' ? found.route.access : 'guarded';
    if (access !== 'probe' && !this.#rate.take(clientOf(request.socket.remoteAddress))) {
      throw new HttpProblem(429, 'too many requests (http.requestsPerSecond); wait a moment', { 'retry-after': '1' });
    }
    this.#guard.check(request, access);
    switch (found.kind) {
      case 'nothing':
        throw new HttpProblem(404, 'nothing is here');
      case 'malformed':
        throw new HttpProblem(400, 'the path holds a % that encodes no UTF-8');
      case 'method': {
        const allow = found.allowed.join(', ');
        throw new HttpProblem(405, `expected ${allow}`, { allow });
      }
      case 'route': {
        const { route, params } = found;
        const body = await bodyFor(route, request);
        const kind = method as HttpRequest['method'];
        return route.handle({ method: kind, path, params, query: new URLSearchParams(query), headers, body });
      }
    }
  }

  /** A browser that asks for a page is led to the form in place of a 401. */
  #refusal(error: unknown, request: IncomingMessage): HttpAnswer {
    if (!(error instanceof HttpProblem)) {
      this.#log(error, request);
      return problemAnswer(new HttpProblem(500, 'this cannot be answered; the log of the service says why'));
    }
    const { method, url = '/', headers } = request;
    const wantsPage =
      method === 'GET' && headers.authorization === undefined && /text\/html/.test(headers.accept ?? '');
    return error.status === 401 && this.#canLogin && wantsPage ? loginAnswer(url) : problemAnswer(error);
  }

  #send(answer: HttpAnswer, request: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed) return;
    if ('stream' in answer) {
      this.#sendStream(answer, request, response);
      return;
    }
    const { status, headers, body } = answer;
    const triedToken = request.headers.authorization !== undefined || request.method === 'POST';
    if (status === 401 && triedToken) this.#rate.charge(clientOf(request.socket.remoteAddress), WRONG_TOKEN_COST);
    const length = String(Buffer.byteLength(body));
    response.writeHead(status, { ...SECURITY_HEADERS, 'content-length': length, ...headers });
    response.end(body);
  }

  #sendStream({ stream }: StreamAnswer, request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD') response.writeHead(200, STREAM_HEADERS).end();
    else if (!this.#streams.isFull) stream(this.#streams.open(response));
    else {
      const problem = new HttpProblem(503, 'too many readers of live updates', { 'retry-after': '10' });
      this.#send(problemAnswer(problem), request, response);
    }
  }

  #log(error: unknown, { method, url = '' }: IncomingMessage): void {
    const fields = { event: 'http-failed', method, path: splitOnce(url, '?')[0], error: messageOf(error) };
    this.#logger.error(fields, 'a request could not be answered');
  }
}

async function bodyFor(route: Route, request: IncomingMessage): Promise<Buffer> {
  if (route.method === 'GET') {
    requireNoBody(request);
    return Buffer.alloc(0);
  }
  requireType(request, route.contentType ?? 'application/json');
  return readBody(request, route.maxBodyBytes ?? MAX_BODY_BYTES);
}

function splitOnce(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
