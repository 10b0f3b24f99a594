/** Where the registry keeps the schema of resolution events. */
import avro from 'avsc';
import { ownSchemaText } from './own-schemas.ts';

interface SubjectSettings {
  readonly registry: { readonly subject: 'topic' | 'record' };
  readonly topics: { readonly output: string };
}

/** By topic: the topic with `-value`, as Confluent's serializers do by default; by record: its full name. */
export function outputSubject({ registry, topics }: SubjectSettings): string {
  return registry.subject === 'topic' ? `${topics.output}-value` : recordName(ownSchemaText('resolution-event'));
}

function recordName(schema: string): string {
  return avro.Type.forSchema(JSON.parse(schema)).name ?? '';
}

/** Whether data written with one is the same written with the other: documentation and the like do not count. */
export function equalSchemas(one: string, other: string): boolean {
  try {
    return avro.Type.forSchema(JSON.parse(one)).equals(avro.Type.forSchema(JSON.parse(other)));
  } catch (error) {
    // What somebody else registered may be no Avro at all, and is not equal then.
    if (error instanceof Error) return false;
    throw error;
  }
}
