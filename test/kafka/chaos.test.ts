/** A short part of `npm run chaos`, so that a change which loses records fails here. */
import { expect, test } from 'vitest';
import { failures, table } from '../../chaos/report.ts';
import { holds, runChaos } from '../../chaos/run.ts';
import { brokerKill } from '../../chaos/scenarios/brokers.ts';
import { BOTH } from '../../chaos/scenarios/scenario.ts';
import { diskFull } from '../../chaos/scenarios/topics.ts';
import { killBeforeCommit } from '../../chaos/scenarios/workers.ts';

test('nothing is lost when a worker, its writes and a broker fail', { timeout: 300_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const log: string[] = [];
  const results = await runChaos({
    plan: [killBeforeCommit, diskFull, brokerKill].map((scenario) => ({ scenario, deliveries: BOTH })),
    effort: 'quick',
    seed,
    env: process.env,
    log: (line) => log.push(line),
  });
  const report = `seed ${seed}\n${table(results)}\n${failures(results)}\n${log.join('\n')}`;
  // How long recoveries take is for `npm run chaos` to judge, on a machine without other work.
  expect(
    results.filter((result) => !holds(result)),
    report,
  ).toEqual([]);
  const duplicates = results.find(
    ({ scenario, delivery }) => scenario === killBeforeCommit.name && delivery === 'at-least-once',
  )?.verdict?.duplicates;
  expect(duplicates, `the commit was not held back, so nothing was put to the test:\n${report}`).toBeGreaterThan(0);
});
