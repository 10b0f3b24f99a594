/** Asks the registry until it answers. */
import { backoffMs, sleep } from '../transport/kafka/backoff.ts';
import { type StateListener, StateReport } from '../transport/kafka/state-report.ts';
import { NoAnswerError } from './registry-http.ts';

export interface RegistryWaitOptions {
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Told once when the first question has to wait, and once when none does any more. */
  readonly onState: StateListener;
}

/** Registries restart in seconds; longer pauses would only delay what comes after. */
const BACKOFF = { firstMs: 200, maxMs: 10_000 };

export class RegistryWait {
  readonly #signal: AbortSignal;
  readonly #report: StateReport;

  constructor({ signal, onState }: RegistryWaitOptions) {
    this.#signal = signal;
    this.#report = new StateReport(onState);
  }

  /**
   * `what` names the question, each with a name of its own. @throws what `ask` does, except `NoAnswerError`: that is waited
   * out. @throws the reason of the signal when that aborts.
   */
  async untilAnswered<T>(what: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          return await ask(this.#signal);
        } catch (error) {
          if (!(error instanceof NoAnswerError)) throw error;
          this.#report.waiting(what, error.message);
        }
        await sleep(backoffMs(attempt, BACKOFF), this.#signal);
        this.#signal.throwIfAborted();
      }
    } finally {
      this.#report.over(what);
    }
  }
}
