/** Whether the process can work (readiness) and whether a restart would help (liveness). */

export type Phase = 'starting' | 'running' | 'draining';

/** With records waiting and no batch finished for so long, although Kafka takes our records, the process is stuck. */
export const STUCK_AFTER_MS = 300_000;

export interface Verdict {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export class Health {
  private phase: Phase = 'starting';
  private sinkProblem: string | undefined;
  private working = 0;
  private lastProgressMs: number;
  private readonly now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.now = now;
    this.lastProgressMs = now();
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.lastProgressMs = this.now();
  }

  /** `undefined`: publishing works. */
  setSinkProblem(problem: string | undefined): void {
    this.sinkProblem = problem;
    this.lastProgressMs = this.now();
  }

  batchStarted(): void {
    if (this.working++ === 0) this.lastProgressMs = this.now();
  }

  batchFinished(): void {
    this.working--;
    this.lastProgressMs = this.now();
  }

  /** Lag is no reason against readiness: taking the instance away would only make more of it. */
  ready(): Verdict {
    const reasons: string[] = [];
    if (this.phase === 'starting') reasons.push('joining the consumer group');
    if (this.phase === 'draining') reasons.push('shutting down');
    if (this.sinkProblem !== undefined) reasons.push(`publishing waits: ${this.sinkProblem}`);
    return { ok: reasons.length === 0, reasons };
  }

  live(): Verdict {
    const idleMs = this.now() - this.lastProgressMs;
    const isStuck = this.working > 0 && this.sinkProblem === undefined && idleMs > STUCK_AFTER_MS;
    return isStuck
      ? { ok: false, reasons: [`no batch finished for ${Math.round(idleMs / 1000)} s`] }
      : { ok: true, reasons: [] };
  }
}
