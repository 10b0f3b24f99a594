/**
 * When a connector is failing or degraded: from its errors alone, since what works is not looked at closely enough to
 * know whose it was. So the states are about errors in a time, never about a share.
 *
 * failing   2 errors within 30 minutes that say that the connection is broken until somebody connects it again (for 30
 *           minutes after the last one), or 10 errors within 10 minutes (for 15 minutes after the last one that made 10).
 *           As the alerts TriageConnectorDisconnected and TriageConnectorFailing.
 * degraded  an error that waiting alone does not mend (for 30 minutes), or 3 errors within 10 minutes (for 15 minutes).
 * healthy   else.
 *
 * Guesses count as errors of an unknown kind.
 */
import type { Ring } from './ring.ts';
import type { ConnectorState } from './schema/base.ts';

const MINUTE_MS = 60_000;
export const BROKEN_ERRORS = 2;
const BROKEN_WITHIN_MS = 30 * MINUTE_MS;
const BROKEN_HELD_MS = 30 * MINUTE_MS;
export const FAILING_ERRORS = 10;
const DEGRADED_ERRORS = 3;
const WINDOW_MINUTES = 10;
const HELD_MS = 15 * MINUTE_MS;
const PERMANENT_HELD_MS = 30 * MINUTE_MS;

const REASONS = {
  broken: `${BROKEN_ERRORS} or more errors within 30 minutes say that the connection is broken until somebody connects it again`,
  many: `${FAILING_ERRORS} or more errors within ${WINDOW_MINUTES} minutes`,
  permanent: 'an error that waiting alone does not mend, within the last 30 minutes',
  some: `${DEGRADED_ERRORS} or more errors within ${WINDOW_MINUTES} minutes`,
} as const;

/** What an error says of the connection. */
export interface ErrorKind {
  /** It is broken until a person connects it again. */
  readonly breaks: boolean;
  /** Waiting alone does not mend it. */
  readonly lasts: boolean;
}

export interface StateAt {
  readonly state: ConnectorState;
  /** Milliseconds since 1970; undefined while healthy. */
  readonly sinceMs: number | undefined;
  readonly reason: string | undefined;
}

interface Held {
  reason: string;
  sinceMs: number;
  untilMs: number;
}

const HEALTHY: StateAt = Object.freeze({ state: 'healthy', sinceMs: undefined, reason: undefined });

/** The state as a function of time, moved on by errors only: asking for it changes nothing. */
export class StateOfConnector {
  private failing: Held | undefined;
  private degraded: Held | undefined;
  private lastBrokenMs = Number.NEGATIVE_INFINITY;

  /** `minutes`: errors by the minute, these ones counted already. `kind`: undefined where it is not known. */
  observe(atMs: number, count: number, kind: ErrorKind | undefined, minutes: Ring): void {
    if (kind?.breaks) {
      const isAgain = atMs - this.lastBrokenMs <= BROKEN_WITHIN_MS;
      const sinceMs = isAgain ? this.lastBrokenMs : atMs;
      if (count >= BROKEN_ERRORS || isAgain) {
        this.failing = held(this.failing, REASONS.broken, () => sinceMs, atMs, BROKEN_HELD_MS);
      }
      this.lastBrokenMs = atMs;
    }
    const recent = minutes.sum(atMs, WINDOW_MINUTES);
    const sinceFirst = () => beginningOf(minutes, atMs);
    if (recent >= FAILING_ERRORS) {
      this.failing = held(this.failing, REASONS.many, sinceFirst, atMs, HELD_MS);
    }
    if (kind?.lasts) this.degraded = held(this.degraded, REASONS.permanent, () => atMs, atMs, PERMANENT_HELD_MS);
    if (recent >= DEGRADED_ERRORS) {
      this.degraded = held(this.degraded, REASONS.some, sinceFirst, atMs, HELD_MS);
    }
  }

  at(nowMs: number): StateAt {
    const { failing, degraded } = this;
    if (failing !== undefined && nowMs < failing.untilMs) {
      return { state: 'failing', sinceMs: failing.sinceMs, reason: failing.reason };
    }
    if (degraded !== undefined && nowMs < degraded.untilMs) {
      return { state: 'degraded', sinceMs: degraded.sinceMs, reason: degraded.reason };
    }
    return HEALTHY;
  }
}

/** A state that still holds is prolonged, and keeps the reason for which it began. */
function held(before: Held | undefined, reason: string, since: () => number, atMs: number, forMs: number): Held {
  if (before === undefined || atMs >= before.untilMs) return { reason, sinceMs: since(), untilMs: atMs + forMs };
  before.untilMs = Math.max(before.untilMs, atMs + forMs);
  if (reason === REASONS.broken) before.reason = reason;
  return before;
}

/** When the first minute of the window that has errors began. */
function beginningOf(minutes: Ring, atMs: number): number {
  const first = minutes.list(atMs, WINDOW_MINUTES).findIndex((count) => count > 0);
  return minutes.startOf(atMs, WINDOW_MINUTES) + Math.max(0, first) * MINUTE_MS;
}
