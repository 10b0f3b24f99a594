import { messageOf } from '../../errors.ts';
import { LoginError } from './login-error.ts';
import type { Token } from './token-cache.ts';

export interface ClientCredentials {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Called at each request. */
  readonly clientSecret: () => string;
  /** Separated by blanks; empty asks for none. */
  readonly scope: string;
}

/** Milliseconds: below the 5 s in which a start has to say what is wrong. */
const REQUEST_TIMEOUT_MS = 4_000;
/** Of an answer that is shown to people. */
const SHOWN_CHARS = 200;

/**
 * OAuth 2.0 client credentials grant (RFC 6749, 4.4), the client authenticated by HTTP Basic.
 * @throws {LoginError} `mayPass` unless the endpoint refuses this client.
 */
export async function fetchClientCredentialsToken(options: ClientCredentials): Promise<Token> {
  const { tokenEndpoint, clientId, clientSecret, scope } = options;
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret())}`).toString('base64');
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === '' ? {} : { scope }) });
  let status: number;
  let text: string;
  try {
    const response = await fetch(tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
      body,
      // The secret is for this address only.
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw unavailable(options, reasonOf(error));
  }
  const answer = parsed(text);
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw refused(options, status, answer);
  const value = answer?.access_token;
  if (status !== 200 || typeof value !== 'string' || value === '') {
    throw unavailable(options, `it answered ${status} ${status === 200 ? 'without an access_token' : ''}`.trim());
  }
  return { value, lifetimeMs: lifetimeMs(answer?.expires_in, value) };
}

interface Answer {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    // Told by the caller, who misses the token: an error page is no reason of its own.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refused(
  { tokenEndpoint, clientId }: ClientCredentials,
  status: number,
  answer: Answer | undefined,
): LoginError {
  const details = [answer?.error, answer?.error_description].filter((each) => typeof each === 'string').join(': ');
  const reason = details === '' ? `HTTP ${status}` : details.slice(0, SHOWN_CHARS);
  return new LoginError(
    `gets no login: the token endpoint ${tokenEndpoint} refused client "${clientId}" (${reason})`,
    'Check kafka.sasl.tokenEndpoint, clientId, clientSecret and scope.',
    { mayPass: false },
  );
}

function unavailable({ tokenEndpoint }: ClientCredentials, reason: string): LoginError {
  return new LoginError(
    `gets no login: the token endpoint ${tokenEndpoint} gave no access token (${reason})`,
    'Check kafka.sasl.tokenEndpoint and the way to it; it is asked again.',
    { mayPass: true },
  );
}

function reasonOf(error: unknown): string {
  if ((error as { name?: string }).name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1000} s`;
  const { cause } = error as { cause?: unknown };
  return cause === undefined ? messageOf(error) : messageOf(cause) || String((cause as { code?: string }).code);
}

/** The shorter one of what the endpoint says and what the token itself says, if it is a JWT. */
export function lifetimeMs(expiresIn: unknown, token: string): number | undefined {
  const told = [secondsOf(expiresIn), jwtLifetimeSeconds(token)].filter((each) => each !== undefined);
  return told.length === 0 ? undefined : Math.min(...told) * 1_000;
}

/** From issue to expiry rather than from now: clocks may differ. */
function jwtLifetimeSeconds(token: string): number | undefined {
  const claims = parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as
    | { exp?: unknown; iat?: unknown }
    | undefined;
  const expiry = secondsOf(claims?.exp);
  if (expiry === undefined) return undefined;
  return Math.max(0, expiry - (secondsOf(claims?.iat) ?? Date.now() / 1_000));
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** As RFC 6749, 2.3.1 wants it inside of Basic. */
function formEncoded(text: string): string {
  return new URLSearchParams({ _: text }).toString().slice(2);
}
