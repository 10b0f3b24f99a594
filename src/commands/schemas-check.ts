/** `triage schemas check`: are our schemas compatible both ways with those of another version? */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SchemaCheck } from '../avro/check-schemas.ts';
import { EXIT } from '../errors.ts';
import { print } from './print.ts';

const NOTES = `
Compatible both ways: this version reads what the other wrote, and the other reads what this one writes, by the rules of
Avro. Exit code 1 when one is not.`;

export function addSchemasCheck(schemas: Command): void {
  schemas
    .command('check')
    .description('Check that the schemas are compatible with another version, both ways.')
    .option('--against <folder>', 'folder with the .avsc files of the other version (default: the last release)')
    .addHelpText('after', NOTES)
    .action(async ({ against }: { against?: string }) => {
      const { checkSchemas, lastReleased } = await import('../avro/check-schemas.ts');
      const folder = against === undefined ? lastReleased() : resolve(against);
      const checks = checkSchemas(folder);
      await print(render(checks, basename(folder)));
      if (checks.some(({ status }) => status === 'incompatible')) process.exitCode = EXIT.findings;
    });
}

const STATUS_WIDTH = 'incompatible'.length;

function render(checks: readonly SchemaCheck[], version: string): string {
  const indent = ' '.repeat(STATUS_WIDTH + 2);
  const lines = checks.flatMap(({ name, status, backward, forward }) => [
    `${status.padEnd(STATUS_WIDTH)}  ${name}: ${status === 'new' ? `not in ${version}` : `with ${version}`}`,
    ...backward.map(({ path, problem }) => `${indent}reading what ${version} wrote: ${path} ${problem}`),
    ...forward.map(({ path, problem }) => `${indent}${version} reading what this writes: ${path} ${problem}`),
  ]);
  return `${lines.join('\n')}\n`;
}
