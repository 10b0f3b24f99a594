/** `waiting`: something cannot be done now and is tried until it can. */
export type TransportState = 'ok' | 'waiting';

/** Called once per change, with a sentence for logs and the readiness probe. */
export type StateListener = (state: TransportState, reason: string) => void;

/** Folds the waits for several things (partitions, the group) into one state and reports each change once. */
export class StateReport {
  readonly #waiting = new Set<string>();
  readonly #listener: StateListener;

  constructor(listener: StateListener) {
    this.#listener = listener;
  }

  /** `what` names the thing waited for, for `over`. */
  waiting(what: string, reason: string): void {
    const wasOk = this.#waiting.size === 0;
    this.#waiting.add(what);
    if (wasOk) this.#listener('waiting', reason);
  }

  over(what: string): void {
    if (this.#waiting.delete(what) && this.#waiting.size === 0) this.#listener('ok', 'nothing is waited for any more');
  }
}
