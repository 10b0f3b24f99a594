/**
 * The entry of a worker process: started by `worker-process.ts`, told by its parent what to do, and ended with it. It reads
 * no settings and serves nothing. Its exit codes are those of `triage`.
 */
import { kafkaConnection } from '../connection.ts';
import { createEngine } from '../engine.ts';
import { EXIT, messageOf, TriageError } from '../errors.ts';
import { compile } from '../matcher/matcher.ts';
import { Health } from '../telemetry/health.ts';
import { createLogger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { openTraces } from '../tracing/batch-traces.ts';
import { VERSION } from '../version.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { Reporter } from './reporter.ts';

/** After the drain limit, closing connections may take so long; shorter than what the parent waits. */
const CLOSE_GRACE_MS = 2_000;

type Start = Extract<ToWorker, { kind: 'start' }>;

interface Running {
  stop(): void;
  take(catalog: Start['catalog']): void;
}

let running: Running | undefined;
let isStopping = false;

process.on('message', (message: ToWorker) => {
  if (message.kind === 'start') running = start(message);
  if (message.kind === 'catalog') running?.take(message.catalog);
  if (message.kind === 'stop') stop();
});
// A terminal and some supervisors signal the whole group. A hang-up is the parent's: it says so when the catalog changes.
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('SIGHUP', () => undefined);
process.on('disconnect', () => {
  // The parent is gone. Where it went without waiting, so does this one.
  if (isStopping) process.exit(EXIT.drainTimeout);
  stop();
});

function stop(): void {
  if (isStopping) return;
  isStopping = true;
  if (running === undefined) process.exit(EXIT.ok);
  running.stop();
}

function start({ worker, config, catalog, previousMemberId }: Start): Running {
  process.title = `triage worker ${worker}`;
  const logger = createLogger({ ...config.log, redaction: config.redaction, destination: process.stderr }).child({
    worker,
  });
  let matcher = compile(catalog);
  const metrics = new Metrics({
    catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: config.inferred === 'metrics',
    topics: config.topics,
    version: VERSION,
  });
  const health = new Health(Date.now);
  const traces = openTraces(config, logger);
  const reporter = new Reporter({
    metrics,
    health,
    observes: config.dashboard.enabled,
    send: (report) => tell({ kind: 'report', report }),
  });
  const stopped = Promise.withResolvers<void>();
  let isReading = false;
  const run = async (): Promise<void> => {
    const engine = createEngine({
      config,
      logger,
      connection: kafkaConnection(config, logger.child({ component: 'kafka' })),
      matcher: () => matcher,
      metrics,
      health,
      observers: traces === undefined ? [reporter] : [reporter, traces],
      membership: { previousMemberId, onJoin: (memberId) => reporter.joined(memberId) },
      now: Date.now,
    });
    // Before anything is read: all counters are known at 0.
    await reporter.report();
    reporter.start();
    await engine.prepare();
    isReading = true;
    const done = engine.run();
    await Promise.race([done, stopped.promise]);
    if (isStopping) await engine.stop();
    await done;
  };
  void run().then(
    () => end(reporter, traces),
    (error: unknown) => end(reporter, traces, error),
  );
  return {
    stop: () => {
      // Nothing is in hand yet, and what it waits for may take long.
      if (!isReading) process.exit(EXIT.ok);
      setTimeout(() => process.exit(EXIT.drainTimeout), config.drainTimeoutMs + CLOSE_GRACE_MS).unref();
      stopped.resolve();
    },
    take: (changed) => {
      matcher = compile(changed);
      metrics.setCatalog(changed);
    },
  };
}

async function end(reporter: Reporter, traces: ReturnType<typeof openTraces>, error?: unknown): Promise<void> {
  // What was counted first: a collector may take until this process is ended the hard way.
  await reporter.stop();
  await traces?.close();
  if (error === undefined) process.exit(EXIT.ok);
  const kind = error instanceof TriageError ? error.kind : 'internal';
  await tell({ kind: 'failed', error: { kind, message: messageOf(error) } });
  process.exit(EXIT[kind]);
}

/** Resolves when the message is written, or when nobody is there to read it. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
