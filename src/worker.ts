/** One batch from source to sink: process every record, publish what was made of them, then count. */
import type { Outcome } from './events/outcome.ts';
import type { Matcher } from './matcher/matcher.ts';
import { type PipelineOptions, processRecord } from './pipeline/pipeline.ts';
import { shrink } from './pipeline/shrink.ts';
import type { Health } from './telemetry/health.ts';
import type { BatchReport } from './telemetry/metrics.ts';
import type { BatchHandler, KeepAlive, OutboundRecord, Sink } from './transport/port.ts';
import { RecordTooLargeError } from './transport/record-too-large.ts';

export interface WorkerOptions {
  /** Asked once per batch, so that another matcher can take over between two batches. */
  readonly matcher: () => Matcher;
  readonly sink: Sink;
  readonly pipeline: PipelineOptions;
  readonly health: Health;
  /** Called once per batch, after everything is acknowledged: what is not acknowledged is not counted. */
  readonly report: (report: BatchReport) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createBatchHandler({ matcher, sink, pipeline, health, report, now }: WorkerOptions): BatchHandler {
  return async (batch, keepAlive) => {
    const startedAt = now();
    health.batchStarted();
    try {
      const current = matcher();
      const outcomes: Outcome[] = [];
      const outbound: OutboundRecord[] = [];
      for (const record of batch.records) {
        const processed = processRecord(record, current, startedAt, pipeline);
        outcomes.push(processed.outcome);
        if (processed.outbound !== undefined) outbound.push(processed.outbound);
      }
      await publish(sink, outbound, keepAlive);
      const ackedAtMs = now();
      const durationMs = ackedAtMs - startedAt;
      report({ batch, outcomes, publishedByTopic: countByTopic(outbound), durationMs, ackedAtMs });
    } finally {
      health.batchFinished();
    }
  };
}

/** Publishes; records that the broker finds too large are made smaller once. */
async function publish(sink: Sink, records: readonly OutboundRecord[], keepAlive: KeepAlive): Promise<void> {
  try {
    await sink.publish(records, keepAlive);
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    const smaller = error.records.map(shrink);
    if (smaller.includes(undefined)) throw error;
    await sink.publish(smaller as OutboundRecord[], keepAlive);
  }
}

function countByTopic(records: readonly OutboundRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
