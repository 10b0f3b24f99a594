import type { AuthenticationProviderArgs, Mechanism } from 'kafkajs';
import { messageOf } from '../../errors.ts';
import { LoginError } from './login-error.ts';

/** What one login at one broker is done with. */
export interface Credentials {
  /** Equal for equal credentials; never shown. */
  readonly identity: string;
  /** Who logs in, for people: `user "triage"`. */
  readonly who: string;
  /** Speaks the mechanism. @throws what `saslAuthenticate` threw, or why the broker's answer cannot be right. */
  present(exchange: AuthenticationProviderArgs): Promise<void>;
}

export interface LoginMethod {
  /** As Kafka names it, such as `SCRAM-SHA-512`. */
  readonly mechanism: string;
  /** What to look at when the broker refuses. */
  readonly remedy: string;
  /** As they are now: files are read and tokens fetched again when that is due. @throws {LoginError} without them. */
  credentials(): Promise<Credentials>;
  /** The broker refused what `credentials` gave last. */
  refused?(): void;
}

/** Milliseconds between two attempts with credentials that were refused: many directories lock an account after a few. */
export const REFUSED_PAUSE_MS = 5_000;

/**
 * Logs the connections of one process in. Refused credentials are an error for good until the first login; afterwards,
 * they may have been withdrawn and new ones be on their way: `mayPass` is set on the error, and who meets it waits.
 */
export class Login {
  readonly mechanism: string;
  readonly #method: LoginMethod;
  readonly #nowMs: () => number;
  #accepted = false;
  #refusal: { readonly identity: string; readonly atMs: number; readonly error: LoginError } | undefined;

  constructor(method: LoginMethod, nowMs: () => number = () => performance.now()) {
    this.mechanism = method.mechanism;
    this.#method = method;
    this.#nowMs = nowMs;
  }

  /** As kafkajs takes it. Called for every connection, and again before the broker ends a session. */
  toKafkajs(): Mechanism {
    return {
      mechanism: this.mechanism,
      authenticationProvider: (exchange) => ({ authenticate: () => this.authenticate(exchange) }),
    };
  }

  /** @throws {LoginError} when refused; what the connection threw, when that broke. */
  async authenticate(exchange: AuthenticationProviderArgs): Promise<void> {
    const credentials = await this.#credentials();
    const refusal = this.#refusal;
    if (refusal?.identity === credentials.identity && this.#nowMs() - refusal.atMs < REFUSED_PAUSE_MS) {
      throw refusal.error;
    }
    const answers = new Answers(exchange);
    try {
      await credentials.present(answers.exchange);
      this.#accepted = true;
      this.#refusal = undefined;
    } catch (error) {
      // kafkajs' mechanisms turn every error into a refusal, a lost connection too.
      if (answers.broken !== undefined) throw answers.broken;
      const reason = messageOf(answers.refusal ?? error);
      const what = `refused the login of ${credentials.who} with ${this.mechanism} (${reason})`;
      const loginError = new LoginError(what, this.#method.remedy, { mayPass: this.#accepted });
      this.#refusal = { identity: credentials.identity, atMs: this.#nowMs(), error: loginError };
      this.#method.refused?.();
      throw loginError;
    }
  }

  async #credentials(): Promise<Credentials> {
    try {
      return await this.#method.credentials();
    } catch (error) {
      if (error instanceof LoginError) {
        throw new LoginError(error.what, error.remedy, { mayPass: error.mayPass || this.#accepted });
      }
      throw new LoginError(`gets no login: ${messageOf(error)}`, 'Correct the file or the setting.', {
        mayPass: this.#accepted,
      });
    }
  }
}

/** Tells what the broker answered apart from what happened to the connection. */
class Answers {
  readonly exchange: AuthenticationProviderArgs;
  /** The broker's own refusal. */
  refusal: unknown;
  /** The exchange did not come to an end. */
  broken: unknown;

  constructor(exchange: AuthenticationProviderArgs) {
    this.exchange = {
      ...exchange,
      saslAuthenticate: async (step) => {
        try {
          return await exchange.saslAuthenticate(step);
        } catch (error) {
          if ((error as { type?: string }).type === 'SASL_AUTHENTICATION_FAILED') this.refusal = error;
          else if ((error as { name?: string }).name?.startsWith('KafkaJS')) this.broken = error;
          throw error;
        }
      },
    };
  }
}
