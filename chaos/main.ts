/** `npm run chaos`: breaks a real cluster in every way it knows, and checks that nothing is lost. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, type as osType, totalmem } from 'node:os';
import { EXIT, messageOf, TriageError } from '../src/errors.ts';
import { helpText, parseOptions } from './options.ts';
import { failures, markdownReport, table } from './report.ts';
import { passed, runChaos, type ScenarioResult } from './run.ts';
import { SCENARIOS } from './scenarios/all.ts';

const REPORT_FOLDER = 'reports';
const REPORT = `${REPORT_FOLDER}/chaos-report.md`;
const LOG_FOLDER = `${REPORT_FOLDER}/chaos-logs`;

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(helpText());
    return EXIT.ok;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const startMs = performance.now();
  const log = (line: string) => {
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    process.stderr.write(`${seconds.padStart(7)} s  ${line}\n`);
  };
  log(`seed ${seed}`);
  const results = await runChaos({ ...options, seed, env: process.env, log });
  log('done');
  process.stdout.write(`\n${table(results)}\nseed ${seed}\n`);
  if (options.effort === 'full') {
    const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${osType()}`;
    const context = {
      seed,
      command: `npm run chaos -- ${[...args, ...(options.seed === undefined ? ['--seed', String(seed)] : [])].join(' ')}`,
      finishedAt: new Date().toISOString(),
      machine,
      scenariosInAll: SCENARIOS.length,
    };
    await mkdir(REPORT_FOLDER, { recursive: true });
    await writeFile(REPORT, markdownReport(results, context));
    process.stdout.write(`written to ${REPORT}\n`);
  }
  if (results.every(passed)) return EXIT.ok;
  process.stdout.write(`\n${failures(results)}`);
  await writeLogs(results);
  process.stdout.write(`\nthe logs of the processes are in ${LOG_FOLDER}\n`);
  return EXIT.findings;
}

/** Of what did not pass, in place of those of the last run. */
async function writeLogs(results: readonly ScenarioResult[]): Promise<void> {
  await rm(LOG_FOLDER, { recursive: true, force: true });
  await mkdir(LOG_FOLDER, { recursive: true });
  for (const [name, log] of results.flatMap(({ logs }) => [...logs])) {
    await writeFile(`${LOG_FOLDER}/${name}.log`, `${log}\n`);
  }
}

// Brokers and workers notice that this process is gone, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof TriageError ? EXIT[error.kind] : EXIT.internal;
}
