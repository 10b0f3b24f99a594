/** N worker processes that are kept running, until they are stopped or one of them cannot be. */
import type { Catalog } from '../catalog/catalog.ts';
import { type ErrorKind, EXIT, TriageError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ToWorker, WorkerReport } from './protocol.ts';
import { Restarts } from './restarts.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

export interface WorkersOptions {
  readonly count: number;
  /** Starts a process; told of each of its reports. */
  readonly start: (onReport: (report: WorkerReport) => void) => WorkerProcess;
  /** The first message to a worker: with the catalog that answers now. */
  readonly firstMessage: (worker: number, previousMemberId: string | undefined) => ToWorker;
  readonly onReport: (worker: number, report: WorkerReport) => void;
  /** A worker has ended, for whatever reason. */
  readonly onEnd: (worker: number) => void;
  readonly onRestart: () => void;
  /** After being told to stop, a worker that has not ended after so long is killed. */
  readonly stopTimeoutMs: number;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

interface Slot {
  readonly worker: number;
  readonly restarts: Restarts;
  process: WorkerProcess | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Name in the consumer group of the process, or of the one before. */
  memberId: string | undefined;
}

export class Workers {
  /** Resolves after `stop`; rejects when workers end again and again, with the last one's reason, after all have stopped. */
  readonly done: Promise<void>;
  private readonly options: WorkersOptions;
  private readonly slots: readonly Slot[];
  private readonly outcome = Promise.withResolvers<void>();
  private readonly failures: WorkerEnd[] = [];
  private isStopping = false;
  /** Whether any worker has had partitions to read. */
  private anyWorked = false;

  constructor(options: WorkersOptions) {
    this.options = options;
    this.done = this.outcome.promise;
    this.slots = Array.from({ length: options.count }, (_, i) => ({
      worker: i + 1,
      restarts: new Restarts(),
      process: undefined,
      timer: undefined,
      memberId: undefined,
    }));
    for (const slot of this.slots) this.open(slot);
  }

  /** This catalog answers from each worker's next batch on. */
  take(catalog: Catalog): void {
    for (const { process } of this.slots) process?.tell({ kind: 'catalog', catalog });
  }

  /** Lets all of them finish. @throws {TriageError} of the kind with the greatest exit code, when one could not. */
  async stop(): Promise<void> {
    await this.stopAll();
    const [worst] = this.failures.sort((a, b) => EXIT[drainKindOf(b)] - EXIT[drainKindOf(a)]);
    this.outcome.resolve();
    if (worst !== undefined) throw new TriageError(drainKindOf(worst), reasonOf(worst));
  }

  private open(slot: Slot): void {
    const { start, firstMessage, onReport, now, logger } = this.options;
    const startedMs = now();
    const process = start((report) => {
      this.anyWorked ||= report.health.phase === 'running';
      slot.memberId = report.memberId ?? slot.memberId;
      onReport(slot.worker, report);
    });
    slot.process = process;
    logger.info({ event: 'worker-started', worker: slot.worker, pid: process.pid }, 'a worker was started');
    process.tell(firstMessage(slot.worker, slot.memberId));
    void process.ended.then((end) => this.ended(slot, end, now() - startedMs));
  }

  private ended(slot: Slot, end: WorkerEnd, ranMs: number): void {
    const { worker, restarts } = slot;
    const { logger, onEnd, onRestart } = this.options;
    const pid = slot.process?.pid;
    slot.process = undefined;
    onEnd(worker);
    if (this.isStopping) {
      if (end.code !== 0) this.failures.push(end);
      return;
    }
    const reason = reasonOf(end);
    const decision = restarts.decide({ ranMs, kind: end.error?.kind }, this.anyWorked);
    if (decision.what === 'give up') {
      void this.giveUp(worker, end);
      return;
    }
    const { delayMs } = decision;
    const fields = { event: 'worker-ended', worker, pid, reason, restartInMs: delayMs };
    logger.warn(fields, 'a worker ended and is started again; others take its partitions meanwhile');
    slot.timer = setTimeout(() => {
      onRestart();
      this.open(slot);
    }, delayMs);
  }

  private async giveUp(worker: number, end: WorkerEnd): Promise<void> {
    await this.stopAll();
    this.outcome.reject(new TriageError(kindOf(end), `worker ${worker} cannot be kept running: ${reasonOf(end)}`));
  }

  private async stopAll(): Promise<void> {
    this.isStopping = true;
    for (const slot of this.slots) clearTimeout(slot.timer);
    const left = this.slots.flatMap(({ process }) => process ?? []);
    for (const process of left) process.tell({ kind: 'stop' });
    const timer = setTimeout(() => {
      for (const process of left) process.kill();
    }, this.options.stopTimeoutMs);
    await Promise.all(left.map(({ ended }) => ended));
    clearTimeout(timer);
  }
}

/** Of a worker that was told to stop: what is killed then has not finished in time. */
function drainKindOf(end: WorkerEnd): ErrorKind {
  return end.signal === 'SIGKILL' || end.code === EXIT.drainTimeout ? 'drainTimeout' : kindOf(end);
}

function kindOf({ error }: WorkerEnd): ErrorKind {
  return error?.kind ?? 'internal';
}

function reasonOf({ error, code, signal }: WorkerEnd): string {
  if (error !== undefined) return error.message;
  return signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
}
