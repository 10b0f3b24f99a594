/**
 * `npm run bench -- NAME`: ratios against something run in the same process; for `job`, absolute figures of the service in a
 * process of its own.
 */
import { benchDashboard } from './dashboard.ts';
import { benchJob } from './job.ts';
import { benchMatcher } from './matcher.ts';
import { benchRedaction } from './redaction.ts';

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  dashboard: benchDashboard,
  job: benchJob,
  matcher: benchMatcher,
  redaction: benchRedaction,
};

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')}\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
