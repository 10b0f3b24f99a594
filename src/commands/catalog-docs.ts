/** `triage catalog docs`: all entries as a page to read. */
import { type Command, Option } from 'commander';
import { toHtml } from '../catalog/docs-html.ts';
import { toMarkdown } from '../catalog/docs-markdown.ts';
import { loadCatalog } from '../catalog/load.ts';
import { catalogOption } from './catalog-option.ts';
import { print } from './print.ts';

interface DocsOptions {
  readonly format: 'markdown' | 'html';
  readonly out?: string;
  readonly catalog: string;
}

export function addCatalogDocs(catalog: Command): void {
  catalog
    .command('docs')
    .description('Write all entries as one page: what happened, what to do, by whom, and the patterns.')
    .addOption(new Option('--format <format>', 'output').choices(['markdown', 'html']).default('markdown'))
    .option('--out <file>', 'write it there, over what is there, instead of to stdout')
    .addOption(catalogOption())
    .addHelpText('after', '\nThe same catalog gives the same bytes. The HTML page needs no other file and no scripts.')
    .action(async ({ format, out, catalog: folder }: DocsOptions) => {
      const loaded = loadCatalog(folder);
      await print(format === 'html' ? toHtml(loaded) : toMarkdown(loaded), out);
    });
}
