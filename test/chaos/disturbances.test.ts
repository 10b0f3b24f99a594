import { expect, it } from 'vitest';
import { disturbancesOf } from '../../chaos/disturbances.ts';

const event = (name: string, atMs: number) => ({ event: name, atMs, fields: {} });

it('finds the moments of assignments, and the times in which a worker could not write', () => {
  const events = [
    event('started', 1),
    event('assignment', 10),
    event('sink-waiting', 20),
    event('assignment', 25),
    event('sink-ok', 30),
    event('sink-waiting', 40),
    event('sink-ok', 41),
    event('stopped', 50),
  ];
  expect(disturbancesOf(events, 60)).toEqual([
    { fromMs: 10, toMs: 10 },
    { fromMs: 20, toMs: 30 },
    { fromMs: 25, toMs: 25 },
    { fromMs: 40, toMs: 41 },
  ]);
});

it('takes the end of the process for the end of a time in which it could not write', () => {
  expect(disturbancesOf([event('sink-waiting', 20), event('draining', 30)], 60)).toEqual([{ fromMs: 20, toMs: 60 }]);
});
