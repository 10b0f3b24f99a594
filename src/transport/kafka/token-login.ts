import type { AuthenticationProviderArgs } from 'kafkajs';
import type { Credentials, LoginMethod } from './login.ts';
import type { TokenCache } from './token-cache.ts';

export interface TokenLoginOptions {
  readonly tokens: TokenCache;
  /** Who it is, for people: `client "triage"`. */
  readonly who: string;
  readonly remedy: string;
  /** SASL extensions that the brokers ask for, by name. */
  readonly extensions?: Readonly<Record<string, string>>;
}

const SEPARATOR = '\x01';

/** SASL OAUTHBEARER (RFC 7628) with tokens from `tokens`. */
export function tokenLogin({ tokens, who, remedy, extensions = {} }: TokenLoginOptions): LoginMethod {
  return {
    mechanism: 'OAUTHBEARER',
    remedy,
    credentials: async (): Promise<Credentials> => {
      const { value } = await tokens.token();
      return { identity: value, who, present: (exchange) => presentToken(exchange, value, extensions) };
    },
    refused: () => tokens.forget(),
  };
}

async function presentToken(
  { saslAuthenticate }: AuthenticationProviderArgs,
  token: string,
  extensions: Readonly<Record<string, string>>,
): Promise<void> {
  const pairs = Object.entries({ auth: `Bearer ${token}`, ...extensions }).map(([name, value]) => `${name}=${value}`);
  const first = `n,,${SEPARATOR}${pairs.join(SEPARATOR)}${SEPARATOR}${SEPARATOR}`;
  const complaint = await saslAuthenticate({ request: message(first), response: text });
  if (complaint === undefined || complaint === '') return;
  // kafkajs stops here and takes it for a success. The broker refuses in a second step, which it has to be asked for.
  await saslAuthenticate({ request: message(SEPARATOR), response: text });
  throw new Error(complaint);
}

/** The bytes of a step, after their length. */
function message(step: string): { encode: () => Buffer } {
  const bytes = Buffer.from(step);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return { encode: () => Buffer.concat([length, bytes]) };
}

const text = {
  decode: (answer: Buffer): Buffer => answer.subarray(4),
  parse: (bytes: Buffer): string => bytes.toString('utf8'),
};
