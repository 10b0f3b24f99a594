/** Traces of a running service: one span for each finished batch. */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Observer } from '../engine.ts';
import type { BatchReport } from '../telemetry/metrics.ts';
import { VERSION } from '../version.ts';
import { batchSpan } from './batch-span.ts';
import { SpanExporter, type SpanExporterOptions } from './span-exporter.ts';

class BatchTraces implements Observer {
  private readonly exporter: SpanExporter;
  private readonly groupId: string;

  constructor({ traces, kafka }: Config, logger: SpanExporterOptions['logger']) {
    this.exporter = new SpanExporter({ endpoint: traces.endpoint, version: VERSION, logger });
    this.groupId = kafka.groupId;
  }

  add(report: BatchReport): void {
    this.exporter.add(batchSpan(report, { groupId: this.groupId, randomHex }));
  }

  /** Sends what is left, for a short time. */
  close(): Promise<void> {
    return this.exporter.close();
  }
}

/** Undefined unless the settings name a collector. */
export function openTraces(config: Config, logger: SpanExporterOptions['logger']): BatchTraces | undefined {
  return config.traces.endpoint === '' ? undefined : new BatchTraces(config, logger);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
