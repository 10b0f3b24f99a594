import { TriageError } from '../../errors.ts';
import type { OutboundRecord } from '../port.ts';
import { RecordTooLargeError } from '../record-too-large.ts';

/** One `publish` on its way: settles when all of its records are. */
export class PublishCall {
  readonly done: Promise<void>;
  settled = false;
  readonly #resolvers = Promise.withResolvers<void>();
  readonly #refused: OutboundRecord[] = [];
  #refusal: unknown;
  #open: number;

  /** `records`: how many, 1 or more. */
  constructor(records: number) {
    this.#open = records;
    this.done = this.#resolvers.promise;
  }

  /** Settles with the call, and gives it up when `signal` aborts. */
  settledBy(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.fail(abortedError()));
    return this.done;
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
    how();
  }
}

export function abortedError(): TriageError {
  return new TriageError(
    'transport',
    'Writing was given up for the shutdown: the records are read again at the next start.',
    {
      retriable: true,
    },
  );
}
