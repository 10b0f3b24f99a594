import { describe, expect, it } from 'vitest';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { MergedMetrics } from '../../src/telemetry/merged-metrics.ts';
import { METRICS } from '../../src/telemetry/metric-table.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { matcher, NOW_MS, OPTIONS, PROCESSED_AT, recordOf } from '../pipeline/records.ts';

const TOPICS = { input: 'in', output: 'out', deadLetter: 'dlq' };

function worker(maxConnectors = 10): Metrics {
  const options = { catalog: matcher.catalog, maxConnectors, countsInferred: false, topics: TOPICS, version: '1.2.3' };
  return new Metrics(options);
}

/** Counts one batch of partition `partition` whose records come from these connectors; `left` records wait behind it. */
function count(
  metrics: Metrics,
  {
    connectors,
    partition = 0,
    left = 0,
    atMs = NOW_MS,
  }: { connectors: string[]; partition?: number; left?: number; atMs?: number },
): void {
  const records = connectors.map((connector_id, offset) =>
    recordOf({ app: 'box', message: 'strange', connector_id }, { offset, partition }),
  );
  const outcomes = records.map((record) => processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outcome);
  const nextOffset = connectors.length;
  const batch = { topic: 'in', partition, startOffset: 0, nextOffset, records, endOffset: nextOffset + left };
  metrics.countBatch({ batch, outcomes, publishedByTopic: new Map(), durationMs: 20, ackedAtMs: atMs });
}

async function merged(workers: readonly Metrics[], maxConnectors = 10): Promise<MergedMetrics> {
  const all = new MergedMetrics(maxConnectors);
  for (const [i, each] of workers.entries()) all.set(i + 1, structuredClone(await each.snapshot()));
  return all;
}

/** Of 0 to `below` - 1, the same ones in each run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Our counters and histograms by series. */
async function countersIn(metrics: MergedMetrics): Promise<Map<string, number>> {
  const { body } = await metrics.exposition();
  const lines = body.matchAll(/^(triage_\w+(?:_total|_count|_sum|_bucket)(?:\{.*\})?) (\S+)$/gm);
  return new Map([...lines].map(([, series, value]) => [series!, Number(value)]));
}

async function seriesValue(metrics: MergedMetrics, series: string): Promise<number | undefined> {
  const { body } = await metrics.exposition();
  const lines = body.split('\n').filter((each) => each.startsWith(`${series} `));
  expect(lines.length, series).toBeLessThan(2);
  return lines[0] === undefined ? undefined : Number(lines[0].split(' ').at(-1));
}

describe('MergedMetrics', () => {
  it('says of every gauge of ours how those of several workers become one', () => {
    const gauges = Object.values(METRICS).filter(({ type }) => type === 'gauge');
    expect(gauges.filter((gauge) => !('acrossWorkers' in gauge))).toEqual([]);
    const others = Object.values(METRICS).filter(({ type }) => type !== 'gauge');
    expect(others.filter((metric) => 'acrossWorkers' in metric)).toEqual([]);
  });

  it('adds counters and histograms up', async () => {
    const workers = [worker(), worker()] as const;
    count(workers[0], { connectors: ['a', 'b'] });
    count(workers[1], { connectors: ['a'], partition: 1 });
    const all = await merged(workers);
    expect(await seriesValue(all, 'triage_records_consumed_total{topic="in"}')).toBe(3);
    expect(await seriesValue(all, 'triage_errors_total{app="box",error_type="unclassified"}')).toBe(3);
    expect(await seriesValue(all, 'triage_connector_errors_total{app="box",connector="a"}')).toBe(2);
    expect(await seriesValue(all, 'triage_batch_duration_seconds_count')).toBe(2);
    expect(await seriesValue(all, 'triage_batch_duration_seconds_bucket{le="0.025"}')).toBe(2);
  });

  it('has the same metrics as one process, each once', async () => {
    const names = (body: string) => [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!).sort();
    const one = worker();
    const { body, contentType } = await (await merged([one, worker()])).exposition();
    const single = await one.exposition();
    expect(names(body)).toEqual(names(single.body));
    expect(contentType).toBe(single.contentType);
  });

  it('never goes back when a worker dies and another one takes its place', async () => {
    const [first, second] = [worker(), worker()];
    count(first, { connectors: ['a', 'b'] });
    first.setSinkWaiting(true);
    const all = await merged([first, second]);
    expect(await seriesValue(all, 'triage_sink_waiting')).toBe(1);
    all.end(1);
    expect(await seriesValue(all, 'triage_records_consumed_total{topic="in"}')).toBe(2);
    expect(await seriesValue(all, 'triage_sink_waiting')).toBe(0);
    expect(await seriesValue(all, 'triage_workers')).toBe(1);
    const successor = worker();
    all.set(1, await successor.snapshot());
    expect(await seriesValue(all, 'triage_records_consumed_total{topic="in"}')).toBe(2);
    count(successor, { connectors: ['c'] });
    all.set(1, await successor.snapshot());
    all.end(1);
    all.end(1);
    expect(await seriesValue(all, 'triage_records_consumed_total{topic="in"}')).toBe(3);
    expect(await seriesValue(all, 'triage_batch_duration_seconds_count')).toBe(2);
  });

  it('is the plain sum of what was told last in each life, and never goes back, whatever lives and dies', async () => {
    const random = randomOf(7);
    const all = new MergedMetrics(2);
    const lives = [worker(3), worker(3), worker(3)];
    const told = new Map<Metrics, number>();
    const counts = new Map(lives.map((life) => [life, 0]));
    let before = new Map<string, number>();
    for (let step = 0; step < 120; step++) {
      const slot = random(lives.length);
      const life = lives[slot]!;
      const what = random(4);
      if (what < 2) {
        const connectors = Array.from({ length: 1 + random(4) }, () => `c${random(8)}`);
        count(life, { connectors, partition: random(3) });
        counts.set(life, counts.get(life)! + connectors.length);
      } else if (what === 2) {
        all.set(slot, structuredClone(await life.snapshot()));
        told.set(life, counts.get(life)!);
      } else {
        all.end(slot);
        lives[slot] = worker(3);
        counts.set(lives[slot], 0);
      }
      const now = await countersIn(all);
      const sum = [...told.values()].reduce((a, b) => a + b, 0);
      const errors = [...now].filter(([series]) => series.startsWith('triage_connector_errors_total{'));
      expect(now.get('triage_records_consumed_total{topic="in"}') ?? 0).toBe(sum);
      expect(now.get('triage_batch_duration_seconds_bucket{le="+Inf"}') ?? 0).toBe(
        now.get('triage_batch_duration_seconds_count') ?? 0,
      );
      expect(errors.reduce((total, [, value]) => total + value, 0)).toBe(sum);
      expect(errors.length).toBeLessThanOrEqual(3);
      for (const [series, value] of before) expect(now.get(series), series).toBeGreaterThanOrEqual(value);
      before = now;
    }
    expect(told.size).toBeGreaterThan(5);
  });

  it('keeps no more of workers that have ended than it shows, however many there were', async () => {
    const all = new MergedMetrics(2);
    for (let life = 0; life < 20; life++) {
      const each = worker(3);
      count(each, { connectors: [0, 1, 2].map((i) => `c${life}-${i}`) });
      all.set(1, await each.snapshot());
      all.end(1);
    }
    const { ended } = all as unknown as { ended: readonly { name: string; values: readonly object[] }[] };
    expect(ended.find(({ name }) => name === METRICS.connectorErrors.name)?.values).toHaveLength(3);
    expect(await seriesValue(all, 'triage_connector_label_folds_total')).toBe(58);
  });

  it('gives the partitions of all, and the lag of each', async () => {
    const workers = [worker(), worker()] as const;
    workers[0].setAssignment([{ topic: 'in', partition: 0 }], NOW_MS);
    workers[1].setAssignment(
      [1, 2].map((partition) => ({ topic: 'in', partition })),
      NOW_MS,
    );
    count(workers[0], { connectors: ['a'], partition: 0, left: 5 });
    count(workers[1], { connectors: ['a'], partition: 1, left: 7 });
    const all = await merged(workers);
    expect(await seriesValue(all, 'triage_assigned_partitions')).toBe(3);
    expect(await seriesValue(all, 'triage_consumer_lag_records{topic="in",partition="0"}')).toBe(5);
    expect(await seriesValue(all, 'triage_consumer_lag_records{topic="in",partition="1"}')).toBe(7);
  });

  it('shows that one worker makes no progress although another one does, but not that one has nothing to do', async () => {
    const [slow, quick] = [worker(), worker()];
    count(slow, { connectors: ['a'], partition: 0, left: 5, atMs: NOW_MS });
    count(quick, { connectors: ['a'], partition: 1, left: 5, atMs: NOW_MS + 600_000 });
    const progress = 'triage_last_progress_timestamp_seconds';
    expect(await seriesValue(await merged([slow, quick]), progress)).toBe(NOW_MS / 1000);
    slow.setLag({ topic: 'in', partition: 0, lag: 0 });
    expect(await seriesValue(await merged([slow, quick]), progress)).toBe(NOW_MS / 1000 + 600);
  });

  it('bounds the connectors of all workers together, and the folds add up', async () => {
    const workers = [worker(2), worker(2)] as const;
    count(workers[0], { connectors: ['a', 'b', 'c'] });
    count(workers[1], { connectors: ['d', 'a', 'e', 'e'], partition: 1 });
    const all = await merged(workers, 2);
    const { body } = await all.exposition();
    const series = [...body.matchAll(/^triage_connector_errors_total\{app="box",connector="(\w+)"\} (\d+)$/gm)];
    expect(series.map(([, connector, value]) => [connector, Number(value)])).toEqual([
      ['a', 2],
      ['b', 1],
      ['other', 4],
    ]);
    expect(await seriesValue(all, 'triage_connector_label_folds_total')).toBe(4);
  });

  it('has the ends of certificates, which only the parent tells', async () => {
    const all = await merged([worker(), worker()]);
    all.setCertificateEnd({ use: 'kafka', kind: 'ca', endsAtMs: 1_800_000_000_000 });
    const series = 'triage_certificate_expiry_timestamp_seconds{use="kafka",kind="ca"}';
    expect(await seriesValue(all, series)).toBe(1_800_000_000);
  });

  it('counts reloads once, and restarts', async () => {
    const all = await merged([worker(), worker()]);
    all.countReload('swapped');
    all.countReload('failed');
    all.countRestart();
    expect(await seriesValue(all, 'triage_catalog_reloads_total{result="swapped"}')).toBe(1);
    expect(await seriesValue(all, 'triage_catalog_last_reload_successful')).toBe(0);
    expect(await seriesValue(all, 'triage_worker_restarts_total')).toBe(1);
    expect(await seriesValue(all, 'triage_workers')).toBe(2);
  });
});
