import { createRequire } from 'node:module';
import type { AuthenticationProviderArgs, Authenticator } from 'kafkajs';
import type { LoginMethod } from './login.ts';

export interface PasswordLoginOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  /** Called at each login. */
  readonly username: () => string;
  readonly password: () => string;
}

type KafkajsProvider = (sasl: {
  readonly username: string;
  readonly password: string;
}) => (exchange: AuthenticationProviderArgs) => Authenticator;

/** kafkajs' own mechanisms. Given its client's way, they would keep the first password for ever. */
const FILES = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram256', 'SCRAM-SHA-512': 'scram512' } as const;

/** @throws {TriageError} `usage`, when a file of user name or password cannot be read. */
export function passwordLogin({ mechanism, username, password }: PasswordLoginOptions): LoginMethod {
  const load = createRequire(import.meta.url);
  const provider: KafkajsProvider = load(`kafkajs/src/broker/saslAuthenticator/${FILES[mechanism]}.js`);
  username();
  password();
  return {
    mechanism,
    remedy: 'Check kafka.sasl.mechanism, username and password, and that the brokers have this user.',
    credentials: async () => {
      const sasl = { username: username(), password: password() };
      return {
        identity: JSON.stringify(sasl),
        who: `user "${sasl.username}"`,
        present: (exchange) => provider(sasl)(exchange).authenticate(),
      };
    },
  };
}
