/**
 * What an endpoint is. The server has judged the request before `handle` is called: who asks, from which page, how often
 * and how much of it. Routes know nothing of tokens, cookies or sockets.
 */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who may ask. `guarded`: only who is signed in (see `SignIn`). `open`: anybody. `probe`: anybody, and without the limit
 * of requests a second, since an orchestrator restarts what does not answer.
 */
export type Access = 'guarded' | 'open' | 'probe';

export interface Route {
  /** `GET` answers HEAD, too. Only a POST has a body. */
  readonly method: 'GET' | 'POST';
  /** Such as `/api/v1/connectors/:id/events`: `:name` stands for one segment that is not empty. */
  readonly path: string;
  readonly access: Access;
  /** What the body of a POST has to be. Left out: `application/json`, which no form of another site can send. */
  readonly contentType?: string;
  /** Of the body of a POST. Left out: 65,536. */
  readonly maxBodyBytes?: number;
  /** What it throws is answered with 500 and logged, except for an `HttpProblem`. */
  handle(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** As it came, without the query. */
  readonly path: string;
  /** What stands at `:name` in the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty unless it is a POST. */
  readonly body: Buffer;
}

export type HttpAnswer = BodyAnswer | StreamAnswer;

export interface BodyAnswer {
  readonly status: number;
  /** In lower case. They win over those that the server gives to every answer, such as `cache-control: no-store`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as UTF-8. */
  readonly body: string | Buffer;
}

/** Server-sent events: status 200, until the reader leaves, the server closes, or an hour is over (readers come back). */
export interface StreamAnswer {
  /** Called once, when the head of the answer has been sent. Not called for HEAD, or when there are too many streams. */
  stream(events: EventStream): void;
}

export interface EventStream {
  /**
   * Queues text in the form of server-sent events, such as `event: delta\ndata: {}\n\n`. Encode what goes to many readers
   * once, as a Buffer. Returns false when the stream has ended; a reader that lets too much wait is cut off.
   */
  send(text: string | Buffer): boolean;
  /** Aborted when the stream has ended, whoever ended it. */
  readonly signal: AbortSignal;
}

/** Thrown by a handler: answered with `status` (400 to 599) and the sentence. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(sentence, { cause });
    this.name = 'HttpProblem';
    this.status = status;
    this.headers = headers;
  }
}

/** `value` as JSON. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): BodyAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** The one form of all errors: `{"error": "a sentence"}`. */
export function problemAnswer({ status, message, headers }: HttpProblem): BodyAnswer {
  return jsonAnswer(status, { error: message }, headers);
}

/** The body as JSON. @throws {HttpProblem} 400. */
export function jsonBody({ body }: Pick<HttpRequest, 'body'>): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    // Without its words: they quote what was sent.
    throw new HttpProblem(400, 'the body is not JSON', {}, error);
  }
}
