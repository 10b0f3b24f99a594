/**
 * `npm run bench -- job [records] [part of a name]`: the whole main job on a real broker. A topic is filled, then `triage run` reads it to
 * its end in a process of its own, whose CPU time and memory are read from its metrics. CPU time per record is the steady
 * figure; records per second share the machine with the broker.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadCatalog } from '../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../src/config.ts';
import { createGenerator } from '../src/demo/generator.ts';
import { launchKafka } from '../src/local-kafka/launch.ts';
import { createTopics } from '../src/transport/kafka/admin.ts';
import { KafkaSink } from '../src/transport/kafka/kafka-sink.ts';
import type { OutboundRecord } from '../src/transport/port.ts';

const PARTITIONS = 4;
const DEFAULT_RECORDS = 1_000_000;
/** Different records that are written again and again. */
const DISTINCT = 20_000;
const PER_CALL = 5_000;
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SILENT = { debug: ignore, info: ignore, warn: warn, error: warn };

function ignore(): void {
  // Only trouble is worth a line here.
}

function warn(fields: unknown, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
}

interface Mix {
  readonly name: string;
  readonly takes: (expected: string) => boolean;
}

const MIXES: readonly Mix[] = [
  { name: 'as logs are (one in ten an error)', takes: () => true },
  { name: 'errors only', takes: (expected) => expected === 'resolved' || expected === 'unclassified' },
];

export async function benchJob(args: readonly string[]): Promise<void> {
  const [count = DEFAULT_RECORDS, part = ''] = args;
  const records = Number(count);
  if (!Number.isInteger(records) || records < DISTINCT) {
    process.stderr.write(`records: expected a whole number of ${DISTINCT} or more, found "${count}"\n`);
    process.exitCode = 2;
    return;
  }
  const kafka = await launchKafka({ env: process.env, log: (line) => process.stderr.write(`${line}\n`) });
  try {
    process.stdout.write(`${records.toLocaleString('en')} records, ${PARTITIONS} partitions, one broker\n`);
    const runs = ['at-least-once', 'exactly-once'].flatMap((delivery) => MIXES.map((mix) => ({ delivery, mix })));
    for (const [i, { delivery, mix }] of runs.entries()) {
      if (!`${delivery}, ${mix.name}`.includes(part)) continue;
      await runOnce(kafka.brokers, `bench-${i}`, delivery, mix, records);
    }
  } finally {
    await kafka.stop();
  }
}

async function runOnce(brokers: readonly string[], prefix: string, delivery: string, mix: Mix, records: number) {
  const topics = { input: `${prefix}.in`, output: `${prefix}.out`, deadLetter: `${prefix}.dlq` };
  const connection = { brokers, clientId: 'bench', logger: SILENT };
  // What is read is not needed any more: a long run must not fill the disk.
  const config = { 'segment.bytes': String(2 ** 28) };
  await createTopics(
    connection,
    Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS, replicationFactor: 1, config })),
  );
  await fill(connection, topics.input, mix, records);
  const { seconds, cpuSeconds, rssMiB } = await consume(brokers, topics, delivery, records);
  const figures = [
    `${delivery}, ${mix.name}: ${Math.round(records / seconds / 1_000)} k records/s`,
    `${((cpuSeconds / records) * 1e6).toFixed(1)} us CPU a record`,
    `memory (MiB) after each tenth ${rssMiB.join(' ')}`,
  ];
  process.stdout.write(`${figures.join(', ')}\n`);
}

async function fill(
  connection: ConstructorParameters<typeof KafkaSink>[0]['connection'],
  topic: string,
  mix: Mix,
  records: number,
) {
  const generator = createGenerator({
    seed: 1,
    catalog: loadCatalog(BUNDLED_CATALOG),
    startMs: 1_750_000_000_000,
    eventsPerSecond: 1_000,
  });
  const distinct: OutboundRecord[] = [];
  while (distinct.length < DISTINCT) {
    const { key, value, expected } = generator.next();
    if (mix.takes(expected)) distinct.push({ topic, key, value, headers: {}, partitionHint: distinct.length });
  }
  const sink = new KafkaSink({ connection });
  for (let written = 0; written < records; written += PER_CALL) {
    const from = written % DISTINCT;
    await sink.publish(distinct.slice(from, from + Math.min(PER_CALL, records - written)), async () => undefined);
  }
  await sink.close();
}

async function consume(
  brokers: readonly string[],
  topics: { input: string; output: string; deadLetter: string },
  delivery: string,
  records: number,
) {
  const flags = ['--brokers', brokers.join(','), '--input', topics.input, '--output', topics.output];
  const more = ['--dead-letter-topic', topics.deadLetter, '--group', topics.input, '--http-port', '0'];
  const child = spawn(
    process.execPath,
    [MAIN, 'run', ...flags, ...more, '--delivery', delivery, '--log-format', 'json'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  try {
    const url = await startedUrl(child.stderr);
    const rssMiB: number[] = [];
    let first: Sample | undefined;
    for (;;) {
      const sample = await readMetrics(url);
      if (sample.consumed > 0) first ??= sample;
      if (first !== undefined && sample.consumed >= (records * (rssMiB.length + 1)) / 10) {
        rssMiB.push(Math.round(sample.rssBytes / 2 ** 20));
      }
      if (first !== undefined && sample.consumed >= records) {
        const share = records / (records - first.consumed);
        return {
          seconds: ((sample.atMs - first.atMs) / 1_000) * share,
          cpuSeconds: (sample.cpuSeconds - first.cpuSeconds) * share,
          rssMiB,
        };
      }
      await sleep(100);
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

interface Sample {
  readonly atMs: number;
  readonly consumed: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

async function readMetrics(url: string): Promise<Sample> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seriesValue = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    atMs: performance.now(),
    consumed: seriesValue('triage_records_consumed_total'),
    cpuSeconds: seriesValue('process_cpu_seconds_total'),
    rssBytes: seriesValue('process_resident_memory_bytes'),
  };
}

async function startedUrl(log: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: log })) {
    lines.push(line);
    const url = /"http":"(http:[^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    log.on('data', ignore);
    log.resume();
    return url;
  }
  throw new Error(`triage run did not start:\n${lines.join('\n')}`);
}
