/** Spans against a made-up collector: OTLP over HTTP in JSON. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { configWith } from '../../src/config.ts';
import type { Route } from '../../src/http/route.ts';
import { processRecord } from '../../src/pipeline/pipeline.ts';
import type { BatchReport } from '../../src/telemetry/metrics.ts';
import { openTraces } from '../../src/tracing/batch-traces.ts';
import { serve } from '../http/serve.ts';
import { matcher, NOW_MS, OPTIONS, PROCESSED_AT, recordOf } from '../pipeline/records.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
  readonly links: readonly object[];
  readonly droppedLinksCount: number;
}

async function collector() {
  const sent: Sent[] = [];
  const state = { status: 200, refused: 0 };
  const route: Route = {
    method: 'POST',
    path: '/otel/v1/traces',
    access: 'open',
    maxBodyBytes: 10_000_000,
    handle: ({ body }) => {
      if (state.status !== 200) state.refused++;
      else sent.push(JSON.parse(body.toString()) as Sent);
      return { status: state.status, headers: { 'content-type': 'application/json' }, body: '{}' };
    },
  };
  const { url, close } = await serve({ routes: [route] });
  return { endpoint: `${url}/otel/`, sent, state, close, spans: () => sent.flatMap(spansOf) };
}

function spansOf({ resourceSpans }: Sent): SentSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function tracesTo(endpoint: string) {
  const logger = new RecordingLogger();
  const traces = openTraces(configWith({ traces: { endpoint }, kafka: { groupId: 'g' } }), logger)!;
  onTestFinished(() => traces.close());
  return { traces, logger };
}

function parent(i: number): string {
  return `00-${String(i).padStart(32, 'a')}-${String(i).padStart(16, 'b')}-01`;
}

/** One record for each `traceparent`, where there is one. */
function report(parents: readonly (string | undefined)[]): BatchReport {
  const records = parents.map((traceparent, offset) => ({
    ...recordOf({ app: 'box', message: 'strange' }, { offset, partition: 3 }),
    headers: traceparent === undefined ? {} : { traceparent },
  }));
  const outcomes = records.map((record) => processRecord(record, matcher, PROCESSED_AT, OPTIONS)[0].outcome);
  const size = records.length;
  const batch = { topic: 'in', partition: 3, startOffset: 0, nextOffset: size, endOffset: size, records };
  return { batch, outcomes, publishedByTopic: new Map(), durationMs: 20, ackedAtMs: NOW_MS };
}

describe('traces', () => {
  it('are off unless an endpoint is set', () => {
    expect(openTraces(configWith({}), new RecordingLogger())).toBeUndefined();
  });

  it('have a span for each batch: where, how long, how many of which outcome', async () => {
    const { endpoint, sent, spans } = await collector();
    const { traces } = tracesTo(endpoint);
    traces.add(report([parent(1), undefined, parent(1), parent(2), 'nonsense']));
    await traces.close();
    expect(sent).toHaveLength(1);
    expect(sent[0]!.resourceSpans[0]!.resource.attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'connector-triage' },
    });
    const [span] = spans();
    expect(span).toMatchObject({
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      spanId: expect.stringMatching(/^[\da-f]{16}$/),
      name: 'process in',
      startTimeUnixNano: `${NOW_MS - 20}000000`,
      endTimeUnixNano: `${NOW_MS}000000`,
      links: [
        { traceId: parent(1).slice(3, 35), spanId: parent(1).slice(36, 52) },
        { traceId: parent(2).slice(3, 35), spanId: parent(2).slice(36, 52) },
      ],
      droppedLinksCount: 0,
    });
    const attributes = Object.fromEntries(span!.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
    expect(attributes).toMatchObject({
      'messaging.destination.name': 'in',
      'messaging.destination.partition.id': '3',
      'messaging.consumer.group.name': 'g',
      'messaging.batch.message_count': '5',
      'triage.unclassified': '5',
      'triage.dead_lettered': '0',
    });
  });

  it('link at most 32 records, and say how many more there were', async () => {
    const { endpoint, spans } = await collector();
    const { traces } = tracesTo(endpoint);
    traces.add(report(Array.from({ length: 40 }, (_, i) => parent(i + 1))));
    await traces.close();
    expect(spans()[0]!.links).toHaveLength(32);
    expect(spans()[0]!.droppedLinksCount).toBe(8);
  });

  it('are sent while the service runs, many at once', async () => {
    const { endpoint, sent, spans } = await collector();
    const { traces } = tracesTo(endpoint);
    for (let i = 0; i < 3; i++) traces.add(report([undefined]));
    await expect.poll(() => spans().length, { timeout: 20_000 }).toBe(3);
    expect(sent).toHaveLength(1);
    expect(new Set(spans().map(({ spanId }) => spanId)).size).toBe(3);
  });

  it('are dropped while the collector does not take them, which is said once, and when it does again', async () => {
    const { endpoint, state, spans } = await collector();
    const { traces, logger } = tracesTo(endpoint);
    const events = () => logger.lines.map(({ fields }) => (fields as { event: string }).event);
    state.status = 503;
    for (const refused of [1, 2]) {
      traces.add(report([undefined]));
      await expect.poll(() => state.refused, { timeout: 20_000 }).toBe(refused);
    }
    await expect.poll(events, { timeout: 20_000 }).toEqual(['traces-dropped']);
    expect(JSON.stringify(logger.lines)).toContain('status 503');
    state.status = 200;
    traces.add(report([undefined]));
    await expect.poll(events, { timeout: 20_000 }).toEqual(['traces-dropped', 'traces-ok']);
    expect(spans()).toHaveLength(1);
  });

  it('are dropped when they come faster than the collector takes them, which is said, too', async () => {
    const { endpoint, spans } = await collector();
    const { traces, logger } = tracesTo(endpoint);
    const events = () => logger.lines.map(({ fields }) => (fields as { event: string }).event);
    for (let i = 0; i < 3_000; i++) traces.add(report([undefined]));
    await expect.poll(events, { timeout: 20_000 }).toEqual(['traces-dropped', 'traces-ok']);
    expect(JSON.stringify(logger.lines)).toContain('faster than it takes them');
    await expect.poll(() => spans().length, { timeout: 20_000 }).toBe(2_048);
  });

  it('hold nothing up when nobody listens', async () => {
    const { endpoint, close } = await collector();
    await close();
    const { traces, logger } = tracesTo(endpoint);
    for (let i = 0; i < 5_000; i++) traces.add(report([undefined]));
    await traces.close();
    expect(JSON.stringify(logger.lines)).toContain('ECONNREFUSED');
  });
});
