import { describe, expect, it } from 'vitest';
import { RULE_DEFAULTS } from '../../src/alerting/prometheus-rules.ts';
import { type ErrorKind, FAILING_ERRORS, StateOfConnector } from '../../src/dashboard/connector-state.ts';
import { Ring } from '../../src/dashboard/ring.ts';
import { MINUTE_MS, START_MS } from './events.ts';

const BREAKS: ErrorKind = { breaks: true, lasts: true };
const LASTS: ErrorKind = { breaks: false, lasts: true };
const PASSES: ErrorKind = { breaks: false, lasts: false };

/** A connector with errors at these minutes. */
function stateAfter(errors: readonly (readonly [minute: number, count: number, kind: ErrorKind | undefined])[]) {
  const minutes = new Ring(MINUTE_MS, 60);
  const state = new StateOfConnector();
  for (const [minute, count, kind] of errors) {
    const atMs = START_MS + minute * MINUTE_MS;
    minutes.add(atMs, count);
    state.observe(atMs, count, kind, minutes);
  }
  return (minute: number) => {
    const { state: name, sinceMs } = state.at(START_MS + minute * MINUTE_MS);
    return [name, sinceMs === undefined ? undefined : (sinceMs - START_MS) / MINUTE_MS];
  };
}

describe('the state of a connector', () => {
  it('is healthy after single errors that pass', () => {
    const at = stateAfter([[0, 2, PASSES]]);
    expect(at(1)).toEqual(['healthy', undefined]);
  });

  it('is degraded for a while after 3 errors within 10 minutes', () => {
    const at = stateAfter([
      [0, 1, PASSES],
      [9, 2, PASSES],
    ]);
    expect([at(9), at(23.9), at(24)]).toEqual([
      ['degraded', 0],
      ['degraded', 0],
      ['healthy', undefined],
    ]);
  });

  it('stays healthy when the same errors are further apart', () => {
    const at = stateAfter([
      [0, 1, PASSES],
      [10, 2, PASSES],
    ]);
    expect(at(10)).toEqual(['healthy', undefined]);
  });

  it('is degraded for half an hour after one error that waiting does not mend', () => {
    const at = stateAfter([[5, 1, LASTS]]);
    expect([at(5), at(34.9), at(35)]).toEqual([
      ['degraded', 5],
      ['degraded', 5],
      ['healthy', undefined],
    ]);
  });

  it('fails since the first of two errors that say that the connection is broken', () => {
    const at = stateAfter([
      [3, 1, BREAKS],
      [30, 1, BREAKS],
    ]);
    expect([at(30), at(59.9), at(60)]).toEqual([
      ['failing', 3],
      ['failing', 3],
      ['healthy', undefined],
    ]);
  });

  it('does not fail by two such errors that are more than half an hour apart', () => {
    const at = stateAfter([
      [0, 1, BREAKS],
      [31, 1, BREAKS],
    ]);
    expect(at(31)).toEqual(['degraded', 31]);
  });

  it('fails by many errors of any kind, and by as many as the alert', () => {
    const at = stateAfter([
      [0, FAILING_ERRORS - 1, undefined],
      [5, 1, undefined],
    ]);
    expect([at(4), at(5), at(19.9), at(20)]).toEqual([
      ['failing', 0],
      ['failing', 0],
      ['failing', 0],
      ['healthy', undefined],
    ]);
    expect(FAILING_ERRORS).toBe(RULE_DEFAULTS.connectorFloor);
  });

  it('keeps its beginning while errors go on', () => {
    const at = stateAfter(Array.from({ length: 12 }, (_, i) => [i * 14, FAILING_ERRORS, PASSES] as const));
    expect(at(11 * 14)).toEqual(['failing', 0]);
  });

  it('begins anew after it was over', () => {
    const at = stateAfter([
      [0, FAILING_ERRORS, PASSES],
      [40, FAILING_ERRORS, PASSES],
    ]);
    expect(at(40)).toEqual(['failing', 40]);
  });
});
