/** `triage schemas show`: one schema, as it stands in the file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { OWN_SCHEMAS, type OwnSchema, SCHEMAS_FOLDER } from '../avro/own-schemas.ts';
import { print } from './print.ts';

const SUFFIXES = { avro: 'avsc', json: 'schema.json' } as const;

export function addSchemasShow(schemas: Command): void {
  schemas
    .command('show')
    .description('Print one schema.')
    .addArgument(new Argument('<name>', 'which one').choices(OWN_SCHEMAS))
    .addOption(new Option('--format <format>', 'Avro schema or JSON Schema').choices(['avro', 'json']).default('avro'))
    .action(async (name: OwnSchema, { format }: { format: keyof typeof SUFFIXES }) => {
      await print(readFileSync(join(SCHEMAS_FOLDER, `${name}.${SUFFIXES[format]}`), 'utf8'));
    });
}
