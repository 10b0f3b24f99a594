import { setTimeout as sleepTimer } from 'node:timers/promises';

export interface BackoffLimits {
  /** Milliseconds before the first retry, jitter aside. */
  readonly firstMs: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxMs: number;
}

export const BACKOFF_DEFAULTS = {
  /** A leader election within a healthy cluster is done in this order of time. */
  firstMs: 100,
  /** How late a broker's return is noticed at most. */
  maxMs: 2_000,
} as const satisfies BackoffLimits;

/** Doubles per attempt (counted from 0) up to the cap, then takes 50 to 100 % of it so that clients do not move in step. */
export function backoffMs(attempt: number, limits: BackoffLimits, random: () => number = Math.random): number {
  const full = Math.min(limits.maxMs, limits.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (0.5 + random() / 2));
}

/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  try {
    await sleepTimer(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface Retrying {
  /** Whether the next attempt may succeed after this error. */
  readonly mayPass: (error: unknown) => boolean;
  /** Milliseconds after which a failure is final. */
  readonly forMs: number;
  readonly backoff?: BackoffLimits;
  /** A failure after its abort is final, and a wait ends at once. */
  readonly signal?: AbortSignal;
}

/** Tries at least once. @throws the error of the last attempt. */
export async function retryWhile<T>(attempt: () => Promise<T>, retrying: Retrying): Promise<T> {
  const { mayPass, forMs, backoff = BACKOFF_DEFAULTS, signal = NEVER } = retrying;
  const giveUpAtMs = performance.now() + forMs;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayPass(error) || performance.now() > giveUpAtMs) throw error;
      await sleep(backoffMs(failures, backoff), signal);
      if (signal.aborted) throw error;
    }
  }
}

const NEVER = new AbortController().signal;

/** As `work`, or rejects with the signal's reason when it aborts; `work` goes on then, and nobody is told how it ends. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
