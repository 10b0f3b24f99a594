/** The health of all workers as that of one instance. */
import { type Phase, STUCK_AFTER_MS, type Verdict } from '../telemetry/health.ts';
import type { WorkerHealth } from './protocol.ts';

interface Told {
  readonly health: WorkerHealth;
  readonly atMs: number;
}

export class WorkersHealth {
  private readonly byWorker = new Map<number, Told>();
  private isDraining = false;
  private readonly now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.now = now;
  }

  set(worker: number, health: WorkerHealth): void {
    this.byWorker.set(worker, { health, atMs: this.now() });
  }

  /** The worker has ended. */
  end(worker: number): void {
    this.byWorker.delete(worker);
  }

  drain(): void {
    this.isDraining = true;
  }

  /** Ready while one reads and none waits: the others get its partitions when one is missing. */
  ready(): Verdict {
    const { phase, problems } = this.status();
    const reasons = [...problems];
    if (phase === 'starting') reasons.unshift('joining the consumer group');
    if (phase === 'draining') reasons.unshift('shutting down');
    return { ok: reasons.length === 0, reasons };
  }

  status(): { readonly phase: Phase; readonly problems: readonly string[] } {
    const all = [...this.byWorker.values()].map(({ health }) => health);
    const running: Phase = all.some(({ phase }) => phase === 'running') ? 'running' : 'starting';
    return {
      phase: this.isDraining ? 'draining' : running,
      problems: [...new Set(all.flatMap(({ problems }) => problems))],
    };
  }

  /** A worker that is stuck, or so busy that it does not even report. */
  live(): Verdict {
    const reasons: string[] = [];
    for (const [worker, { health, atMs }] of this.byWorker) {
      const silentMs = this.now() - atMs;
      if (silentMs > STUCK_AFTER_MS) reasons.push(`worker ${worker}: no report for ${Math.round(silentMs / 1000)} s`);
      for (const reason of health.live.reasons) reasons.push(`worker ${worker}: ${reason}`);
    }
    return { ok: reasons.length === 0, reasons };
  }
}
