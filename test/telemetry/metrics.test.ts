import { describe, expect, it } from 'vitest';
import { DEAD_LETTER_REASONS } from '../../src/events/dead-letter.ts';
import type { Outcome } from '../../src/events/outcome.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { METRICS } from '../../src/telemetry/metric-table.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { matcher, NOW_MS, OPTIONS, recordOf } from '../pipeline/records.ts';

const TOPICS = { input: 'in', output: 'out', deadLetter: 'dlq' };

function metricsWith(maxConnectors = 10, countsInferred = false) {
  return new Metrics({ catalog: matcher.catalog, maxConnectors, countsInferred, topics: TOPICS, version: '1.2.3' });
}

/** Counts one batch of these values; the last one is at offset `values.length - 1`, the partition ends at 10. */
function count(metrics: Metrics, values: readonly unknown[], endOffset = 10): readonly Outcome[] {
  const records = values.map((value, offset) => recordOf(value, { offset }));
  const outcomes = records.map((record) => processRecord(record, matcher, NOW_MS, OPTIONS).outcome);
  const batch = { topic: 'in', partition: 2, startOffset: 0, nextOffset: values.length, records, endOffset };
  metrics.countBatch({ batch, outcomes, publishedByTopic: new Map([['out', 2]]), durationMs: 20, ackedAtMs: NOW_MS });
  return outcomes;
}

/** Value of the series, such as `triage_errors_total{app="box",error_type="x"}`; undefined where it does not exist. */
async function seriesValue(metrics: Metrics, series: string): Promise<number | undefined> {
  const { body } = await metrics.exposition();
  const line = body.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('Metrics', () => {
  it('has every error type of every app at 0 from the start', async () => {
    const { body } = await metricsWith().exposition();
    const lines = body.split('\n').filter((line) => line.startsWith('triage_errors_total{'));
    expect(lines.every((line) => line.endsWith(' 0'))).toBe(true);
    const apps = matcher.catalog.apps.length + 2;
    const ofAll = matcher.catalog.entries.filter((entry) => entry.app === 'all').length;
    expect(lines).toHaveLength(matcher.catalog.entries.length - ofAll + (ofAll + 2) * apps);
    for (const reason of Object.keys(DEAD_LETTER_REASONS))
      expect(body).toContain(`triage_dead_letters_total{reason="${reason}"} 0`);
  });

  it('counts outcomes that add up to the records consumed', async () => {
    const metrics = metricsWith();
    const error = { app: 'O365', message: 'IgniteException', connector_id: 'c1' };
    count(metrics, [error, error, { message: 'strange' }, { message: 'fine', severity: 'info' }, [], null]);
    expect(await seriesValue(metrics, 'triage_records_consumed_total{topic="in"}')).toBe(6);
    const outcomes = ['resolved', 'unclassified', 'ignored', 'dead-lettered'].map((outcome) =>
      seriesValue(metrics, `triage_record_outcomes_total{outcome="${outcome}"}`),
    );
    expect(await Promise.all(outcomes)).toEqual([2, 1, 2, 1]);
    expect(
      await seriesValue(
        metrics,
        'triage_errors_total{app="microsoft-365",error_type="microsoft-365.ignite-exception"}',
      ),
    ).toBe(2);
    expect(await seriesValue(metrics, 'triage_errors_total{app="none",error_type="unclassified"}')).toBe(1);
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="microsoft-365",connector="c1"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_dead_letters_total{reason="not-an-object"}')).toBe(1);
    expect(await seriesValue(metrics, 'triage_records_published_total{topic="out"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_event_delay_seconds_count')).toBe(3);
    expect(await seriesValue(metrics, 'triage_event_delay_seconds_sum')).toBe(15);
  });

  it('counts products that the catalog does not know as "other", whatever they are called', async () => {
    const metrics = metricsWith();
    count(metrics, [
      { app: 'GitHub', message: 'Service timeout' },
      { app: 'Figma\n"x"', message: 'strange' },
    ]);
    expect(await seriesValue(metrics, 'triage_errors_total{app="other",error_type="all.service-timeout"}')).toBe(1);
    expect(await seriesValue(metrics, 'triage_errors_total{app="other",error_type="unclassified"}')).toBe(1);
  });

  it('counts inferred entries as "inferred", unless they are to count as their own type', async () => {
    const guess = { app: 'Okta', message: 'got HTTP/1.1 401 from the API' };
    const [strict, loose] = [metricsWith(), metricsWith(10, true)];
    count(strict, [guess]);
    count(loose, [guess]);
    expect(await seriesValue(strict, 'triage_errors_total{app="okta",error_type="inferred"}')).toBe(1);
    expect(await seriesValue(strict, 'triage_errors_total{app="okta",error_type="okta.http-401"}')).toBe(0);
    expect(await seriesValue(loose, 'triage_errors_total{app="okta",error_type="okta.http-401"}')).toBe(1);
  });

  it('bounds the connectors and counts the folds', async () => {
    const metrics = metricsWith(2);
    count(
      metrics,
      ['a', 'b', 'c', 'd', 'a'].map((connector) => ({ app: 'box', connector_id: connector, message: 'x' })),
    );
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="box",connector="a"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="box",connector="c"}')).toBeUndefined();
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="box",connector="other"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_connector_label_folds_total')).toBe(2);
  });

  it('gives connectors with odd ids valid labels', async () => {
    const metrics = metricsWith();
    count(
      metrics,
      ['\ud800', '\ufffd', 'a\u0000b'].map((id) => ({ app: 'box', connector_id: id, message: 'x' })),
    );
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="box",connector="\ufffd"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_connector_errors_total{app="box",connector="a\ufffdb"}')).toBe(1);
  });

  it('has the counters of its topics at 0 from the start', async () => {
    const metrics = metricsWith();
    expect(await seriesValue(metrics, 'triage_records_consumed_total{topic="in"}')).toBe(0);
    expect(await seriesValue(metrics, 'triage_records_published_total{topic="dlq"}')).toBe(0);
  });

  it('tells the lag in records and in seconds, and forgets it with the partitions', async () => {
    const metrics = metricsWith();
    count(metrics, [null, null]);
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBe(8);
    expect(await seriesValue(metrics, 'triage_consumer_lag_seconds{topic="in",partition="2"}')).toBe(5);
    count(metrics, [null, null], 2);
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBe(0);
    expect(await seriesValue(metrics, 'triage_consumer_lag_seconds{topic="in",partition="2"}')).toBe(0);
    metrics.resetLag();
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBeUndefined();
  });

  it('exposes what its table says, and nothing else of ours', async () => {
    const metrics = metricsWith();
    count(metrics, [{ message: 'x', connector_id: 'c' }]);
    const { body } = await metrics.exposition();
    const exposed = [...body.matchAll(/^# TYPE (triage_\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(exposed.sort()).toEqual(
      Object.values(METRICS)
        .map(({ name, type }) => `${name} ${type}`)
        .sort(),
    );
  });
});
