/** `triage catalog check`: everything that is wrong with a catalog, where it stands, and how to mend it. */
import { type Command, Option } from 'commander';
import type { Catalog } from '../catalog/catalog.ts';
import { checkCatalog, findingsOf } from '../catalog/check.ts';
import type { Finding } from '../catalog/findings.ts';
import { CatalogError, loadCatalog } from '../catalog/load.ts';
import { counted } from '../doctor/check.ts';
import { EXIT } from '../errors.ts';
import { compile } from '../matcher/matcher.ts';
import { FORMATS, type Format, renderFindings } from './catalog-check-formats.ts';
import { catalogOption } from './catalog-option.ts';
import { print } from './print.ts';

interface CheckOptions {
  readonly format: Format;
  readonly strict: boolean;
  readonly catalog: string;
}

const HELP = `
Findings go to stdout, the summary to stderr. A catalog that cannot be loaded has findings, too.
Exit code 1 with errors, and with --strict also with warnings only.`;

export function addCatalogCheck(catalog: Command): void {
  catalog
    .command('check')
    .description('Load the catalog, try every example, and look for texts that are too general or never win.')
    .addOption(new Option('--format <format>', 'output').choices(FORMATS).default('text'))
    .option('--strict', 'treat warnings as errors', false)
    .addOption(catalogOption())
    .addHelpText('after', HELP)
    .action(async (options: CheckOptions) => {
      const { what, findings } = check(options.catalog);
      const text = renderFindings(findings, options.format);
      if (text !== '') await print(text);
      process.stderr.write(`catalog ${what}, ${countsOf(findings)}\n`);
      if (findings.some(({ severity }) => options.strict || severity === 'error')) process.exitCode = EXIT.findings;
    });
}

function check(folder: string): { what: string; findings: readonly Finding[] } {
  let catalog: Catalog;
  try {
    catalog = loadCatalog(folder);
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return { what: `${folder}: cannot be loaded`, findings: findingsOf(error.problems) };
  }
  const { version, digest, entries } = catalog;
  const examples = entries.reduce((sum, each) => sum + each.examples.match.length + each.examples.noMatch.length, 0);
  const what = `${version} (${digest}): ${entries.length} entries, ${examples} examples`;
  return { what, findings: checkCatalog(compile(catalog)) };
}

function countsOf(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const detail = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
  return `${counted(findings.length, 'finding')}${findings.length > 0 ? ` (${detail})` : ''}`;
}
