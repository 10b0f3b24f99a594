/** The Avro schemas that come with the program, in `schemas/`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const OWN_SCHEMAS = ['connector-event', 'resolution-event', 'dead-letter-headers'] as const;
export type OwnSchema = (typeof OWN_SCHEMAS)[number];

/** Folder of the schemas. */
export const SCHEMAS_FOLDER: string = fileURLToPath(new URL('../../schemas', import.meta.url));

/** The text of a schema, as it is registered. */
export function ownSchemaText(name: OwnSchema): string {
  return readFileSync(`${SCHEMAS_FOLDER}/${name}.avsc`, 'utf8');
}
