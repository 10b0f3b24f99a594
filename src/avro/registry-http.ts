/**
 * HTTP to the schema registry, by Node's own client: `fetch` cannot be told of certificate authorities or a client
 * certificate without another package.
 */
import http from 'node:http';
import https from 'node:https';
import type { TlsFiles } from '../credentials/tls-files.ts';
import { networkReasonOf, TriageError } from '../errors.ts';

export interface RegistryAddress {
  /** `http://` or `https://`, with or without a path, without a login. */
  readonly url: string;
  /** Value of the header `authorization`, asked at each request; undefined sends none. */
  readonly authorization: () => string | undefined;
  /** For `https://`; absent: what comes with Node. */
  readonly tls?: TlsFiles;
}

export interface RegistryAnswer {
  readonly status: number;
  /** The JSON object of the body; undefined when it is none. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** No answer was had: the registry is away, or speaks something else. Asking again may help. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** The answer is larger than any schema that is read here. Asking again does not help. */
export class AnswerTooLargeError extends TriageError {
  constructor(url: string) {
    super('transport', `an answer of the schema registry ${url} has more than ${MAX_ANSWER_BYTES} bytes`);
    this.name = 'AnswerTooLargeError';
  }
}

/** Milliseconds for a whole exchange. */
const EXCHANGE_MS = 5_000;
/** Bytes of an answer: a schema of about 1 MB, which is what Confluent's registry takes, as text within JSON. */
export const MAX_ANSWER_BYTES = 2_097_152;
/** Connections at once; they are kept open between requests. */
const MAX_SOCKETS = 8;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

export class RegistryHttp {
  readonly url: string;
  readonly #address: RegistryAddress;
  readonly #agent: http.Agent;

  constructor(address: RegistryAddress) {
    this.#address = address;
    this.url = address.url.replace(/\/+$/, '');
    const { Agent } = this.#isTls ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  }

  /**
   * `path` begins with `/`, its parts are encoded. Redirects are not followed: the login is for this address only.
   * @throws {NoAnswerError} without an answer within 5 s. @throws {AnswerTooLargeError}
   * @throws the reason of `signal` when that aborts.
   */
  async call(
    method: 'GET' | 'POST',
    path: string,
    options: { body?: object; signal: AbortSignal },
  ): Promise<RegistryAnswer> {
    const limit = AbortSignal.timeout(EXCHANGE_MS);
    try {
      return await this.#exchange(method, path, options.body, AbortSignal.any([options.signal, limit]));
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof AnswerTooLargeError) throw error;
      const reason = limit.aborted ? `no answer within ${EXCHANGE_MS / 1_000} s` : networkReasonOf(error);
      throw new NoAnswerError(`${this.url} cannot be reached: ${reason}`, { cause: error });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  get #isTls(): boolean {
    return this.url.startsWith('https:');
  }

  #exchange(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<RegistryAnswer> {
    const { authorization, tls } = this.#address;
    const login = authorization();
    const options: https.RequestOptions = {
      method,
      agent: this.#agent,
      signal,
      headers: {
        accept: `${CONTENT_TYPE}, application/json`,
        ...(login === undefined ? {} : { authorization: login }),
        ...(body === undefined ? {} : { 'content-type': CONTENT_TYPE }),
      },
      ...(this.#isTls && tls !== undefined ? { secureContext: tls.context() } : {}),
      ...(this.#isTls && tls?.serverName !== undefined ? { servername: tls.serverName } : {}),
    };
    const url = new URL(this.url + path);
    return new Promise((resolve, reject) => {
      const request = (this.#isTls ? https : http).request(url, options, (response) => {
        this.#body(response).then((text) => resolve({ status: response.statusCode ?? 0, body: parsed(text) }), reject);
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async #body(response: http.IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) {
        response.destroy();
        throw new AnswerTooLargeError(this.url);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** An error page is no reason of its own: the caller misses what it asked for and says so. */
function parsed(text: string): RegistryAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
