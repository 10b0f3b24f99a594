/** Asks the API of a running service. */
import { WatchedFile } from '../credentials/watched-file.ts';
import { API } from '../dashboard/openapi.ts';
import { beatSchema, type Overview, overviewSchema, updateSchema } from '../dashboard/schema/overview.ts';
import { networkReasonOf, TriageError } from '../errors.ts';
import { TOKEN_PATTERN, TOKEN_RULE } from '../http/token.ts';
import { printable } from '../render.ts';
import { VERSION } from '../version.ts';
import type { News } from './model.ts';
import { serverEvents } from './sse.ts';

const ANSWER_MS = 10_000;
/** The server sends something at least every 5 s. */
const SILENCE_MS = 15_000;

export interface ClientOptions {
  /** Such as `http://127.0.0.1:9464`, with a path where a proxy puts one before. */
  readonly url: string;
  readonly tokenFile: string | undefined;
}

/** Errors are `TriageError`s: `transport` when it cannot be reached, `access` when it does not let us in. */
export class TopClient {
  readonly url: string;
  private readonly token: () => string;

  /** @throws {TriageError} `usage`. */
  constructor({ url, tokenFile }: ClientOptions) {
    this.url = baseOf(url);
    this.token = tokenFile === undefined ? () => '' : tokenIn(tokenFile);
    this.token();
  }

  async overview(): Promise<Overview> {
    const answer = await this.ask('/overview', AbortSignal.timeout(ANSWER_MS));
    const text = await answer.text().catch((error: unknown) => {
      throw this.unreachable(error);
    });
    return this.parsed(overviewSchema, text);
  }

  /** What happens from now on, a snapshot first. Ends, or throws, when the connection does. */
  async *news(signal: AbortSignal): AsyncGenerator<News> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
    try {
      const answer = await this.ask('/events', AbortSignal.any([signal, silence.signal]));
      if (answer.body === null) throw this.foreign('an empty answer');
      for await (const event of serverEvents(answer.body)) {
        timer.refresh();
        if (event === null) continue;
        const { name, data } = event;
        if (name === 'snapshot') yield { kind: 'snapshot', overview: this.parsed(overviewSchema, data) };
        if (name === 'update') yield { kind: 'update', update: this.parsed(updateSchema, data) };
        if (name === 'beat') yield { kind: 'beat', beat: this.parsed(beatSchema, data) };
      }
    } catch (error) {
      throw error instanceof TriageError ? error : this.unreachable(silence.signal.reason ?? error);
    } finally {
      clearTimeout(timer);
    }
  }

  private async ask(path: string, signal: AbortSignal): Promise<Response> {
    const token = this.token();
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    let answer: Response;
    try {
      // A token is for this address only.
      answer = await fetch(`${this.url}${API}${path}`, { headers, signal, redirect: 'manual' });
    } catch (error) {
      throw this.unreachable(signal.aborted ? signal.reason : error);
    }
    if (answer.ok) return answer;
    await answer.body?.cancel();
    const { status } = answer;
    if (status === 401) {
      const mend =
        token === '' ? 'give the file with http.token by --token-file' : 'the token in --token-file is wrong';
      throw new TriageError('access', `${this.url} wants a sign-in: ${mend}`);
    }
    if (status === 404) {
      throw this.foreign('status 404; is this connector-triage, with dashboard.enabled?');
    }
    throw new TriageError('transport', `${this.url} answers with status ${status}`, { retriable: true });
  }

  private parsed<T>(schema: { safeParse(value: unknown): { success: boolean; data?: T } }, text: string): T {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      // What the error says of it quotes it, and it may be anything.
      if (error instanceof SyntaxError) throw this.foreign('something that is no JSON');
      throw error;
    }
    const { success, data } = schema.safeParse(value);
    if (!success) throw this.foreign(`JSON of another form; is it connector-triage ${VERSION}, as this program?`);
    return data as T;
  }

  private foreign(found: string): TriageError {
    return new TriageError('transport', `${this.url}: expected the API of connector-triage, found ${found}`);
  }

  private unreachable(error: unknown): TriageError {
    const message = `${this.url} cannot be reached: ${printable(networkReasonOf(error))}. Is the service running, and is this its http.host and http.port?`;
    return new TriageError('transport', message, { cause: error, retriable: true });
  }
}

/** Read again each time. A header of something else would be an error that shows it. */
function tokenIn(path: string): () => string {
  const file = new WatchedFile(path, '--token-file');
  return () => {
    const token = file.read().toString('utf8').trim();
    if (TOKEN_PATTERN.test(token)) return token;
    throw new TriageError('usage', `--token-file: ${path} has ${token.length} characters; expected ${TOKEN_RULE}`);
  };
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !isHttp || url.username !== '' || url.search !== '' || url.hash !== '') {
    const message = `--url: expected an address such as http://127.0.0.1:9464, found ${JSON.stringify(text)}`;
    throw new TriageError('usage', message);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
