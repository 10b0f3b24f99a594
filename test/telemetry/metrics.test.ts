import { describe, expect, it } from 'vitest';
import { DEAD_LETTER_REASONS } from '../../src/events/dead-letter.ts';
import { OUTCOMES, type Outcome } from '../../src/events/outcome.ts';
import { createDecoder } from '../../src/pipeline/decoder.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import { METRICS } from '../../src/telemetry/metric-table.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { matcher, NOW_MS, OPTIONS, PROCESSED_AT, recordOf } from '../pipeline/records.ts';

const TOPICS = { input: 'in', output: 'out', deadLetter: 'dlq' };

function metricsWith(maxConnectors = 10, countsInferred = false) {
  return new Metrics({ catalog: matcher.catalog, maxConnectors, countsInferred, topics: TOPICS, version: '1.2.3' });
}

/** Counts one batch of these values; the last one is at offset `values.length - 1`, the partition ends at 10. */
function count(metrics: Metrics, values: readonly unknown[], endOffset = 10): readonly Outcome[] {
  const records = values.map((value, offset) => recordOf(value, { offset }));
  const outcomes = records.map((record) => processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outcome);
  const batch = { topic: 'in', partition: 2, startOffset: 0, nextOffset: values.length, records, endOffset };
  metrics.countBatch({ batch, outcomes, publishedByTopic: new Map([['out', 2]]), durationMs: 20, ackedAtMs: NOW_MS });
  return outcomes;
}

function logRecord(stringValue: string): object {
  return { severityNumber: 17, body: { stringValue } };
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

  it('has the end of a certificate in seconds, and none where none is in use', async () => {
    const metrics = metricsWith();
    expect((await metrics.exposition()).body).not.toContain('triage_certificate_expiry_timestamp_seconds{');
    metrics.setCertificateEnd({ use: 'http', kind: 'server', endsAtMs: 1_800_000_000_000 });
    const series = 'triage_certificate_expiry_timestamp_seconds{use="http",kind="server"}';
    expect(await seriesValue(metrics, series)).toBe(1_800_000_000);
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

  it('counts each log record of a batch, and adds up to the log records', async () => {
    const metrics = metricsWith();
    const record = recordOf({
      resourceLogs: [{ scopeLogs: [{ logRecords: ['Service timeout', 'strange', ''].map(logRecord) }] }],
    });
    const decode = createDecoder({ format: 'otlp', matcher: () => matcher, maxBytes: 1_000_000 });
    const outcomes = [record, recordOf({ resourceLogs: [] })].flatMap((each) =>
      processRecord(each, matcher, PROCESSED_AT, { ...OPTIONS, decode }).map(({ outcome }) => outcome),
    );
    const batch = { topic: 'in', partition: 2, startOffset: 0, nextOffset: 2, records: [record, record], endOffset: 2 };
    metrics.countBatch({ batch, outcomes, publishedByTopic: new Map(), durationMs: 1, ackedAtMs: NOW_MS });
    expect(await seriesValue(metrics, 'triage_records_consumed_total{topic="in"}')).toBe(2);
    expect(await seriesValue(metrics, 'triage_log_records_consumed_total{topic="in"}')).toBe(4);
    const counts = OUTCOMES.map((outcome) =>
      seriesValue(metrics, `triage_record_outcomes_total{outcome="${outcome}"}`),
    );
    expect(await Promise.all(counts)).toEqual([1, 1, 1, 1]);
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
    metrics.setAssignment([{ topic: 'in', partition: 1 }], NOW_MS);
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBeUndefined();
    expect(await seriesValue(metrics, 'triage_assigned_partitions')).toBe(1);
  });

  it('does not take up the lag of a partition that went away while its batch was in hand', async () => {
    const metrics = metricsWith();
    metrics.setAssignment([{ topic: 'in', partition: 1 }], NOW_MS);
    count(metrics, [null, null]);
    metrics.setLag({ topic: 'in', partition: 1, lag: 4 });
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBeUndefined();
    expect(await seriesValue(metrics, 'triage_consumer_lag_seconds{topic="in",partition="2"}')).toBeUndefined();
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="1"}')).toBe(4);
  });

  it('does not take the markers of a transaction for lag', async () => {
    const metrics = metricsWith();
    const batch = { topic: 'in', partition: 2, startOffset: 0, nextOffset: 4, records: [recordOf(null)], endOffset: 4 };
    metrics.countBatch({ batch, outcomes: [], publishedByTopic: new Map(), durationMs: 1, ackedAtMs: NOW_MS });
    expect(await seriesValue(metrics, 'triage_consumer_lag_records{topic="in",partition="2"}')).toBe(0);
  });

  it('tells when there was progress last: an assignment or an acknowledged batch', async () => {
    const metrics = metricsWith();
    expect(await seriesValue(metrics, 'triage_last_progress_timestamp_seconds')).toBe(0);
    metrics.setAssignment([], NOW_MS - 60_000);
    expect(await seriesValue(metrics, 'triage_last_progress_timestamp_seconds')).toBe(NOW_MS / 1000 - 60);
    count(metrics, [null]);
    expect(await seriesValue(metrics, 'triage_last_progress_timestamp_seconds')).toBe(NOW_MS / 1000);
  });

  it('counts by connector and type what means a broken connection, and nothing else', async () => {
    const metrics = metricsWith();
    const broken = { app: 'box', message: 'BoxServerException: Unauthorized - Cannot authorize with this service' };
    count(metrics, [
      { ...broken, connector_id: 'a' },
      { ...broken, connector_id: 'a' },
      broken,
      { app: 'box', connector_id: 'a', message: 'Service timeout' },
      { app: 'box', connector_id: 'b', message: 'strange' },
      // Only inferred, so it counts as no type of its own.
      { app: 'okta', connector_id: 'c', message: 'got HTTP/1.1 401 from the API' },
    ]);
    const { body } = await metrics.exposition();
    expect(body.split('\n').filter((line) => line.startsWith('triage_connector_disconnections_total{'))).toEqual([
      'triage_connector_disconnections_total{app="box",connector="a",error_type="box.app-deleted"} 2',
    ]);
  });

  it('says until the next good one that taking a changed catalog into use failed', async () => {
    const metrics = metricsWith();
    const successful = () => seriesValue(metrics, 'triage_catalog_last_reload_successful');
    expect(await successful()).toBe(1);
    metrics.countReload('failed');
    expect(await successful()).toBe(0);
    metrics.countReload('unchanged');
    expect(await successful()).toBe(1);
  });

  it('makes no more series than metrics.ts says, whatever comes', async () => {
    const { catalog } = matcher;
    const maxConnectors = 500;
    const metrics = metricsWith(maxConnectors, true);
    const messages = catalog.entries.flatMap(({ app, examples }) =>
      examples.match.map((message) => ({ app: app === 'all' ? 'box' : app, message })),
    );
    const apps = [...catalog.apps.map(({ key }) => key), 'nobody knows', undefined];
    const values = [
      ...messages.flatMap((value) => ['a', 'b', 'c'].map((id) => ({ ...value, connector_id: id }))),
      ...apps.flatMap((app) => [
        { app, message: 'Service timeout', connector_id: 'x' },
        { app, message: 'strange', connector_id: 'y' },
      ]),
      ...Array.from({ length: maxConnectors }, (_, i) => ({ message: 'strange', connector_id: `c-${i}` })),
      ...messages.map((value) => ({ ...value, connector_id: 'one too many' })),
    ];
    count(metrics, values);
    const partitions = Array.from({ length: 8 }, (_, partition) => ({ topic: 'in', partition }));
    metrics.setAssignment(partitions, NOW_MS);
    for (const each of partitions) metrics.setLag({ ...each, lag: 1 }, 1);

    const ofAll = catalog.entries.filter(({ app }) => app === 'all').length;
    const perApp = catalog.apps.map(
      ({ key }) =>
        catalog.entries.filter(
          ({ app, resolution }) =>
            [key, 'all'].includes(app) && ['reconnect', 'renew-credentials'].includes(resolution.action),
        ).length,
    );
    const connectors = maxConnectors + catalog.apps.length + 2;
    const bound =
      catalog.entries.length -
      ofAll +
      (ofAll + 2) * (catalog.apps.length + 2) +
      connectors * (1 + Math.max(...perApp)) +
      2 * partitions.length +
      200;
    const { body } = await metrics.exposition();
    const series = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series.length).toBeLessThanOrEqual(bound);
    expect(bound).toBeLessThan(2_500);
    expect(body).toContain('triage_connector_errors_total{app="box",connector="other"}');
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
