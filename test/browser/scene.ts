/** A stage with something to look at: hours of the demo, a spike, connectors in every state, and hostile texts. */
import { Stage, type StageOptions } from './stage.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EVENTS_PER_SECOND = 1;

export const HOSTILE =
  '<img src=x onerror="document.title=1"> \u202egnp.exe\u202c zero\u200bwidth \u0000 \ud800 </pre><script>alert(1)</script>';

/** Ends at `endMs`. */
export function scene({ endMs, ...options }: { readonly endMs: number } & Omit<StageOptions, 'startMs'>): Stage {
  const stage = new Stage({ ...options, startMs: endMs - 3 * HOUR_MS, eventsPerSecond: EVENTS_PER_SECOND });
  const quietMs = 3 * HOUR_MS - 9 * MINUTE_MS;
  stage.play((quietMs / 1000) * EVENTS_PER_SECOND, quietMs);
  stage.add(['notion-1', 'github-1', 'gitlab-1'].map((id) => timeoutOf(id)));
  stage.add([{ ...timeoutOf('hostile'), app: 'box', message: HOSTILE, connector_id: HOSTILE, tenant_id: HOSTILE }]);
  for (let minute = 0; minute < 9; minute++) {
    stage.add(Array.from({ length: 22 }, (_, i) => refusedOf(`box-eu-${(i % 3) + 1}`, stage.nowMs)));
    stage.play(MINUTE_MS / 1000, MINUTE_MS);
  }
  return stage;
}

/** An error that waiting alone mends: one of it leaves a connector healthy. */
export function timeoutOf(connector: string) {
  return {
    severity: 'error',
    app: 'zendesk',
    connector_id: connector,
    message: 'SocketTimeoutException: Read timed out',
  };
}

export function refusedOf(connector: string, atMs: number) {
  return {
    severity: 'error',
    app: 'box',
    connector_id: connector,
    tenant_id: `tenant-of-${connector}`,
    timestamp: new Date(atMs).toISOString(),
    message: 'BoxServerException: {"error":"invalid_grant","error_description":"Invalid refresh token"}',
  };
}
