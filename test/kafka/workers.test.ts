/** `triage run --workers 2` against a real Kafka, as a user starts it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { type Cli, runCli, startCli } from '../commands/cli.ts';
import { newName, plainKafka, readTopic } from '../transport/kafka-support.ts';

const brokers = inject('brokers');

interface Started {
  readonly cli: Cli;
  readonly url: string;
  readonly topics: { readonly input: string; readonly output: string };
}

/** Two workers that read two partitions each. */
async function start(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Started> {
  const prefix = newName('workers');
  const topics = { input: `${prefix}.in`, output: `${prefix}.out` };
  const kafka = ['--brokers', brokers.join(','), '--input', topics.input, '--output', topics.output];
  const all = [...kafka, '--dead-letter-topic', `${prefix}.dlq`];
  expect(await runCli(['topics', 'create', '--replication', '1', '--partitions', '4', ...all])).toMatchObject({
    code: 0,
  });
  const own = ['--workers', '2', '--group', prefix, '--http-port', '0', '--log-format', 'json'];
  const cli = startCli(['run', ...own, ...all, ...flags], { env });
  onTestFinished(async () => {
    cli.kill('SIGTERM');
    await cli.ended;
  });
  const [, url] = await cli.printed(/"http":"(http:[^"]+)"/);
  for (const worker of [1, 2]) await cli.printed(assignment(worker));
  return { cli, url: url!, topics };
}

/** Of two partitions, after `text`. */
function assignment(worker: number, text = ''): RegExp {
  return new RegExp(`${text}[^]*"worker":${worker},"event":"assignment","partitions":\\[\\d,\\d\\]`);
}

/** Records `from` to `to`, to all partitions. */
async function produce(topic: string, from: number, to: number): Promise<void> {
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  const messages = Array.from({ length: to - from }, (_, i) => ({
    partition: i % 4,
    value: JSON.stringify({
      app: 'box',
      id: `r${from + i}`,
      message: 'Service timeout',
      connector_id: `box-${i % 20}`,
    }),
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function seriesValue(url: string, series: string): Promise<number> {
  const body = await (await fetch(`${url}/metrics`)).text();
  const line = body.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1));
}

function resolved(url: string): Promise<number> {
  return seriesValue(url, 'triage_record_outcomes_total{outcome="resolved"}');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function pidOf(cli: Cli, worker: number): Promise<number> {
  const [, pid] = await cli.printed(new RegExp(`"event":"worker-started","worker":${worker},"pid":(\\d+)`));
  return Number(pid);
}

async function idsIn(topic: string): Promise<string[]> {
  return (await readTopic(brokers, topic)).map(({ value }) => JSON.parse(String(value)).id);
}

it('is one instance: one /metrics, one /readyz, one page, one end', async () => {
  const { cli, url, topics } = await start();
  await produce(topics.input, 0, 400);
  await expect.poll(() => resolved(url), { timeout: 30_000 }).toBe(400);
  expect(await seriesValue(url, 'triage_assigned_partitions')).toBe(4);
  expect(await seriesValue(url, 'triage_workers')).toBe(2);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const overview = await (await fetch(`${url}/api/v1/overview`)).json();
  expect(overview).toMatchObject({
    pipeline: { partitions: 4, lag_records: 0 },
    totals: { records: 400, resolved: 400 },
    connectors: { counts: { total: 20 } },
  });
  const pids = await Promise.all([1, 2].map((worker) => pidOf(cli, worker)));
  expect(pids.map(isAlive)).toEqual([true, true]);
  cli.kill('SIGTERM');
  expect((await cli.ended).code).toBe(0);
  expect(pids.map(isAlive)).toEqual([false, false]);
  expect(new Set(await idsIn(topics.output)).size).toBe(400);
});

it('with --delivery exactly-once goes on without a worker that was killed, until it is back: one event for each record', async () => {
  const { cli, url, topics } = await start(['--delivery', 'exactly-once', '--limits-batch-records', '20']);
  await produce(topics.input, 0, 4_000);
  await expect.poll(() => resolved(url), { timeout: 30_000, interval: 5 }).toBeGreaterThan(400);
  process.kill(await pidOf(cli, 2), 'SIGKILL');
  await cli.printed(/"event":"worker-ended","worker":2,"pid":\d+,"reason":"it was ended by SIGKILL"/);
  const before = await resolved(url);
  await cli.printed(assignment(2, 'worker-ended'));
  expect(await resolved(url)).toBeGreaterThanOrEqual(before);
  await produce(topics.input, 4_000, 4_400);
  await expect.poll(async () => (await idsIn(topics.output)).length, { timeout: 50_000 }).toBe(4_400);
  expect(new Set(await idsIn(topics.output)).size).toBe(4_400);
  expect(await seriesValue(url, 'triage_worker_restarts_total')).toBe(1);
  cli.kill('SIGTERM');
  expect((await cli.ended).code).toBe(0);
});

it('takes a changed catalog into use in all workers, with no more rights than it needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'triage-workers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync('catalog', folder, { recursive: true });
  const file = join(folder, 'slack.yaml');
  const permissions = '--permission --allow-fs-read=* --allow-child-process';
  const flags = ['--catalog', folder, '--catalog-watch', 'false'];
  const { cli, url, topics } = await start(flags, { NODE_OPTIONS: permissions });
  writeFileSync(file, readFileSync(file, 'utf8').replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n'));
  cli.kill('SIGHUP');
  const [, digest] = await cli.printed(/"event":"catalog-reloaded","version":"[^"]+","digest":"([^"]+)"/);
  const digests = async () => {
    const body = await (await fetch(`${url}/metrics`)).text();
    return [...body.matchAll(/^triage_catalog_info\{version="[^"]+",digest="([^"]+)"\} 1$/gm)].map(([, each]) => each);
  };
  await expect.poll(digests).toEqual([digest]);
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  const value = '{"app":"Slack","message":"team_is_frozen"}';
  await producer.send({ topic: topics.input, messages: [0, 1, 2, 3].map((partition) => ({ partition, value })) });
  await producer.disconnect();
  await expect.poll(() => resolved(url), { timeout: 30_000 }).toBe(4);
  expect(await seriesValue(url, 'triage_catalog_reloads_total{result="swapped"}')).toBe(1);
});

it('leaves no worker behind when it is killed itself', async () => {
  const { cli } = await start();
  const pids = await Promise.all([1, 2].map((worker) => pidOf(cli, worker)));
  cli.kill('SIGKILL');
  await expect.poll(() => pids.some(isAlive), { timeout: 30_000 }).toBe(false);
});

it('ends without a worker that does not answer any more, and says that the drain was not complete', async () => {
  const { cli, url } = await start(['--drain-timeout-ms', '1000']);
  const pids = await Promise.all([1, 2].map((worker) => pidOf(cli, worker)));
  const isReady = async () => (await fetch(`${url}/readyz`)).status;
  // What a worker logs, it tells the supervisor a moment later.
  await expect.poll(isReady, { timeout: 10_000 }).toBe(200);
  process.kill(pids[1]!, 'SIGSTOP');
  expect(await isReady()).toBe(200);
  cli.kill('SIGTERM');
  expect((await cli.ended).code).toBe(6);
  expect(pids.map(isAlive)).toEqual([false, false]);
});

it('leaves no worker behind when a second signal ends it at once', async () => {
  const { cli } = await start();
  const pids = await Promise.all([1, 2].map((worker) => pidOf(cli, worker)));
  cli.kill('SIGTERM');
  await cli.printed(/"event":"draining"/);
  cli.kill('SIGTERM');
  expect([0, 143]).toContain((await cli.ended).code);
  await expect.poll(() => pids.some(isAlive), { timeout: 30_000 }).toBe(false);
});
