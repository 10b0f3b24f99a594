import { describe, expect, it } from 'vitest';
import { Health, STUCK_AFTER_MS } from '../../src/telemetry/health.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { telemetryRoutes } from '../../src/telemetry/routes.ts';
import { ask, serve } from '../http/serve.ts';
import { matcher } from '../pipeline/records.ts';

/** The routes on a free port, and the clock that their health reads. */
async function serveTelemetry() {
  const clock = { ms: 0 };
  const health = new Health(() => clock.ms);
  const metrics = new Metrics({
    catalog: matcher.catalog,
    maxConnectors: 1,
    countsInferred: false,
    topics: { input: 'in', output: 'out', deadLetter: 'dlq' },
    version: '1',
  });
  const { url } = await serve({ routes: telemetryRoutes(metrics, health) });
  return { url, health, clock };
}

describe('telemetryRoutes', () => {
  it('gives the metrics in the Prometheus format', async () => {
    const { url } = await serveTelemetry();
    const { status, body, headers } = await ask(`${url}/metrics`);
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain(`triage_catalog_entries ${matcher.catalog.entries.length}`);
  });

  it('is ready when it runs and publishing works, and says why it is not', async () => {
    const { url, health } = await serveTelemetry();
    const ready = () => ask(`${url}/readyz`);
    expect(await ready()).toMatchObject({ status: 503, body: expect.stringContaining('joining the consumer group') });
    health.enter('running');
    expect(await ready()).toMatchObject({ status: 200, body: '{"ok":true,"reasons":[]}\n' });
    health.setProblem('publishing', 'no leader');
    expect(await ready()).toMatchObject({ status: 503, body: expect.stringContaining('publishing waits: no leader') });
    health.setProblem('publishing', undefined);
    health.enter('draining');
    expect(await ready()).toMatchObject({ status: 503, body: expect.stringContaining('shutting down') });
  });

  it('is alive unless a batch is stuck although publishing works', async () => {
    const { url, health, clock } = await serveTelemetry();
    const live = async () => (await ask(`${url}/livez`)).status;
    health.enter('running');
    clock.ms += 10 * STUCK_AFTER_MS;
    expect(await live()).toBe(200);
    health.batchStarted();
    clock.ms += STUCK_AFTER_MS + 1;
    expect(await live()).toBe(503);
    health.batchFinished();
    expect(await live()).toBe(200);
    health.batchStarted();
    health.setProblem('reading', 'broker away');
    clock.ms += STUCK_AFTER_MS + 1;
    expect(await live()).toBe(200);
  });

  it('gives the probes to everybody, and the metrics to who is signed in', async () => {
    const health = new Health(() => 0);
    const metrics = { exposition: async () => ({ contentType: 'text/plain', body: 'm 1\n' }) };
    const token = 'a-token-for-this-test';
    const { url } = await serve({ routes: telemetryRoutes(metrics, health), token });
    const statuses = ['/livez', '/readyz', '/metrics'].map(async (path) => (await ask(`${url}${path}`)).status);
    expect(await Promise.all(statuses)).toEqual([200, 503, 401]);
    const headers = { authorization: `Bearer ${token}` };
    expect(await ask(`${url}/metrics`, { headers })).toMatchObject({ status: 200, body: 'm 1\n' });
  });
});
