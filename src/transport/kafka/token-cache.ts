import { messageOf } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds that it is valid from now on; absent when nobody said so. */
  readonly lifetimeMs?: number | undefined;
}

/** A token younger than this part of its life is used again, as Kafka's own clients do it. */
const REFRESH_AT = 0.8;
/** Milliseconds that a token must be good for, so that a broker need not end the session soon after. */
const REMAINING_MIN_MS = 30_000;

interface Held {
  readonly token: Token;
  readonly refreshAtMs: number;
  readonly expiresAtMs: number;
}

/** Fetches a token when there is none or the last one comes to its end; one fetch at a time. */
export class TokenCache {
  readonly #fetch: () => Promise<Token>;
  readonly #logger: TransportLogger;
  readonly #nowMs: () => number;
  #held: Held | undefined;
  #fetching: Promise<Token> | undefined;

  constructor(fetch: () => Promise<Token>, logger: TransportLogger, nowMs: () => number = () => performance.now()) {
    this.#fetch = fetch;
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /** @throws what `fetch` threw, when the token before is of no use any more either. */
  async token(): Promise<Token> {
    const held = this.#held;
    if (held !== undefined && this.#nowMs() < held.refreshAtMs) return held.token;
    try {
      this.#fetching ??= this.#renew();
      return await this.#fetching;
    } catch (error) {
      if (held === undefined || this.#nowMs() >= held.expiresAtMs) throw error;
      this.#logger.warn(
        { event: 'access-token-old', reason: messageOf(error) },
        'no new access token: the one before is used to its end',
      );
      return held.token;
    }
  }

  /** The next one is a new one. */
  forget(): void {
    this.#held = undefined;
  }

  async #renew(): Promise<Token> {
    const askedAtMs = this.#nowMs();
    try {
      const token = await this.#fetch();
      const lifetimeMs = token.lifetimeMs ?? 0;
      const usableMs = Math.min(lifetimeMs * REFRESH_AT, lifetimeMs - REMAINING_MIN_MS);
      this.#held = { token, refreshAtMs: askedAtMs + usableMs, expiresAtMs: askedAtMs + lifetimeMs };
      return token;
    } finally {
      this.#fetching = undefined;
    }
  }
}
