/** Where the registry keeps the schema of resolution events. */
import { isDeepStrictEqual } from 'node:util';
import { ownSchemaText } from './own-schemas.ts';
import { parseSchema, SchemaError } from './schema.ts';

interface SubjectSettings {
  readonly registry: { readonly subject: 'topic' | 'record' };
  readonly topics: { readonly output: string };
}

/** By topic: the topic with `-value`, as Confluent's serializers do by default; by record: its full name. */
export function outputSubject({ registry, topics }: SubjectSettings): string {
  return registry.subject === 'topic' ? `${topics.output}-value` : recordName(ownSchemaText('resolution-event'));
}

function recordName(text: string): string {
  const schema = parseSchema(text);
  if (schema.type !== 'record') throw new Error(`expected the schema of a record, found ${schema.type}`);
  return schema.name;
}

/** Whether data written with one is the same written with the other: documentation and the like do not count. */
export function equalSchemas(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(parseSchema(one), parseSchema(other));
  } catch (error) {
    // What somebody else registered may be no Avro at all, and is not equal then.
    if (error instanceof SchemaError || error instanceof SyntaxError) return false;
    throw error;
  }
}
