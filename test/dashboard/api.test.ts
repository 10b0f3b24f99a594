/** The API as a client sees it: over HTTP, every answer held against its schema. */
import { describe, expect, it } from 'vitest';
import { Dashboard } from '../../src/dashboard/dashboard.ts';
import { OPERATIONS, openApiDocument } from '../../src/dashboard/openapi.ts';
import type { ProcessStatus } from '../../src/dashboard/pipeline-state.ts';
import { problemSchema } from '../../src/dashboard/schema/base.ts';
import type { ConnectorList } from '../../src/dashboard/schema/connectors.ts';
import type { ErrorTypeDetail } from '../../src/dashboard/schema/error-types.ts';
import type { Overview } from '../../src/dashboard/schema/overview.ts';
import type { UnclassifiedDetail, UnclassifiedList } from '../../src/dashboard/schema/unclassified.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { ask, serve } from '../http/serve.ts';
import { matcher } from '../pipeline/records.ts';
import { type BatchSketch, BREAKING, batchOf, eventOf, LASTING, MINUTE_MS, RETRYABLE, START_MS } from './events.ts';

const JSON_BODY = { 'content-type': 'application/json' };

async function api() {
  const clock = { ms: START_MS };
  const status: { now: ProcessStatus } = { now: { phase: 'running', problems: [] } };
  const dashboard = new Dashboard({
    matcher: () => matcher,
    redactor: DEFAULT_REDACTOR,
    status: () => status.now,
    version: '1.2.3',
    now: () => clock.ms,
  });
  const { url } = await serve({ routes: dashboard.routes });
  const get = (path: string) => ask(`${url}/api/v1${path}`);
  return {
    clock,
    status,
    dashboard,
    add: (sketch: BatchSketch) => dashboard.add(batchOf(sketch)),
    get,
    /** The answer, which must be as the document says. */
    json: async <T>(path: string): Promise<T> => {
      const { status: code, headers, body } = await get(path);
      expect([code, headers['content-type']]).toEqual([200, 'application/json']);
      return asDocumented(path, JSON.parse(body)) as T;
    },
    post: (path: string, body: string, headers = JSON_BODY) =>
      ask(`${url}/api/v1${path}`, { method: 'POST', body, headers }),
  };
}

function asDocumented(path: string, value: unknown): unknown {
  const parts = `/api/v1${path.split('?')[0]}`.split('/');
  const operation = OPERATIONS.find(({ path: pattern }) => {
    const wanted = pattern.split('/');
    return wanted.length === parts.length && wanted.every((each, i) => each.startsWith('{') || each === parts[i]);
  });
  return operation!.answer.schema === undefined ? value : operation!.answer.schema.parse(value);
}

const UNKNOWN = eventOf({ error_type: null, message: 'quota of 5 GB used up, refresh token', connector_id: 'c-9' });

describe('the API', () => {
  it('answers everything in the form that its document says, with and without anything to say', async () => {
    const { add, json, get, post, clock } = await api();
    const paths = [
      ...['/overview', '/overview?window=24h', '/connectors', '/error-types', '/error-types?seen=all', '/unclassified'],
      `/error-types/${BREAKING}`,
    ];
    for (const path of paths) await json(path);
    add({ atMs: START_MS, events: [eventOf(), eventOf({ error_type: LASTING, connector_id: null }), UNKNOWN], lag: 3 });
    clock.ms += 7 * MINUTE_MS;
    for (const path of paths) await json(path);
    const { rows } = await json<ConnectorList>('/connectors');
    for (const { key } of rows) await json(`/connectors/${key}`);
    await json(`/unclassified/${UNKNOWN.fingerprint}`);
    await json('/error-types/unclassified');
    const draft = await get(`/unclassified/${UNKNOWN.fingerprint}/draft`);
    expect([draft.status, draft.headers['content-type']]).toEqual([200, 'application/yaml']);
    expect(JSON.parse((await get('/openapi.json')).body)).toEqual(openApiDocument('1.2.3'));
    const explained = await post('/explain', JSON.stringify({ message: 'what is this?' }));
    expect(explained.status).toBe(200);
    asDocumented('/explain', JSON.parse(explained.body));
  });

  it('puts first what needs attention', async () => {
    const { add, json } = await api();
    const of = (connector_id: string, error_type: string, count: number) =>
      Array.from({ length: count }, () => eventOf({ connector_id, error_type }));
    add({
      atMs: START_MS,
      events: [
        ...of('single', RETRYABLE, 1),
        ...of('some', RETRYABLE, 5),
        ...of('broken', BREAKING, 2),
        ...of('many', RETRYABLE, 50),
      ],
    });
    const { connectors } = await json<Overview>('/overview');
    expect(connectors.rows.map(({ connector_id, state }) => [connector_id, state])).toEqual([
      ['many', 'failing'],
      ['broken', 'failing'],
      ['some', 'degraded'],
      ['single', 'healthy'],
    ]);
    expect(connectors.counts).toEqual({ total: 4, failing: 2, degraded: 1, healthy: 1, folded_records: 0 });
    expect(connectors.rows[1]).toMatchObject({
      app: 'box',
      app_name: 'Box',
      since: '2026-11-24T06:00:00.000Z',
      dominant: { error_type: BREAKING, share: 1 },
      action: { action: 'reconnect', retryable: false },
    });
  });

  it('says which error a connector has most of late, not ever', async () => {
    const { add, json, clock } = await api();
    const of = (error_type: string, count: number) => Array.from({ length: count }, () => eventOf({ error_type }));
    add({ atMs: START_MS, events: of(RETRYABLE, 100) });
    clock.ms += 60 * MINUTE_MS;
    add({ atMs: clock.ms, events: of(LASTING, 5) });
    const { rows } = await json<ConnectorList>('/connectors');
    expect(rows[0]!.dominant).toMatchObject({ error_type: LASTING });
  });

  it('filters, sorts and pages connectors', async () => {
    const { add, json } = await api();
    const ids = Array.from({ length: 30 }, (_, i) => `c-${String(i).padStart(2, '0')}`);
    add({
      atMs: START_MS,
      events: ids.map((connector_id, i) =>
        eventOf({ connector_id, app: i % 2 === 0 ? 'box' : 'okta', error_type: i < 3 ? LASTING : null }),
      ),
    });
    const found = async (query: string) => {
      const { rows, total } = await json<ConnectorList>(`/connectors?sort=name&${query}`);
      return [total, ...rows.map(({ connector_id }) => connector_id)];
    };
    expect(await found('limit=2&offset=3')).toEqual([30, 'c-06', 'c-08']);
    expect(await found('app=okta&limit=1')).toEqual([15, 'c-01']);
    expect(await found('q=C-1&app=box')).toEqual([5, 'c-10', 'c-12', 'c-14', 'c-16', 'c-18']);
    expect(await found(`error_type=${LASTING}`)).toEqual([3, 'c-00', 'c-02', 'c-01']);
    expect((await found('error_type=unclassified'))[0]).toBe(27);
    expect((await found('state=degraded'))[0]).toBe(3);
    expect(await found('q=nothing-like-it')).toEqual([0]);
  });

  it('shows an error type with whom it hits, its spikes and its latest examples', async () => {
    const { add, json, clock } = await api();
    for (let minute = 0; minute < 120; minute++) add({ atMs: START_MS + minute * MINUTE_MS, events: [eventOf()] });
    clock.ms = START_MS + 121 * MINUTE_MS;
    const many = Array.from({ length: 90 }, (_, i) =>
      eventOf({ connector_id: `c-${i % 3}`, tenant_id: `t-${i % 30}` }),
    );
    add({ atMs: clock.ms, events: many });
    const detail = await json<ErrorTypeDetail>(`/error-types/${BREAKING}`);
    expect(detail.type).toMatchObject({
      error_count: 210,
      spiking: true,
      connectors: 3,
      first_seen: expect.any(String),
    });
    expect(detail.entry!.resolution.steps.length).toBeGreaterThan(0);
    expect(detail.connectors.map(({ connector_id, error_count }) => [connector_id, error_count])).toContainEqual([
      'c-2',
      30,
    ]);
    expect(detail.tenants).toHaveLength(20);
    expect(detail.tenants.reduce((sum, { error_count }) => sum + error_count, detail.tenants_other)).toBe(210);
    expect(detail.day.spikes).toEqual([
      expect.objectContaining({ error_type: BREAKING, from: '2026-11-24T08:00:00.000Z', usual_per_minute: 1 }),
    ]);
    expect(detail.examples).toHaveLength(5);
    expect(detail.examples[0]).toMatchObject({ text: 'Invalid refresh token', span: { start: 0, end: 7 } });
    const { error_types } = await json<Overview>('/overview');
    expect(error_types).toEqual({ seen: 1, spiking: [BREAKING] });
  });

  it('charts the most frequent types, and the rest as one', async () => {
    const { add, json } = await api();
    const types = matcher.catalog.entries.slice(0, 13).map(({ id }) => id);
    add({
      atMs: START_MS,
      events: types.flatMap((error_type, i) => Array.from({ length: 20 - i }, () => eventOf({ error_type }))),
    });
    const { chart } = await json<Overview>('/overview');
    expect(chart.series.map(({ error_type }) => error_type)).toEqual(types.slice(0, 10));
    expect(chart.series.map(({ counts }) => [counts.length, counts.at(-1)])).toEqual(
      types.slice(0, 10).map((_, i) => [360, 20 - i]),
    );
    expect(chart.other.at(-1)).toBe(10 + 9 + 8);
    expect(Date.parse(chart.start) + 359 * 10_000).toBe(START_MS);
  });

  it('shows what no entry fits, with what comes near', async () => {
    const { add, json } = await api();
    const again = eventOf({ error_type: null, message: 'quota of 17 GB used up, refresh token', connector_id: 'c-9' });
    add({ atMs: START_MS, events: [UNKNOWN, again, eventOf({ error_type: null, message: 'disk is full' })] });
    const { rows, counts } = await json<UnclassifiedList>('/unclassified');
    expect(rows.map(({ template, error_count }) => [template, error_count])).toEqual([
      ['quota of <*> GB used up, refresh token', 2],
      ['disk is full', 1],
    ]);
    expect(counts).toEqual({ groups: 2, forgotten_groups: 0, forgotten_records: 0 });
    const { nearest, draft } = await json<UnclassifiedDetail>(`/unclassified/${rows[0]!.fingerprint}`);
    expect(nearest.map(({ error_type }) => error_type)).toContain(BREAKING);
    expect(draft).toMatchObject({ file: 'box.yaml', problems: [] });
  });

  it('explains a message as the command does, without its secrets', async () => {
    const { post } = await api();
    const message =
      'BoxServerException: {"error":"invalid_grant","error_description":"Invalid refresh token"} client_secret=hunter2hunter2';
    const { status, body } = await post('/explain', JSON.stringify({ message, app: 'Box' }));
    expect([status, body.includes('hunter2')]).toEqual([200, false]);
    const { match, message: shown } = JSON.parse(body);
    expect(match).toMatchObject({ error_type: BREAKING, confidence: 'partial' });
    expect(shown.slice(match.span.start, match.span.end)).toContain('invalid_grant');
  });

  it.each([
    ['/connectors?limit=0', 400, /limit/],
    ['/connectors?limit=many', 400, /limit/],
    ['/connectors?sort=size', 400, /sort.*attention/],
    ['/connectors?colour=red', 400, /colour/],
    ['/overview?window=1y', 400, /window.*1h/],
    ['/connectors/nothing', 404, /no connector "nothing"/],
    ['/error-types/box.nothing', 404, /no error type "box.nothing"/],
    ['/unclassified/0', 404, /no group of unclassified messages "0"/],
    ['/unclassified/0/draft', 404, /no group/],
    [`/connectors/${'x'.repeat(101)}`, 404, /"x{100}\.\.\."/],
  ])('refuses GET %s with a sentence', async (path, status, sentence) => {
    const { get } = await api();
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(problemSchema.parse(JSON.parse(answer.body)).error).toMatch(sentence);
  });

  it.each([
    ['no JSON', '{"message":', 400, /not JSON/],
    ['no message', '{}', 400, /message.*found nothing/],
    ['an empty message', '{"message":" \\n"}', 400, /found an empty text/],
    ['a message too long', JSON.stringify({ message: 'x'.repeat(32_769) }), 400, /32768/],
    ['a field unknown', '{"message":"x","colour":"red"}', 400, /colour/],
    ['a body too long', JSON.stringify({ message: 'x'.repeat(300_000) }), 413, /./],
  ])('refuses to explain: %s', async (_, body, status, sentence) => {
    const { post } = await api();
    const answer = await post('/explain', body);
    expect([answer.status, problemSchema.parse(JSON.parse(answer.body)).error]).toEqual([
      status,
      expect.stringMatching(sentence),
    ]);
  });

  it('takes a message of the greatest length with every character escaped', async () => {
    const { post } = await api();
    const body = `{"message":"${'\\u00e9'.repeat(32_768)}"}`;
    expect((await post('/explain', body)).status).toBe(200);
  });
});

describe('the state of the pipeline', () => {
  const pipeline = async ({ json }: Awaited<ReturnType<typeof api>>) => (await json<Overview>('/overview')).pipeline;

  it('is running while records are finished, and idle when none are left', async () => {
    const page = await api();
    page.add({ atMs: START_MS, events: [eventOf()], lag: 10, delayMs: 2_500 });
    page.clock.ms += 5_000;
    expect(await pipeline(page)).toEqual({
      state: 'running',
      reasons: [],
      last_batch_at: '2026-11-24T06:00:00.000Z',
      partitions: 1,
      lag_records: 10,
      delay_seconds: 2.5,
    });
    page.add({ atMs: page.clock.ms, events: [eventOf()], lag: 0 });
    page.clock.ms += 10_000;
    expect(await pipeline(page)).toMatchObject({ state: 'idle', lag_records: 0 });
  });

  it('is stalled when records are left and none is finished', async () => {
    const page = await api();
    page.dashboard.assign([{ topic: 'in', partition: 0 }]);
    page.dashboard.setLag({ topic: 'in', partition: 0, lag: 8 });
    page.clock.ms += 30_000;
    expect(await pipeline(page)).toMatchObject({
      state: 'stalled',
      reasons: ['8 records are left and none was finished for 30 s'],
    });
  });

  it('is not stalled by the first record after a quiet time, but by one that nobody finishes', async () => {
    const page = await api();
    page.add({ atMs: START_MS, events: [eventOf()], lag: 0 });
    page.clock.ms += 60 * MINUTE_MS;
    page.dashboard.setLag({ topic: 'in', partition: 0, lag: 1 });
    expect(await pipeline(page)).toMatchObject({ state: 'running', lag_records: 1 });
    page.clock.ms += 20_000;
    // More that come do not make it younger.
    page.dashboard.setLag({ topic: 'in', partition: 1, lag: 5 });
    page.dashboard.setLag({ topic: 'in', partition: 0, lag: 2 });
    page.clock.ms += 10_000;
    expect(await pipeline(page)).toMatchObject({
      state: 'stalled',
      reasons: ['7 records are left and none was finished for 30 s'],
    });
  });

  it('says what the process says of itself', async () => {
    const page = await api();
    page.status.now = { phase: 'starting', problems: [] };
    expect(await pipeline(page)).toMatchObject({ state: 'starting' });
    page.status.now = { phase: 'running', problems: ['publishing waits: no broker answers'] };
    expect(await pipeline(page)).toMatchObject({ state: 'waiting', reasons: ['publishing waits: no broker answers'] });
    page.status.now = { phase: 'draining', problems: [] };
    expect(await pipeline(page)).toMatchObject({ state: 'draining' });
  });

  it('forgets the lag of partitions that went to another process', async () => {
    const page = await api();
    page.dashboard.assign([{ topic: 'in', partition: 0 }]);
    page.add({ atMs: START_MS, events: [eventOf()], lag: 10 });
    page.dashboard.assign([{ topic: 'in', partition: 1 }]);
    page.add({ atMs: START_MS, events: [eventOf()], lag: 10 });
    expect(await pipeline(page)).toMatchObject({ partitions: 1, lag_records: 0 });
  });

  it('keeps the lag of partitions that stay when others are given', async () => {
    const page = await api();
    page.dashboard.assign([{ topic: 'in', partition: 0 }]);
    page.add({ atMs: START_MS, events: [eventOf()], lag: 10 });
    page.dashboard.assign([0, 1].map((partition) => ({ topic: 'in', partition })));
    expect(await pipeline(page)).toMatchObject({ partitions: 2, lag_records: 10 });
  });
});
