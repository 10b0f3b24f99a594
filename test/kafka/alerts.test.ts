/**
 * From a record in Kafka to a message about it: `triage run`, a real Prometheus with the rules of `triage generate
 * prometheus`, a real Alertmanager with the example configuration, a webhook. All durations are divided by 150, so that
 * the 6 hours of what is usual are 144 seconds.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, inject, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { prometheusRules, RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { startGuarded } from '../../src/local-kafka/guarded-process.ts';
import { freePort } from '../../src/local-kafka/ports.ts';
import { runCli, startCli } from '../commands/cli.ts';
import { DASHBOARDS, filledIn } from '../deploy/dashboards.ts';
import { textOf } from '../deploy/files.ts';
import { itWith } from '../deploy/tools.ts';

const SHORTEN = 150;
/** Below the shortest window of a rate, which is 2 seconds. */
const SCRAPE_INTERVAL = '300ms';
const PRODUCE_EVERY_MS = 200;
/** It takes 30 seconds where nothing else runs. */
const TIMEOUT_MS = 180_000;

const brokers = inject('brokers');
const kafka = new Kafka({ brokers, clientId: 'alerts-test', logLevel: logLevel.NOTHING });

const ERROR = { app: 'Box', message: 'BoxRestException: Failed to parse response.' };
const DISCONNECTED = {
  app: 'Box',
  connector_id: 'box-7',
  message: 'BoxServerException: Unauthorized - Cannot authorize with this service',
};

interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Webhook {
  readonly url: string;
  readonly alerts: readonly Alert[];
  /** Resolves with the first such alert, also one that came before. */
  received(alertname: string, status: Alert['status']): Promise<Alert>;
}

async function startWebhook(): Promise<Webhook> {
  const alerts: Alert[] = [];
  const watchers = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    alerts.push(...(JSON.parse(Buffer.concat(chunks).toString()) as { alerts: Alert[] }).alerts);
    response.end();
    for (const watch of watchers) watch();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const received = (alertname: string, status: Alert['status']) =>
    new Promise<Alert>((resolve) => {
      const watch = () => {
        const found = alerts.find((each) => each.labels.alertname === alertname && each.status === status);
        if (found === undefined) return;
        watchers.delete(watch);
        resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, alerts, received };
}

/** A program that ends with the test, whatever becomes of it. */
function start(command: string, args: readonly string[], logFile: string): void {
  const guarded = startGuarded({ command, steps: [args] }, { env: process.env, logFile });
  onTestFinished(async () => {
    guarded.signal('SIGKILL');
    await guarded.ended;
  });
}

/** `triage run` on topics of its own; gives the input topic and where the metrics are. */
async function startService(): Promise<{ topic: string; target: string }> {
  const prefix = `alerts-${process.pid}`;
  const topic = `${prefix}.in`;
  const flags = ['--brokers', brokers.join(','), '--input', topic];
  flags.push('--output', `${prefix}.out`, '--dead-letter-topic', `${prefix}.dlq`);
  expect((await runCli(['topics', 'create', '--replication', '1', ...flags])).code).toBe(0);
  const service = startCli(['run', '--http-port', '0', '--log-format', 'json', '--group', prefix, ...flags]);
  onTestFinished(async () => {
    service.kill('SIGKILL');
    await service.ended;
  });
  const [, target] = await service.printed(/"http":"http:\/\/([^"]+)"/);
  return { topic, target: target! };
}

/** Prometheus and Alertmanager; gives Prometheus's address. */
async function startAlerting(paths: { prometheus: string; alertmanager: string }, target: string, webhook: string) {
  const folder = mkdtempSync(join(tmpdir(), 'triage-alerts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [prometheus, alertmanager] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const example = textOf('deploy/prometheus/alertmanager.example.yml')
    .replaceAll('http://127.0.0.1:9095', webhook)
    .replaceAll(/group_wait: \d+s/g, 'group_wait: 0s')
    .replace('group_interval: 5m', 'group_interval: 1s');
  const catalog = loadCatalog(BUNDLED_CATALOG);
  const config = {
    global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: SCRAPE_INTERVAL },
    rule_files: [file('rules.yml', prometheusRules({ ...RULE_DEFAULTS, catalog, shorten: SHORTEN }))],
    scrape_configs: [{ job_name: RULE_DEFAULTS.job, static_configs: [{ targets: [target] }] }],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
  };
  for (const name of ['am', 'tsdb']) mkdirSync(join(folder, name));
  start(
    paths.alertmanager,
    [
      `--config.file=${file('alertmanager.yml', example)}`,
      `--storage.path=${join(folder, 'am')}`,
      `--web.listen-address=${alertmanager}`,
      '--cluster.listen-address=',
    ],
    join(folder, 'alertmanager.log'),
  );
  start(
    paths.prometheus,
    [
      `--config.file=${file('prometheus.yml', stringify(config))}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=${prometheus}`,
    ],
    join(folder, 'prometheus.log'),
  );
  return `http://${prometheus}`;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

async function query(prometheus: string, expr: string): Promise<Answer> {
  const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`);
  return (await response.json()) as Answer;
}

/** Whether the expression gives anything now; false while Prometheus does not answer yet. */
async function holds(prometheus: string, expr: string): Promise<boolean> {
  const answer = await query(prometheus, expr).catch(() => undefined);
  return (answer?.data?.result.length ?? 0) > 0;
}

/** Writes so many errors every 200 ms until it is told otherwise. */
async function startProducing(
  topic: string,
): Promise<{ rate: number; once(value: unknown, times: number): Promise<void> }> {
  const producer = kafka.producer();
  await producer.connect();
  const send = (value: unknown, times: number) =>
    producer.send({ topic, messages: Array.from({ length: times }, () => ({ value: JSON.stringify(value) })) });
  const state = {
    rate: 1,
    once: async (value: unknown, times: number) => {
      await send(value, times);
    },
  };
  let last: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const { rate } = state;
    last = last.then(() => send(ERROR, rate));
  }, PRODUCE_EVERY_MS);
  onTestFinished(async () => {
    clearInterval(timer);
    await last;
    await producer.disconnect();
  });
  return state;
}

describe('alerts', () => {
  itWith(
    ['prometheus', 'alertmanager'],
    'reach a person with what to do, and end by themselves',
    async (paths) => {
      const webhook = await startWebhook();
      const { topic, target } = await startService();
      const producing = await startProducing(topic);
      const prometheus = await startAlerting(paths, target, webhook.url);

      // Steady errors, until the rules know them for long enough to call them usual.
      const known =
        'count_over_time(app_type:triage_errors:rate5m{error_type="box.response-unparsable"}[144s] offset 6s) >= 30';
      await expect.poll(() => holds(prometheus, known), { timeout: TIMEOUT_MS }).toBe(true);
      expect(webhook.alerts).toEqual([]);

      producing.rate = 100;
      await producing.once(DISCONNECTED, 3);
      const spike = await webhook.received('TriageErrorSpike', 'firing');
      expect(spike.labels).toEqual({
        alertname: 'TriageErrorSpike',
        app: 'box',
        error_type: 'box.response-unparsable',
        job: RULE_DEFAULTS.job,
        severity: 'warning',
      });
      expect(spike.annotations.description).toMatch(
        /^The answer of Box could not be read: \d+\.\d\d errors\/s over the last 2s, usually \d+\.\d\d\.\nWhat to do: .*\nAction: test-connection, by: customer, worth a retry: yes\.$/,
      );
      const disconnected = await webhook.received('TriageConnectorDisconnected', 'firing');
      expect(disconnected.labels).toMatchObject({ connector: 'box-7', error_type: 'box.app-deleted' });
      expect(disconnected.annotations.description).toContain(
        'What to do: Connect Box to Defender for Cloud Apps again',
      );

      const queries = DASHBOARDS.flatMap(({ dashboard }) => dashboard.panels.flatMap(({ targets }) => targets));
      for (const { expr } of queries)
        expect(await query(prometheus, filledIn(expr)), expr).toMatchObject({ status: 'success' });

      producing.rate = 1;
      await webhook.received('TriageErrorSpike', 'resolved');
      const names = new Set(webhook.alerts.map(({ labels }) => labels.alertname));
      expect(names).toEqual(new Set(['TriageErrorSpike', 'TriageConnectorDisconnected']));
    },
    TIMEOUT_MS,
  );
});
