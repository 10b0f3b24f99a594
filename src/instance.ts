/**
 * What an instance of `triage run` shows and watches, whichever processes do its work: HTTP, the live page, the catalog, the
 * certificates. The work itself is `engine.ts`, or `workers/`.
 */
import { CertificateWatch } from './certificates.ts';
import type { Config } from './config.ts';
import { checkKafka, kafkaConnection } from './connection.ts';
import { Dashboard } from './dashboard/dashboard.ts';
import { messageOf } from './errors.ts';
import { serveHttp } from './http/server.ts';
import { httpOptions } from './http-options.ts';
import { watchCatalog } from './live-catalog.ts';
import type { LiveMatcher } from './live-matcher.ts';
import { createRedaction } from './redaction/redactor.ts';
import type { Health } from './telemetry/health.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { telemetryRoutes } from './telemetry/routes.ts';
import type { KafkaConnection } from './transport/kafka/client.ts';
import { VERSION } from './version.ts';

export interface Service {
  /** Where /metrics, /livez and /readyz are. */
  readonly url: string;
  /** Settles when the service ends: resolves after `stop`, rejects with the reason when it cannot go on. */
  readonly done: Promise<void>;
  /** Takes a changed catalog into use, or says why not. */
  reloadCatalog(): void;
  /**
   * Takes no further records, finishes and commits the batches in hand, leaves the group, closes everything. Batches that
   * take longer than `drainTimeoutMs` are given up uncommitted: they are read again at the next start.
   * @throws {TriageError} kind `drainTimeout` in that case.
   */
  stop(): Promise<void>;
}

export interface InstanceOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly live: LiveMatcher;
  readonly metrics: Pick<Metrics, 'exposition' | 'setCertificateEnd'>;
  readonly health: Pick<Health, 'live' | 'ready' | 'status'>;
}

export interface Work {
  /** Resolves after `stop`; rejects with the reason when it cannot go on. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export interface Instance {
  readonly connection: KafkaConnection;
  /** Undefined when the settings want no live page. */
  readonly dashboard: Dashboard | undefined;
  /** Checks Kafka, serves HTTP. @throws {TriageError} when Kafka or the address does not allow a start. */
  open(): Promise<OpenInstance>;
}

export interface OpenInstance {
  /** Begins the work, and closes the instance when it ends. `started`: what the log says besides. */
  run(work: Work, started?: object): Service;
  /** In place of `run`, when the start comes to nothing. */
  close(): Promise<void>;
}

/** @throws {TriageError} `usage` when files that the settings name cannot be used. */
export function createInstance({ config, logger, live, metrics, health }: InstanceOptions): Instance {
  const dashboard = config.dashboard.enabled
    ? new Dashboard({
        matcher: () => live.current,
        redactor: createRedaction(config.redaction).redactor,
        status: () => health.status(),
        version: VERSION,
        now: Date.now,
      })
    : undefined;
  const connection = kafkaConnection(config, logger.child({ component: 'kafka' }));
  const serving = httpOptions(config.http, logger);
  const certificates = new CertificateWatch({
    config,
    kafka: connection.tls,
    http: serving.tls,
    metrics,
    logger,
    now: Date.now,
  });
  const open = async (): Promise<OpenInstance> => {
    await checkKafka(connection, config);
    const routes = [...telemetryRoutes(metrics, health), ...(dashboard?.routes ?? [])];
    const http = await serveHttp({ ...serving, routes, now: Date.now, logger });
    certificates.start();
    const close = async () => {
      certificates.close();
      live.close();
      await http.close();
    };
    const run = (work: Work, started?: object): Service => {
      const { version, digest, entries } = live.current.catalog;
      const catalog = { version, digest, entries: entries.length };
      const { delivery } = config;
      logger.info({ event: 'started', version: VERSION, catalog, delivery, ...started, http: http.url }, 'started');
      watchCatalog(live, config.catalog, logger);
      const done = work.run().finally(close);
      done.catch((error: unknown) => logger.error({ event: 'failed', error: messageOf(error) }, 'stopped by an error'));
      return {
        url: http.url,
        done,
        reloadCatalog: () => live.reload(),
        stop: async () => {
          logger.info({ event: 'draining' }, 'finishing the batches in hand');
          await work.stop();
          await done;
          logger.info({ event: 'stopped' }, 'stopped');
        },
      };
    };
    return { run, close };
  };
  return { connection, dashboard, open };
}
