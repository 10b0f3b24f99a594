/**
 * `npm run bench -- dashboard [rounds]`: what the live page costs the pipeline. The same records go through the pipeline, in
 * turn a second's without the board and a second's with it and 10 open pages, which are in a process of their own.
 * Compared is the processor time of this process. There is no Kafka client in it, so that the real share is smaller. A second is over when
 * its records are through, however long that takes on a busy machine: so the page is told as often as at the stated rate.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { mock } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalog } from '../src/catalog/load.ts';
import { BUNDLED_CATALOG, configWith } from '../src/config.ts';
import { Dashboard } from '../src/dashboard/dashboard.ts';
import { createGenerator, type GeneratedRecord } from '../src/demo/generator.ts';
import { serveHttp } from '../src/http/server.ts';
import { compile } from '../src/matcher/matcher.ts';
import { createRedaction } from '../src/redaction/redactor.ts';
import { renderTable } from '../src/render.ts';
import { Health } from '../src/telemetry/health.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import type { BatchHandler, SourceBatch } from '../src/transport/port.ts';
import { createBatchHandler } from '../src/worker.ts';

const CLIENTS = 10;
const BATCH = 2_000;
const DISTINCT = 40_000;
const START_MS = Date.parse('2027-01-15T08:00:00.000Z');
const CLIENTS_FILE = fileURLToPath(new URL('./dashboard-clients.ts', import.meta.url));

interface Pipeline {
  readonly handle: BatchHandler;
  readonly clock: { ms: number };
}

interface Load {
  readonly name: string;
  readonly recordsPerSecond: number;
  /** So many of each of the demo's 41 connectors. */
  readonly copies: number;
  readonly takes: (record: GeneratedRecord) => boolean;
}

const isError = ({ expected }: GeneratedRecord) => expected === 'resolved' || expected === 'unclassified';

const LOADS: readonly Load[] = [
  {
    name: '50,000 a second, one in ten an error, of 41 connectors',
    recordsPerSecond: 50_000,
    copies: 1,
    takes: () => true,
  },
  { name: 'the same of 5,000 connectors', recordsPerSecond: 50_000, copies: 122, takes: () => true },
  // All that one thread can do.
  {
    name: '20,000 a second, all of them errors, of 5,000 connectors',
    recordsPerSecond: 20_000,
    copies: 122,
    takes: isError,
  },
];

const catalog = loadCatalog(BUNDLED_CATALOG);

export async function benchDashboard([given = '20']: readonly string[]): Promise<void> {
  const rounds = Number(given);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`rounds: expected a whole number of 1 or more, found "${given}"\n`);
    process.exitCode = 2;
    return;
  }
  mock.timers.enable({ apis: ['setInterval'] });
  process.stdout.write(`${CLIENTS} open pages, each told once a second\n\n`);
  const rows: string[][] = [];
  for (const load of LOADS) rows.push([load.name, ...(await ratioOf(load, rounds))]);
  process.stdout.write(renderTable(['load', 'without (cores)', 'with', 'more', 'middle half'], rows));
}

async function ratioOf(load: Load, rounds: number): Promise<string[]> {
  const batches = batchesOf(load);
  const clock = { ms: START_MS };
  const page = pageOf(clock);
  const http = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: page.routes,
    signIn: { token: undefined, clientCertificates: false },
    now: Date.now,
    logger: { error: (fields, message) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) },
  });
  const without = { handle: pipelineOf(undefined, clock), clock };
  const withPage = { handle: pipelineOf(page, clock), clock };
  // Compiled, and all connectors known, as after some minutes of work.
  for (const batch of [...batches, ...batches]) {
    await without.handle(batch, nothing);
    await withPage.handle(batch, nothing);
  }
  const clients = await openPages(`${http.url}/api/v1/events`);
  const seconds: { without: number; withPage: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    // The second of a pair collects some garbage of the first: so both come first and last.
    const before = await coresOf(batches, load, without, false);
    const during = await coresOf(batches, load, withPage, true);
    const again = await coresOf(batches, load, withPage, true);
    const after = await coresOf(batches, load, without, false);
    seconds.push({ without: (before + after) / 2, withPage: (during + again) / 2 });
  }
  const events = await clients.close();
  await http.close();
  if (events !== CLIENTS * rounds * 2)
    throw new Error(`the pages got ${events} updates; expected ${CLIENTS * rounds * 2}`);
  const more = seconds.map((each) => each.withPage / each.without - 1);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return [
    quantile(
      seconds.map((each) => each.without),
      0.5,
    ).toFixed(3),
    quantile(
      seconds.map((each) => each.withPage),
      0.5,
    ).toFixed(3),
    percent(quantile(more, 0.5)),
    `${percent(quantile(more, 0.25))} to ${percent(quantile(more, 0.75))}`,
  ];
}

/** Processor time for one second of the load, in cores. */
async function coresOf(batches: readonly SourceBatch[], load: Load, { handle, clock }: Pipeline, isTold: boolean) {
  const count = load.recordsPerSecond / BATCH;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    await handle(batches[i % batches.length]!, nothing);
    clock.ms += 1_000 / count;
  }
  if (isTold) mock.timers.tick(1_000);
  // Waiting costs nothing here; what was sent goes out, and the pages get the processor to read it.
  await sleep(30);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

interface Pages {
  /** How many updates they got. */
  close(): Promise<number>;
}

async function openPages(url: string): Promise<Pages> {
  const child = spawn(process.execPath, [CLIENTS_FILE, url, String(CLIENTS)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    close: async () => {
      child.stdin.end();
      const { value } = await lines.next();
      await once(child, 'exit');
      return Number(value);
    },
  };
}

function pageOf(clock: Pipeline['clock']): Dashboard {
  const matcher = compile(catalog);
  const { redactor } = createRedaction(configWith({}).redaction);
  const status = { phase: 'running', problems: [] } as const;
  return new Dashboard({
    matcher: () => matcher,
    redactor,
    status: () => status,
    version: '0',
    now: () => clock.ms,
  });
}

async function nothing(): Promise<void> {
  // Nothing is to be kept alive.
}

function pipelineOf(page: Dashboard | undefined, clock: Pipeline['clock']): BatchHandler {
  const config = configWith({});
  const matcher = compile(catalog);
  const metrics = new Metrics({
    catalog,
    maxConnectors: config.limits.connectors,
    countsInferred: false,
    topics: config.topics,
    version: '0',
  });
  return createBatchHandler({
    matcher: () => matcher,
    sink: { atomic: false, publish: async () => undefined, close: async () => undefined },
    pipeline: { ...config, mayInfer: true, redaction: createRedaction(config.redaction), version: '0' },
    health: new Health(Date.now),
    onRefused: () => undefined,
    report: (report) => {
      metrics.countBatch(report);
      page?.add(report);
    },
    now: () => clock.ms,
  });
}

/** Records of the demo, but of so many connectors and tenants. */
function batchesOf({ takes, copies }: Load): SourceBatch[] {
  const generator = createGenerator({ seed: 1, catalog, startMs: START_MS, eventsPerSecond: 1_000 });
  const batches: SourceBatch[] = [];
  let number = 0;
  for (let startOffset = 0; startOffset < DISTINCT; startOffset += BATCH) {
    const nextOffset = startOffset + BATCH;
    const records: SourceBatch['records'][number][] = [];
    while (records.length < BATCH) {
      const record = generator.next();
      if (!takes(record)) continue;
      const value = withConnector(record, number++ % copies);
      const offset = startOffset + records.length;
      records.push({
        topic: 'in',
        partition: 0,
        offset,
        timestampMs: record.timestampMs,
        key: null,
        value,
        headers: {},
      });
    }
    batches.push({ topic: 'in', partition: 0, startOffset, nextOffset, endOffset: nextOffset, records });
  }
  return batches;
}

/** The same record of one of many connectors like its own: each has its app, and the errors of that. */
function withConnector({ value, expected }: GeneratedRecord, copy: number): Buffer {
  if (expected === 'dead-lettered') return value;
  const fields = JSON.parse(value.toString('utf8')) as { connector_id?: string; tenant_id?: string };
  if (fields.connector_id === undefined) return value;
  return Buffer.from(
    JSON.stringify({
      ...fields,
      connector_id: `${fields.connector_id}-${copy}`,
      ...(fields.tenant_id !== undefined && { tenant_id: `${fields.tenant_id}-${copy}` }),
    }),
  );
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)]!;
}
