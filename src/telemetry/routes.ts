/** /metrics, /livez and /readyz. */
import { jsonAnswer, type Route } from '../http/route.ts';
import type { Health, Verdict } from './health.ts';
import type { Metrics } from './metrics.ts';

export function telemetryRoutes(metrics: Pick<Metrics, 'exposition'>, health: Pick<Health, 'live' | 'ready'>): Route[] {
  const probe = (path: string, ask: () => Verdict): Route => ({
    method: 'GET',
    path,
    access: 'probe',
    handle: () => {
      const verdict = ask();
      return jsonAnswer(verdict.ok ? 200 : 503, verdict);
    },
  });
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'guarded',
      handle: async () => {
        const { contentType, body } = await metrics.exposition();
        return { status: 200, headers: { 'content-type': contentType }, body };
      },
    },
    probe('/livez', () => health.live()),
    probe('/readyz', () => health.ready()),
  ];
}
