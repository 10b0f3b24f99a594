import type { KeepAlive } from '../port.ts';

interface Watch {
  readonly keepAlive: KeepAlive;
  /** Milliseconds between two calls of it. */
  readonly intervalMs: number;
  /** Ends the work. */
  readonly signal: AbortSignal;
}

/**
 * Does `work` and calls `keepAlive` meanwhile. When that rejects, the signal that `work` was given aborts.
 * @throws the error of `keepAlive`, when the work failed after it; otherwise that of the work.
 */
export async function whileKeptAlive<T>(watch: Watch, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const lost = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const schedule = () => {
    timer = setTimeout(() => void beat(), watch.intervalMs);
  };
  const beat = async () => {
    try {
      await watch.keepAlive();
      if (!over) schedule();
    } catch (error) {
      lost.abort(error);
    }
  };
  schedule();
  try {
    return await work(AbortSignal.any([watch.signal, lost.signal]));
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    over = true;
    clearTimeout(timer);
  }
}
