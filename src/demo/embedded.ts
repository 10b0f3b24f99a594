/** The demo where no Kafka can be had: the same pipeline between streams inside the process. */
import { Readable, Writable } from 'node:stream';
import { loadCatalog } from '../catalog/load.ts';
import { Dashboard } from '../dashboard/dashboard.ts';
import { serveHttp } from '../http/server.ts';
import { httpOptions } from '../http-options.ts';
import type { Service } from '../instance.ts';
import { compile } from '../matcher/matcher.ts';
import { createRedaction } from '../redaction/redactor.ts';
import type { ServiceOptions } from '../service.ts';
import { Health } from '../telemetry/health.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { telemetryRoutes } from '../telemetry/routes.ts';
import { FileSink } from '../transport/file/file-sink.ts';
import { FileSource } from '../transport/file/file-source.ts';
import { VERSION } from '../version.ts';
import { createBatchHandler } from '../worker.ts';

export interface Embedded extends Omit<Service, 'reloadCatalog'> {
  /** Hands one record's value to the pipeline. */
  readonly produce: (value: Buffer) => void;
}

/** `onEvent` gets every resolution event as JSON. */
export async function startEmbedded(options: ServiceOptions, onEvent: (json: string) => void): Promise<Embedded> {
  const { config, logger, onBatch } = options;
  const matcher = compile(loadCatalog(config.catalog.folder));
  const metrics = new Metrics({
    catalog: matcher.catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: false,
    topics: config.topics,
    version: VERSION,
  });
  const health = new Health(Date.now);
  const redaction = createRedaction(config.redaction);
  const dashboard = new Dashboard({
    matcher: () => matcher,
    redactor: redaction.redactor,
    status: () => health.status(),
    version: VERSION,
    now: Date.now,
  });
  const http = await serveHttp({
    ...httpOptions(config.http, logger),
    routes: [...telemetryRoutes(metrics, health), ...dashboard.routes],
    now: Date.now,
    logger,
  });
  const input = new Readable({ read: () => undefined });
  const source = new FileSource({ input, topic: config.topics.input });
  const sink = new FileSink({
    targets: { [config.topics.output]: lines(onEvent), [config.topics.deadLetter]: nowhere() },
  });
  const pipeline = {
    ...config,
    mayInfer: config.inferred !== 'off',
    redaction,
    version: VERSION,
  };
  const handle = createBatchHandler({
    matcher: () => matcher,
    sink,
    pipeline,
    health,
    onRefused: (reason) => health.setProblem('publishing', reason),
    report: (report) => {
      metrics.countBatch(report);
      dashboard.add(report);
      onBatch?.(report);
    },
    now: Date.now,
  });
  health.enter('running');
  const done = source.run(handle).finally(() => http.close());
  return {
    url: http.url,
    done,
    produce: (value) => {
      input.push(Buffer.concat([value, Buffer.from('\n')]));
    },
    stop: async () => {
      await source.stop();
      await done;
    },
  };
}

function lines(onLine: (line: string) => void): Writable {
  let rest = '';
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = parts.pop()!;
      for (const part of parts) onLine(part);
      done();
    },
  });
}

/** Dead letters of the embedded demo are counted, and shown nowhere. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
