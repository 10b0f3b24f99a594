/** In a worker: tells the parent now and then what was counted, read and seen. One report under way at a time. */
import { summarise } from '../dashboard/observations.ts';
import type { PartitionId } from '../dashboard/partitions.ts';
import type { Observer } from '../engine.ts';
import type { Health } from '../telemetry/health.ts';
import type { BatchReport, Metrics } from '../telemetry/metrics.ts';
import { ObservationBuffer } from './observation-buffer.ts';
import type { WorkerReport } from './protocol.ts';

/** Time between two reports. The live page is told once a second. */
const REPORT_MS = 500;

export interface ReporterOptions {
  readonly metrics: Pick<Metrics, 'snapshot'>;
  readonly health: Pick<Health, 'status' | 'live'>;
  /** Whether anybody shows a live page. */
  readonly observes: boolean;
  /** Resolves when the report is on its way: until then, no other one is made. */
  readonly send: (report: WorkerReport) => Promise<void>;
}

type Lag = PartitionId & { readonly lag: number };

export class Reporter implements Observer {
  private readonly options: ReporterOptions;
  private readonly buffer = new ObservationBuffer();
  private readonly lags = new Map<string, Lag>();
  private memberId: string | undefined;
  private assigned: readonly PartitionId[] | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;

  constructor(options: ReporterOptions) {
    this.options = options;
  }

  add(report: BatchReport): void {
    if (!this.options.observes) return;
    const observations = summarise(report);
    this.lags.delete(keyOf(observations));
    this.buffer.add(observations);
  }

  setLag(lag: Lag): void {
    if (this.options.observes) this.lags.set(keyOf(lag), lag);
  }

  assign(partitions: readonly PartitionId[]): void {
    this.assigned = partitions;
    this.lags.clear();
  }

  joined(memberId: string): void {
    this.memberId = memberId;
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), REPORT_MS);
  }

  /** Tells the rest and ends. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sending;
    await this.report();
  }

  /** Now, and not only at the next tick. */
  async report(): Promise<void> {
    const { metrics, health, send } = this.options;
    const snapshot = await metrics.snapshot();
    const report: WorkerReport = {
      health: { ...health.status(), live: health.live() },
      metrics: snapshot,
      memberId: this.memberId,
      ...(this.assigned === undefined ? {} : { assigned: this.assigned }),
      observations: this.buffer.take(),
      lags: [...this.lags.values()],
    };
    this.assigned = undefined;
    this.lags.clear();
    await send(report);
  }

  private tick(): void {
    this.sending ??= this.report().finally(() => {
      this.sending = undefined;
    });
  }
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}\n${partition}`;
}
