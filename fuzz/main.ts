/** `npm run fuzz`: see `--help`. */
import { EXIT, messageOf, TriageError } from '../src/errors.ts';
import { helpText, parseOptions } from './options.ts';
import { planOf } from './plan.ts';
import { countOf, findingsText, table } from './report.ts';
import { supervise } from './supervise.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(helpText());
    return EXIT.ok;
  }
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  process.stderr.write(`seed ${seed}\n`);
  const results = await supervise(planOf(options, seed), ({ target, inputs, seconds, findings }) => {
    process.stderr.write(`${target}: ${inputs} inputs, ${findings.length} findings (${seconds.toFixed(1)} s)\n`);
  });
  const count = countOf(results);
  process.stdout.write(`\n${table(results)}\nseed ${seed}, ${count} findings\n${findingsText(results)}`);
  return count === 0 ? EXIT.ok : EXIT.findings;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof TriageError ? EXIT[error.kind] : EXIT.internal;
}
