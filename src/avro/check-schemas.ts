/** Our schemas against those of another version: can each read what the other wrote? */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TriageError } from '../errors.ts';
import { type Incompatibility, incompatibilities } from './compatibility.ts';
import { OWN_SCHEMAS, type OwnSchema, ownSchemaText, SCHEMAS_FOLDER } from './own-schemas.ts';
import { parseSchema } from './schema.ts';

export interface SchemaCheck {
  readonly name: OwnSchema;
  /** `new`: the other version does not have it. */
  readonly status: 'compatible' | 'incompatible' | 'new';
  /** What keeps this version from reading what the other wrote. */
  readonly backward: readonly Incompatibility[];
  /** What keeps the other version from reading what this one writes. */
  readonly forward: readonly Incompatibility[];
}

/**
 * `folder` holds the .avsc files of the other version.
 * @throws {TriageError} `file`, when the folder holds none of them or one that is no Avro schema.
 */
export function checkSchemas(folder: string): SchemaCheck[] {
  const checks = OWN_SCHEMAS.map((name): SchemaCheck => {
    const path = join(folder, `${name}.avsc`);
    if (!existsSync(path)) return { name, status: 'new', backward: [], forward: [] };
    const ours = parseSchema(ownSchemaText(name));
    const theirs = readSchema(path);
    const backward = incompatibilities(ours, theirs);
    const forward = incompatibilities(theirs, ours);
    return { name, status: backward.length + forward.length === 0 ? 'compatible' : 'incompatible', backward, forward };
  });
  if (checks.every(({ status }) => status === 'new')) {
    const expected = OWN_SCHEMAS.map((name) => `${name}.avsc`).join(', ');
    throw new TriageError(
      'file',
      `${folder} holds none of ${expected}; expected a folder with the schemas of another version`,
    );
  }
  return checks;
}

/** Folder of the schemas of the last release: the highest version in `schemas/released`. */
export function lastReleased(): string {
  const released = join(SCHEMAS_FOLDER, 'released');
  const [last] = readdirSync(released).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  if (last === undefined)
    throw new TriageError('file', `${released} is empty; expected a folder for each released version`);
  return join(released, last);
}

function readSchema(path: string) {
  try {
    return parseSchema(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TriageError('file', `${path} is no Avro schema: ${messageOf(error)}`, { cause: error });
  }
}
