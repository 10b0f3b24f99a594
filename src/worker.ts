/** One batch from source to sink: process every record, publish what was made of them, then count. */
import { setTimeout as delay } from 'node:timers/promises';
import { type EventCodec, JSON_CODEC } from './events/event-codec.ts';
import type { Outcome } from './events/outcome.ts';
import type { Matcher } from './matcher/matcher.ts';
import { type PipelineOptions, processRecord } from './pipeline/pipeline.ts';
import { SHRINK_STEPS, shrink } from './pipeline/shrink.ts';
import type { Health } from './telemetry/health.ts';
import type { BatchReport } from './telemetry/metrics.ts';
import type { BatchHandler, InputRange, KeepAlive, OutboundRecord, Sink, SourceRecord } from './transport/port.ts';
import { RecordTooLargeError } from './transport/record-too-large.ts';

export interface WorkerOptions {
  /** Asked once per batch, so that another matcher can take over between two batches. */
  readonly matcher: () => Matcher;
  readonly sink: Sink;
  readonly pipeline: PipelineOptions;
  /** Waited for before a batch is processed: gets what decoding its records needs. */
  readonly prepare?: (records: readonly SourceRecord[], keepAlive: KeepAlive) => Promise<void>;
  readonly health: Health;
  /**
   * Told why when records are refused even in their smallest form and the first batch waits for it, and `undefined` when
   * no batch does any more.
   */
  readonly onRefused: (reason: string | undefined) => void;
  /** Called once per batch, after everything is acknowledged: what is not acknowledged is not counted. */
  readonly report: (report: BatchReport) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createBatchHandler(options: WorkerOptions): BatchHandler {
  const { matcher, sink, pipeline, health, report, now } = options;
  const refusals = new Refusals(options.onRefused);
  return async (batch, keepAlive) => {
    const startedAt = now();
    health.batchStarted();
    try {
      await options.prepare?.(batch.records, keepAlive);
      const current = matcher();
      const processedAt = new Date(now()).toISOString();
      const outcomes: Outcome[] = [];
      const outbound: OutboundRecord[] = [];
      for (const record of batch.records) {
        const results = processRecord(record, current, processedAt, pipeline);
        for (const processed of results) {
          outcomes.push(processed.outcome);
          if (processed.outbound !== undefined) outbound.push(processed.outbound);
        }
        // A batch of log records may take as long as thousands of records do.
        if (results.length > 1) await keepAlive();
      }
      await publish({ sink, refusals, codec: pipeline.codec ?? JSON_CODEC }, outbound, keepAlive, batch);
      const ackedAtMs = now();
      const durationMs = ackedAtMs - startedAt;
      report({ batch, outcomes, publishedByTopic: countByTopic(outbound), durationMs, ackedAtMs });
    } finally {
      health.batchFinished();
    }
  };
}

/** While a record is refused in its smallest form, it is tried again so often: until the topic takes it. */
const REFUSED_RETRY_MS = 5_000;
const KEEP_ALIVE_MS = 1_000;

/**
 * Publishes; records that the broker finds too large are made smaller, step by step. What is refused even so waits, as when
 * the broker is away: nothing is dropped, and readiness says why.
 */
async function publish(
  { sink, refusals, codec }: { sink: Sink; refusals: Refusals; codec: EventCodec },
  records: readonly OutboundRecord[],
  keepAlive: KeepAlive,
  covers: InputRange,
): Promise<void> {
  let pending = await attempt(sink, records, keepAlive, covers);
  for (let step = 0; pending !== undefined && step < SHRINK_STEPS; step++) {
    const smaller = pending.replaceRefused((record) => shrink(record, step, codec));
    pending = await attempt(sink, smaller, keepAlive, covers);
  }
  if (pending === undefined) return;
  refusals.begin(pending.reason);
  try {
    while (pending !== undefined) {
      await waitAlive(keepAlive);
      pending = await attempt(
        sink,
        pending.replaceRefused((record) => record),
        keepAlive,
        covers,
      );
    }
  } finally {
    refusals.end();
  }
}

async function waitAlive(keepAlive: KeepAlive): Promise<void> {
  for (let waitedMs = 0; waitedMs < REFUSED_RETRY_MS; waitedMs += KEEP_ALIVE_MS) {
    await delay(KEEP_ALIVE_MS);
    await keepAlive();
  }
}

interface Pending {
  readonly reason: string;
  /** What is to be published next: an atomic sink has written nothing, so everything; others only what was refused. */
  replaceRefused(how: (record: OutboundRecord) => OutboundRecord): OutboundRecord[];
}

/** What is still to be written because of its size, if anything. */
async function attempt(
  sink: Sink,
  records: readonly OutboundRecord[],
  keepAlive: KeepAlive,
  covers: InputRange,
): Promise<Pending | undefined> {
  try {
    await sink.publish(records, keepAlive, covers);
    return undefined;
  } catch (error) {
    if (!(error instanceof RecordTooLargeError)) throw error;
    const refused = new Set(error.records);
    return {
      reason: error.message,
      replaceRefused: (how) =>
        sink.atomic
          ? records.map((record) => (refused.has(record) ? how(record) : record))
          : error.records.map((record) => how(record)),
    };
  }
}

/** Batches of several partitions may wait at once: told of the first one that begins and the last one that ends. */
class Refusals {
  private count = 0;
  private readonly tell: WorkerOptions['onRefused'];

  constructor(tell: WorkerOptions['onRefused']) {
    this.tell = tell;
  }

  begin(reason: string): void {
    if (this.count++ === 0) this.tell(reason);
  }

  end(): void {
    if (--this.count === 0) this.tell(undefined);
  }
}

function countByTopic(records: readonly OutboundRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
