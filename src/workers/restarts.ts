/** Whether and when a worker that ended by itself is started again. */
import type { ErrorKind } from '../errors.ts';

/** A life shorter than this counts as a failed start. */
const SHORT_LIFE_MS = 60_000;
const MAX_FAILED_STARTS = 5;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** Nothing that waiting would mend. */
const FINAL_KINDS: ReadonlySet<ErrorKind> = new Set(['usage', 'catalog', 'file', 'access']);

export interface EndedLife {
  readonly ranMs: number;
  /** What it said was wrong; undefined where it said nothing, as after a kill. */
  readonly kind: ErrorKind | undefined;
}

export type Decision = { readonly what: 'restart'; readonly delayMs: number } | { readonly what: 'give up' };

/** Of one worker. */
export class Restarts {
  /** Failed starts in a row. */
  private failed = 0;

  /**
   * `anyWorked`: whether any worker has read records yet. After that, Kafka being away is waited for, and before that,
   * settings that are wrong end everything at once.
   */
  decide({ ranMs, kind }: EndedLife, anyWorked: boolean): Decision {
    this.failed = ranMs < SHORT_LIFE_MS ? this.failed + 1 : 1;
    const isFinal = kind !== undefined && FINAL_KINDS.has(kind) && !anyWorked;
    const isKafkaAway = kind === 'transport' && anyWorked;
    if (isFinal || (this.failed >= MAX_FAILED_STARTS && !isKafkaAway)) return { what: 'give up' };
    return { what: 'restart', delayMs: Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.failed - 1)) };
  }
}
