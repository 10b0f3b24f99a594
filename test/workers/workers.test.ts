/** Workers that are kept running, with made-up processes. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TriageError } from '../../src/errors.ts';
import type { ToWorker, WorkerReport } from '../../src/workers/protocol.ts';
import type { WorkerEnd, WorkerProcess } from '../../src/workers/worker-process.ts';
import { Workers } from '../../src/workers/workers.ts';

const STOPPED: WorkerEnd = { code: 0, signal: null, error: undefined };
const KILLED: WorkerEnd = { code: null, signal: 'SIGKILL', error: undefined };
const BROKEN: WorkerEnd = { code: 70, signal: null, error: { kind: 'internal', message: 'a bug' } };

class FakeProcess implements WorkerProcess {
  readonly pid = 7;
  readonly told: ToWorker[] = [];
  readonly report: (report: WorkerReport) => void;
  private readonly end = Promise.withResolvers<WorkerEnd>();
  readonly ended = this.end.promise;

  constructor(report: (report: WorkerReport) => void) {
    this.report = report;
  }

  tell(message: ToWorker): void {
    this.told.push(message);
  }

  kill(): void {
    this.endWith(KILLED);
  }

  endWith(end: WorkerEnd): void {
    this.end.resolve(end);
  }
}

function setUp(count = 2) {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const started: FakeProcess[] = [];
  const told: string[] = [];
  const workers = new Workers({
    count,
    start: (report) => {
      const process = new FakeProcess(report);
      started.push(process);
      return process;
    },
    firstMessage: (worker, previousMemberId) =>
      ({ kind: 'start', worker, previousMemberId }) as Extract<ToWorker, { kind: 'start' }>,
    onReport: (worker) => told.push(`report of ${worker}`),
    onEnd: (worker) => told.push(`end of ${worker}`),
    onRestart: () => told.push('restart'),
    stopTimeoutMs: 10_000,
    now: Date.now,
    logger: { info: () => undefined, warn: (fields: object) => told.push(String(Object.values(fields)[0])) },
  });
  workers.done.catch(() => undefined);
  return { workers, started, told };
}

const REPORT: WorkerReport = {
  health: { phase: 'running', problems: [], live: { ok: true, reasons: [] } },
  metrics: [],
  memberId: 'member-1',
  observations: [],
  lags: [],
};

describe('Workers', () => {
  it('starts each of them with its number', () => {
    const { started } = setUp(3);
    expect(started.map(({ told }) => told)).toMatchObject([[{ worker: 1 }], [{ worker: 2 }], [{ worker: 3 }]]);
  });

  it('starts one that died again, says so once, and names the member of the group whose place it takes', async () => {
    const { started, told } = setUp();
    started[1]!.report(REPORT);
    started[1]!.endWith(KILLED);
    await vi.advanceTimersByTimeAsync(500);
    expect(told).toEqual(['report of 2', 'end of 2', 'worker-ended', 'restart']);
    expect(started).toHaveLength(3);
    expect(started[2]!.told).toMatchObject([{ kind: 'start', worker: 2, previousMemberId: 'member-1' }]);
  });

  it('ends with the reason when one cannot be kept running, after the others have finished', async () => {
    const { workers, started } = setUp();
    for (let i = 1; i <= 5; i++) {
      started[i]!.endWith(BROKEN);
      await vi.advanceTimersByTimeAsync(10_000);
      if (i === 4) expect(started[0]!.told.at(-1)).toMatchObject({ kind: 'start' });
    }
    expect(started[0]!.told.at(-1)).toEqual({ kind: 'stop' });
    started[0]!.endWith(STOPPED);
    await expect(workers.done).rejects.toThrow(new TriageError('internal', 'worker 2 cannot be kept running: a bug'));
    expect(started).toHaveLength(6);
  });

  it('hands a changed catalog to all of them', () => {
    const { workers, started } = setUp();
    const catalog = { digest: 'x' } as Parameters<typeof workers.take>[0];
    workers.take(catalog);
    expect(started.map(({ told }) => told.at(-1))).toEqual([
      { kind: 'catalog', catalog },
      { kind: 'catalog', catalog },
    ]);
  });

  it('lets all finish, and starts none again', async () => {
    const { workers, started } = setUp();
    const stopped = workers.stop();
    for (const each of started) {
      expect(each.told.at(-1)).toEqual({ kind: 'stop' });
      each.endWith(STOPPED);
    }
    await stopped;
    await workers.done;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
  });

  it('does not start one that was waiting for its restart when all are to finish', async () => {
    const { workers, started } = setUp();
    started[1]!.endWith(KILLED);
    await vi.advanceTimersByTimeAsync(100);
    const stopped = workers.stop();
    started[0]!.endWith(STOPPED);
    await stopped;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toHaveLength(2);
  });

  it('kills one that does not finish in time, and says that the drain was not complete', async () => {
    const { workers, started } = setUp();
    const stopped = workers.stop();
    const outcome = expect(stopped).rejects.toMatchObject({ kind: 'drainTimeout' });
    started[0]!.endWith(STOPPED);
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
  });

  it('ends with the worst of what they end with', async () => {
    const { workers, started } = setUp(3);
    const outcome = expect(workers.stop()).rejects.toMatchObject({ kind: 'internal', message: 'a bug' });
    started[0]!.endWith({ code: 6, signal: null, error: { kind: 'drainTimeout', message: 'not finished' } });
    started[1]!.endWith(BROKEN);
    started[2]!.endWith(STOPPED);
    await outcome;
  });
});
