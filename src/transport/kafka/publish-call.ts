import type { KeepAlive, OutboundRecord } from '../port.ts';
import { RecordTooLargeError } from '../record-too-large.ts';

/** One `publish` on its way: settles when all of its records are, and keeps its caller alive until then. */
export class PublishCall {
  readonly done: Promise<void>;
  settled = false;
  readonly #keepAlive: KeepAlive;
  readonly #keepAliveIntervalMs: number;
  readonly #resolvers = Promise.withResolvers<void>();
  readonly #refused: OutboundRecord[] = [];
  #refusal: unknown;
  #open: number;
  #timer: NodeJS.Timeout;

  /** `records`: how many, 1 or more. */
  constructor(records: number, keepAlive: KeepAlive, keepAliveIntervalMs: number) {
    this.#open = records;
    this.#keepAlive = keepAlive;
    this.#keepAliveIntervalMs = keepAliveIntervalMs;
    this.done = this.#resolvers.promise;
    this.#timer = this.#scheduleKeepAlive();
  }

  acknowledged(): void {
    this.#one();
  }

  /** The record can never be written; the others of this call still are. */
  refused(record: OutboundRecord, cause: unknown): void {
    this.#refused.push(record);
    this.#refusal ??= cause;
    this.#one();
  }

  fail(error: unknown): void {
    this.#settle(() => this.#resolvers.reject(error));
  }

  #one(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    if (this.#refused.length > 0) this.fail(new RecordTooLargeError(this.#refused, this.#refusal));
    else this.#settle(() => this.#resolvers.resolve());
  }

  #settle(how: () => void): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    how();
  }

  #scheduleKeepAlive(): NodeJS.Timeout {
    return setTimeout(() => void this.#beat(), this.#keepAliveIntervalMs);
  }

  async #beat(): Promise<void> {
    try {
      await this.#keepAlive();
    } catch (error) {
      // The caller's records are somebody else's now; what is not sent yet need not be.
      this.fail(error);
    }
    if (!this.settled) this.#timer = this.#scheduleKeepAlive();
  }
}
