import { afterEach, describe, expect, it } from 'vitest';
import { Health, STUCK_AFTER_MS } from '../../src/telemetry/health.ts';
import { type HttpEndpoint, serveHttp } from '../../src/telemetry/http.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { matcher } from '../pipeline/records.ts';

const TOPICS = { input: 'in', output: 'out', deadLetter: 'dlq' };

let open: HttpEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.map((endpoint) => endpoint.close()));
  open = [];
});

/** A server on a free port, and the clock that its health reads. */
async function serve(port = 0) {
  const clock = { ms: 0 };
  const health = new Health(() => clock.ms);
  const metrics = new Metrics({
    catalog: matcher.catalog,
    maxConnectors: 1,
    countsInferred: false,
    topics: TOPICS,
    version: '1',
  });
  const endpoint = await serveHttp({ host: '127.0.0.1', port, metrics, health });
  open.push(endpoint);
  return { url: endpoint.url, health, clock };
}

async function get(url: string) {
  const response = await fetch(url);
  return { status: response.status, body: await response.text(), type: response.headers.get('content-type') };
}

describe('serveHttp', () => {
  it('gives the metrics in the Prometheus format', async () => {
    const { url } = await serve();
    const { status, body, type } = await get(`${url}/metrics`);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain(`triage_catalog_entries ${matcher.catalog.entries.length}`);
  });

  it('is ready when it runs and publishing works, and says why it is not', async () => {
    const { url, health } = await serve();
    expect(await get(`${url}/readyz`)).toMatchObject({
      status: 503,
      body: expect.stringContaining('joining the consumer group'),
    });
    health.enter('running');
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 200 });
    health.setProblem('publishing', 'no leader');
    expect(await get(`${url}/readyz`)).toMatchObject({
      status: 503,
      body: expect.stringContaining('publishing waits: no leader'),
    });
    health.setProblem('publishing', undefined);
    health.enter('draining');
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, body: expect.stringContaining('shutting down') });
  });

  it('is alive unless a batch is stuck although publishing works', async () => {
    const { url, health, clock } = await serve();
    health.enter('running');
    clock.ms += 10 * STUCK_AFTER_MS;
    expect(await get(`${url}/livez`)).toMatchObject({ status: 200 });
    health.batchStarted();
    clock.ms += STUCK_AFTER_MS + 1;
    expect(await get(`${url}/livez`)).toMatchObject({ status: 503 });
    health.batchFinished();
    expect(await get(`${url}/livez`)).toMatchObject({ status: 200 });
    health.batchStarted();
    health.setProblem('reading', 'broker away');
    clock.ms += STUCK_AFTER_MS + 1;
    expect(await get(`${url}/livez`)).toMatchObject({ status: 200 });
  });

  it('changes nothing and knows nothing else', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await get(`${url}/secrets`)).status).toBe(404);
  });

  it('says which address is taken and how to choose another one', async () => {
    const { url } = await serve();
    const port = Number(new URL(url).port);
    await expect(serve(port)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
  });
});
