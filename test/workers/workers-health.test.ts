import { describe, expect, it } from 'vitest';
import type { WorkerHealth } from '../../src/workers/protocol.ts';
import { WorkersHealth } from '../../src/workers/workers-health.ts';

const RUNNING: WorkerHealth = { phase: 'running', problems: [], live: { ok: true, reasons: [] } };
const STARTING: WorkerHealth = { ...RUNNING, phase: 'starting' };
const WAITING: WorkerHealth = { ...RUNNING, problems: ['publishing waits: Kafka is away'] };
const STUCK: WorkerHealth = { ...RUNNING, live: { ok: false, reasons: ['no batch finished for 400 s'] } };

describe('WorkersHealth', () => {
  it('is ready once one worker reads: the others may have no partition', () => {
    const health = new WorkersHealth(() => 0);
    expect(health.ready()).toEqual({ ok: false, reasons: ['joining the consumer group'] });
    health.set(1, STARTING);
    expect(health.ready().ok).toBe(false);
    health.set(2, RUNNING);
    expect(health.ready()).toEqual({ ok: true, reasons: [] });
    health.end(2);
    expect(health.ready().ok).toBe(false);
  });

  it('says once why records wait, when several wait for the same', () => {
    const health = new WorkersHealth(() => 0);
    health.set(1, WAITING);
    health.set(2, WAITING);
    expect(health.ready()).toEqual({ ok: false, reasons: WAITING.problems });
  });

  it('is not ready while it drains', () => {
    const health = new WorkersHealth(() => 0);
    health.set(1, RUNNING);
    health.drain();
    expect(health.ready()).toEqual({ ok: false, reasons: ['shutting down'] });
    expect(health.status().phase).toBe('draining');
  });

  it('is not alive when a worker is stuck, or has not been heard of for long', () => {
    let now = 0;
    const health = new WorkersHealth(() => now);
    health.set(1, RUNNING);
    health.set(2, STUCK);
    expect(health.live()).toEqual({ ok: false, reasons: ['worker 2: no batch finished for 400 s'] });
    health.set(2, RUNNING);
    now = 300_001;
    health.set(1, RUNNING);
    expect(health.live()).toEqual({ ok: false, reasons: ['worker 2: no report for 300 s'] });
  });
});
