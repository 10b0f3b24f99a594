/** `triage catalog check|list|show`: look at the catalog without running anything. */
import type { Command } from 'commander';
import { checkCatalog } from '../catalog/check.ts';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { EXIT, TriageError } from '../errors.ts';
import { compile } from '../matcher/matcher.ts';
import { renderEntry, renderTable } from '../render.ts';

export function addCatalogCommands(program: Command): void {
  const catalog = program.command('catalog').description('Check and read the catalog of known errors.');
  const add = (name: string, description: string) =>
    catalog
      .command(name)
      .description(description)
      .option('--catalog <folder>', 'folder with the catalog files', BUNDLED_CATALOG);

  add('check', 'Load the catalog and try every example; exit code 1 when something is wrong.').action(
    (options: { catalog: string }) => {
      const loaded = loadCatalog(options.catalog);
      const findings = checkCatalog(compile(loaded));
      for (const { location, message } of findings) process.stdout.write(`${location}: ${message}\n`);
      const examples = loaded.entries.reduce(
        (sum, { examples: { match, noMatch } }) => sum + match.length + noMatch.length,
        0,
      );
      const summary = `${loaded.entries.length} entries, ${examples} examples, ${findings.length} findings`;
      process.stderr.write(`catalog ${loaded.version} (${loaded.digest}): ${summary}\n`);
      if (findings.length > 0) process.exitCode = EXIT.findings;
    },
  );

  add('list', 'List all entries.').action((options: { catalog: string }) => {
    const rows = loadCatalog(options.catalog).entries.map((entry) => [
      entry.id,
      String(entry.source?.row ?? ''),
      entry.resolution.action,
      entry.resolution.owner,
      entry.resolution.retryable ? 'yes' : 'no',
      entry.title,
    ]);
    process.stdout.write(renderTable(['error type', 'row', 'action', 'owner', 'retry', 'title'], rows));
  });

  add('show <id>', 'Show one entry: what happened, what to do, its patterns.').action(
    (id: string, options: { catalog: string }) => {
      const { entries } = loadCatalog(options.catalog);
      const entry = entries.find((each) => each.id === id);
      if (!entry) {
        const near = entries.filter((each) => each.id.includes(id) || id.includes(each.app)).map((each) => each.id);
        const hint = near.length > 0 ? `; near: ${near.slice(0, 8).join(', ')}` : '; `triage catalog list` shows all';
        throw new TriageError('usage', `no entry ${id}${hint}`);
      }
      process.stdout.write(renderEntry(entry));
      process.stdout.write(
        `Patterns   ${entry.patterns.map(({ text, confidence }) => `${confidence}: ${text}`).join('\n           ')}\n`,
      );
      process.stdout.write(`File       ${entry.location}\n`);
    },
  );
}
