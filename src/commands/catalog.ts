/** `triage catalog`: look at the catalog without running anything. */
import type { Command } from 'commander';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { TriageError } from '../errors.ts';
import { renderEntry, renderTable } from '../render.ts';
import { addCatalogCheck } from './catalog-check.ts';
import { addCatalogDiff } from './catalog-diff.ts';
import { addCatalogDocs } from './catalog-docs.ts';
import { addCatalogTest } from './catalog-test.ts';

export function addCatalogCommands(program: Command): void {
  const catalog = program.command('catalog').description('Check and read the catalog of known errors.');
  const add = (name: string, description: string) =>
    catalog
      .command(name)
      .description(description)
      .option('--catalog <folder>', 'folder with the catalog files', BUNDLED_CATALOG);

  addCatalogCheck(catalog);

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

  addCatalogTest(catalog);
  addCatalogDiff(catalog);
  addCatalogDocs(catalog);
}
