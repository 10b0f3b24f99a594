/** Whether the figures are up to date: told beside every one of them. */
import type { Board } from './board.ts';
import type { Pipeline, PipelineState } from './schema/base.ts';
import { isoTime } from './text.ts';

/** What the process says of itself. */
export interface ProcessStatus {
  readonly phase: 'starting' | 'running' | 'draining';
  /** Why records are not read or not published right now, in sentences. */
  readonly problems: readonly string[];
}

/** With records left and none finished for so long, the pipeline is stalled. */
const STALLED_AFTER_MS = 30_000;
/** Without records for so long, nothing is going on. */
const IDLE_AFTER_MS = 10_000;

export function pipelineOf(board: Board, status: ProcessStatus, nowMs: number): Pipeline {
  const { partitions, lastBatchMs } = board;
  const { lagRecords, delayMs, waitingSinceMs } = partitions;
  // The first record after a quiet time has waited for no longer than since it came.
  const quietMs = nowMs - Math.max(lastBatchMs ?? board.startedMs, waitingSinceMs);
  const { state, reasons } = judge(status, lagRecords, quietMs);
  return {
    state,
    reasons: [...reasons],
    last_batch_at: lastBatchMs === undefined ? null : isoTime(lastBatchMs),
    partitions: partitions.count,
    lag_records: lagRecords,
    delay_seconds: delayMs === null ? null : Math.round(delayMs) / 1000,
  };
}

function judge(
  { phase, problems }: ProcessStatus,
  lagRecords: number,
  quietMs: number,
): { state: PipelineState; reasons: readonly string[] } {
  if (phase === 'draining') return { state: 'draining', reasons: ['shutting down'] };
  if (problems.length > 0) return { state: 'waiting', reasons: problems };
  if (phase === 'starting') return { state: 'starting', reasons: ['joining the consumer group'] };
  if (lagRecords > 0 && quietMs >= STALLED_AFTER_MS) {
    const seconds = Math.round(quietMs / 1000);
    return { state: 'stalled', reasons: [`${lagRecords} records are left and none was finished for ${seconds} s`] };
  }
  if (lagRecords === 0 && quietMs >= IDLE_AFTER_MS) return { state: 'idle', reasons: [] };
  return { state: 'running', reasons: [] };
}
