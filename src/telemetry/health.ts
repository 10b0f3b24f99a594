/** Whether the process can work (readiness) and whether a restart would help (liveness). */

export type Phase = 'starting' | 'running' | 'draining';

/** With records waiting and no batch finished for so long, although Kafka answers, the process is stuck. */
export const STUCK_AFTER_MS = 300_000;

export interface Verdict {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

export class Health {
  private phase: Phase = 'starting';
  private readonly problems = new Map<'publishing' | 'reading', string>();
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

  /** `undefined`: it works. */
  setProblem(what: 'publishing' | 'reading', problem: string | undefined): void {
    if (problem === undefined) this.problems.delete(what);
    else this.problems.set(what, problem);
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
    for (const [what, problem] of this.problems) reasons.push(`${what} waits: ${problem}`);
    return { ok: reasons.length === 0, reasons };
  }

  /** For people who look: the phase, and why records wait. */
  status(): { readonly phase: Phase; readonly problems: readonly string[] } {
    return { phase: this.phase, problems: [...this.problems].map(([what, problem]) => `${what} waits: ${problem}`) };
  }

  live(): Verdict {
    const idleMs = this.now() - this.lastProgressMs;
    const isStuck = this.working > 0 && this.problems.size === 0 && idleMs > STUCK_AFTER_MS;
    return isStuck
      ? { ok: false, reasons: [`no batch finished for ${Math.round(idleMs / 1000)} s`] }
      : { ok: true, reasons: [] };
  }
}
