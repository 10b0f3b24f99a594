/** The demo: a real local Kafka, made-up connector logs, the service, and a table of what comes out. */
import { setTimeout as delay } from 'node:timers/promises';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG, type Config, configWith } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { Service } from '../instance.ts';
import { launchKafka } from '../local-kafka/launch.ts';
import type { LocalKafka } from '../local-kafka/local-kafka.ts';
import { startService } from '../service.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import type { BatchReport } from '../telemetry/metrics.ts';
import { topicSpecs } from '../topics.ts';
import { createTopics } from '../transport/kafka/admin.ts';
import { KafkaSink } from '../transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../transport/kafka/kafka-source.ts';
import { startEmbedded } from './embedded.ts';
import { createGenerator, type GeneratedRecord } from './generator.ts';
import { Screen, Totals } from './screen.ts';

export interface DemoOptions {
  /** Ends after so many records; undefined goes on until a signal. */
  readonly events?: number;
  /** Records per second. */
  readonly rate: number;
  readonly seed: number;
  /** Port of /metrics; undefined: the usual one if it is free. */
  readonly httpPort?: number;
}

/** Records are produced in so many portions a second. */
const PORTIONS_PER_SECOND = 10;

/** What carries the demo's records: Kafka, or streams inside the process. */
interface Stage {
  readonly service: Omit<Service, 'reloadCatalog'>;
  produce(records: readonly GeneratedRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Resolves after a signal or `events` records, when everything that was started has ended. */
export async function demo(options: DemoOptions): Promise<void> {
  const logger = createLogger({ level: 'warn', format: 'auto', destination: process.stderr });
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const screen = new Screen((text) => void process.stdout.write(text), process.stdout.columns ?? 160, Date.now);
  const totals = new Totals();
  const progress = new Progress();
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());

  const onBatch = (report: BatchReport) => {
    totals.add(report.outcomes);
    progress.changed();
  };
  const onEvent = (json: string) => {
    screen.show(JSON.parse(json));
    progress.changed();
  };
  const stage = await openStage({ options, logger, tell, onBatch, onEvent });
  try {
    tell(`The live page is at ${stage.service.url}/: which connectors fail, since when, and what to do.`);
    tell(`Metrics are at ${stage.service.url}/metrics (also /livez, /readyz).`);
    tell(options.events === undefined ? 'Press Ctrl-C to end.\n' : '');
    const produced = await Promise.race([produce(stage, options, stopping.signal), failureOf(stage.service)]);
    await progress.until(() => totals.records >= produced && screen.seen >= totals.emitted, stage.service);
    screen.tellUntold();
    process.stdout.write(`\n${produced} records produced\n${totals.render()}`);
  } finally {
    await stage.close();
  }
}

interface StageOptions {
  readonly options: DemoOptions;
  readonly logger: Logger;
  readonly tell: (line: string) => void;
  readonly onBatch: (report: BatchReport) => void;
  readonly onEvent: (json: string) => void;
}

async function openStage(stage: StageOptions): Promise<Stage> {
  let kafka: LocalKafka;
  try {
    kafka = await launchKafka({ env: process.env, log: stage.tell });
  } catch (error) {
    stage.tell(messageOf(error));
    stage.tell('\nSo this demo runs WITHOUT Kafka: the same pipeline between streams inside this process.\n');
    return openEmbedded(stage);
  }
  try {
    return await openKafka(kafka, stage);
  } catch (error) {
    await kafka.stop();
    throw error;
  }
}

async function openKafka(kafka: LocalKafka, { options, logger, onBatch, onEvent }: StageOptions): Promise<Stage> {
  const config = configWith({ kafka: { brokers: kafka.brokers } });
  const connection = {
    brokers: config.kafka.brokers,
    clientId: 'triage-demo',
    logger: logger.child({ component: 'kafka' }),
  };
  await createTopics(connection, topicSpecs(config.topics, 4, 1));
  const service = await startOnFreePort(options, config, (chosen) => startService({ config: chosen, logger, onBatch }));
  const producer = new KafkaSink({ connection });
  const viewer = new KafkaSource({ connection, groupId: 'triage-demo-viewer', topic: config.topics.output });
  const viewing = viewer.run(async ({ records }) => {
    for (const { value } of records) if (value !== null) onEvent(value.toString('utf8'));
  });
  return {
    service: { ...service, done: Promise.race([service.done, viewing]) },
    produce: (records) =>
      producer.publish(
        records.map(({ key, value, timestampMs }) => ({
          topic: config.topics.input,
          key,
          value,
          timestampMs,
          headers: {},
          partitionHint: 0,
        })),
        async () => undefined,
      ),
    close: async () => {
      await Promise.all([viewer.stop(), producer.close(), service.stop()]);
      await kafka.stop();
    },
  };
}

async function openEmbedded({ options, logger, onBatch, onEvent }: StageOptions): Promise<Stage> {
  const service = await startOnFreePort(options, configWith({}), (config) =>
    startEmbedded({ config, logger, onBatch }, onEvent),
  );
  return {
    service,
    produce: async (records) => {
      for (const { value } of records) service.produce(value);
    },
    close: () => service.stop(),
  };
}

/** The usual port, so that the address can be remembered; any free one when it is taken and none was asked for. */
async function startOnFreePort<T>(
  { httpPort }: DemoOptions,
  config: Config,
  start: (config: Config) => Promise<T>,
): Promise<T> {
  const withPort = (port: number) => ({ ...config, http: { ...config.http, port } });
  if (httpPort !== undefined) return start(withPort(httpPort));
  try {
    return await start(config);
  } catch (error) {
    if (!messageOf(error).startsWith('cannot listen')) throw error;
    return start(withPort(0));
  }
}

/** Produces at the wanted rate until the count is reached or a signal comes; resolves with how many it were. */
async function produce(stage: Stage, { events, rate, seed }: DemoOptions, signal: AbortSignal): Promise<number> {
  const catalog = loadCatalog(BUNDLED_CATALOG);
  const generator = createGenerator({ seed, catalog, startMs: Date.now(), eventsPerSecond: rate });
  const total = events ?? Number.POSITIVE_INFINITY;
  const startedMs = performance.now();
  let produced = 0;
  while (produced < total && !signal.aborted) {
    const due = Math.ceil(((performance.now() - startedMs) / 1000) * rate) + Math.ceil(rate / PORTIONS_PER_SECOND);
    const count = Math.min(total, due) - produced;
    const portion = Array.from({ length: Math.min(count, 5_000) }, () => generator.next());
    await stage.produce(portion);
    produced += portion.length;
    if (portion.length === count && produced < total) await pause(1000 / PORTIONS_PER_SECOND, signal);
  }
  return produced;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => interrupted.resolve(), { once: true });
  await Promise.race([delay(ms), interrupted.promise]);
}

async function failureOf(service: Stage['service']): Promise<never> {
  await service.done;
  throw new Error('the service ended before it was told to');
}

/** Waits for a condition that changes with what is reported. */
class Progress {
  private notify: (() => void) | undefined;

  changed(): void {
    this.notify?.();
  }

  async until(condition: () => boolean, service: Stage['service']): Promise<void> {
    while (!condition()) {
      const change = Promise.withResolvers<void>();
      this.notify = change.resolve;
      await Promise.race([change.promise, failureOf(service)]);
    }
  }
}
