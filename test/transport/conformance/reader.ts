/** Runs a source under the control of a test, which decides for each batch when and how its handler ends. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'vitest';
import { TriageError } from '../../../src/errors.ts';
import type { KeepAlive, Source, SourceBatch } from '../../../src/transport/port.ts';

/** Bounds a hang; nothing is expected to take so long. */
const GIVE_UP_MS = 45_000;
const POLL_MS = 10;

/** Waits until the condition holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`still not after ${GIVE_UP_MS} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** One call of the handler. */
export interface Call {
  readonly batch: SourceBatch;
  readonly keepAlive: KeepAlive;
  /** Whether the handler has resolved. */
  handled: boolean;
  ended: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

type Work = (batch: SourceBatch, keepAlive: KeepAlive) => Promise<void>;

export class Reader {
  /** Every call, in the order in which they came. */
  readonly calls: Call[] = [];
  readonly source: Source;
  /** How `run` ended. */
  outcome: 'running' | 'resolved' | { readonly rejectedWith: unknown } = 'running';
  readonly ended: Promise<void>;
  #taken = 0;
  #work: Work | undefined;
  #crashed = false;

  /** `work`: what the handler does by itself; without it each call waits for the test, see `next`. */
  constructor(context: TestContext, source: Source, work?: Work) {
    this.source = source;
    this.#work = work;
    this.ended = source
      .run((batch, keepAlive) => this.#handle(batch, keepAlive))
      .then(
        () => {
          this.outcome = 'resolved';
        },
        (rejectedWith: unknown) => {
          this.outcome = { rejectedWith };
        },
      );
    context.onTestFinished(() => this.#tidyUp());
  }

  /** The next call that no `next` has given yet. */
  async next(): Promise<Call> {
    await until('the next batch is handed over', () => {
      if (typeof this.outcome === 'object') throw this.outcome.rejectedWith;
      return this.calls.length > this.#taken;
    });
    return this.calls[this.#taken++]!;
  }

  /** From now on handlers resolve at once, also those that wait. */
  goOn(): void {
    this.#work = async () => undefined;
    for (const call of this.calls) call.resolve();
  }

  /** From now on nothing is done any more: no handler ends, ever. What else the process had must be abandoned too. */
  crash(): void {
    this.#crashed = true;
  }

  /** Values of the records whose handler resolved, in the order in which they were handed over. */
  values(partition = 0): string[] {
    return this.calls
      .filter(({ batch, handled }) => handled && batch.partition === partition)
      .flatMap(({ batch }) => valuesOf(batch));
  }

  /** Waits until so many records are handled. */
  handled(count: number): Promise<void> {
    return until(`${count} records are handled`, () => {
      if (typeof this.outcome === 'object') throw this.outcome.rejectedWith;
      const done = this.calls.filter(({ handled }) => handled);
      return done.reduce((sum, { batch }) => sum + batch.records.length, 0) >= count;
    });
  }

  async #handle(batch: SourceBatch, keepAlive: KeepAlive): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const call: Call = { batch, keepAlive, handled: false, ended: false, resolve, reject };
    // Whoever rejects it knows.
    promise.catch(() => undefined);
    this.calls.push(call);
    const work = this.#crashed ? undefined : this.#work;
    if (work !== undefined)
      work(batch, keepAlive).then(
        () => !this.#crashed && resolve(),
        (error: unknown) => !this.#crashed && reject(error),
      );
    try {
      await promise;
      call.handled = true;
    } finally {
      call.ended = true;
    }
  }

  /** Gives up what is in hand, so that nothing more is committed, and leaves. */
  async #tidyUp(): Promise<void> {
    this.#work = () => Promise.reject(overError());
    for (const call of this.calls) call.reject(overError());
    await this.source.stop();
    await this.ended;
  }
}

export function valuesOf({ records }: SourceBatch): string[] {
  return records.map(({ value }) => String(value));
}

function overError(): TriageError {
  return new TriageError('transport', 'the test is over');
}

/** `from` up to `to`, not included, as texts. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

/** Looks for a while whether something that must not happen does. It cannot be awaited, only be given the chance. */
export async function stays(
  what: string,
  condition: () => boolean,
  keepAlives: readonly KeepAlive[] = [],
): Promise<void> {
  for (let round = 0; round < 30; round++) {
    await Promise.all(keepAlives.map((keepAlive) => keepAlive()));
    await delay(POLL_MS);
    if (!condition()) throw new Error(`no longer true: ${what}`);
  }
}
