/** Schemas by their id: asked for once, whoever needs them, and kept within bounds. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RegistryClient, SchemaReference, SchemaText } from './registry-client.ts';
import { AnswerTooLargeError, MAX_ANSWER_BYTES } from './registry-http.ts';
import type { RegistryWait } from './registry-wait.ts';
import { SchemaCache } from './schema-cache.ts';
import { parseWriterSchema, type WriterSchema } from './writer-schema.ts';

/** `unknown`: the registry has no schema with this id. */
export type StoredSchema = WriterSchema | { readonly kind: 'unknown' };

export interface SchemaStoreOptions {
  readonly client: RegistryClient;
  readonly wait: RegistryWait;
  /** 1 or more. */
  readonly cacheSize: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Characters of schema text that are kept; what is made of a schema takes about ten times as much memory. */
const MAX_CACHED_CHARS = 16_777_216;
/** An id may be registered, and a missing reference added, after it was asked for. */
const UNKNOWN_LIFETIME_MS = 10_000;
/** A follower of the registry may hear of a new schema a moment after its producer did. */
const SECOND_ASK_MS = 250;
/** Schemas that one schema may refer to, directly and not, and characters of all of them with it. */
const MAX_REFERENCES = 100;
const MAX_CHARS = MAX_ANSWER_BYTES;

export class SchemaStore {
  readonly #client: RegistryClient;
  readonly #wait: RegistryWait;
  readonly #cache: SchemaCache<StoredSchema>;
  readonly #flights = new Map<number, Promise<StoredSchema>>();

  constructor({ client, wait, cacheSize, now }: SchemaStoreOptions) {
    this.#client = client;
    this.#wait = wait;
    this.#cache = new SchemaCache({ maxEntries: cacheSize, maxWeight: MAX_CACHED_CHARS, now });
  }

  /** What is known at once. */
  cached(id: number): StoredSchema | undefined {
    return this.#cache.get(id);
  }

  /** Waits as long as the registry is away. Rejects only when the signal of the wait aborts. */
  get(id: number): Promise<StoredSchema> {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return Promise.resolve(cached);
    const before = this.#flights.get(id);
    if (before !== undefined) return before;
    const flight = this.#load(id).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  async #load(id: number): Promise<StoredSchema> {
    const { schema, weight } = await this.#wait.untilAnswered(`schema ${id}`, (signal) => this.#fetch(id, signal));
    this.#cache.set(id, schema, weight, schema.kind === 'readable' ? undefined : UNKNOWN_LIFETIME_MS);
    return schema;
  }

  async #fetch(id: number, signal: AbortSignal): Promise<{ schema: StoredSchema; weight: number }> {
    try {
      let text = await this.#client.schemaById(id, signal);
      if (text === undefined) {
        await delay(SECOND_ASK_MS, undefined, { signal });
        text = await this.#client.schemaById(id, signal);
      }
      if (text === undefined) return { schema: { kind: 'unknown' }, weight: 0 };
      const references = await this.#references(text, signal);
      if (!Array.isArray(references)) return { schema: unusable(references.missing), weight: 0 };
      const schema = parseWriterSchema({ ...text, references });
      return { schema, weight: [text.schema, ...references].reduce((sum, each) => sum + each.length, 0) };
    } catch (error) {
      if (!(error instanceof AnswerTooLargeError)) throw error;
      return { schema: unusable(error.message), weight: 0 };
    }
  }

  /** Texts of all that a schema refers to, each before those that need it; or a sentence why they cannot be had. */
  async #references(top: SchemaText, signal: AbortSignal): Promise<string[] | { missing: string }> {
    const texts = new Map<string, string>();
    const begun = new Set<string>();
    let chars = top.schema.length;
    const visit = async (references: readonly SchemaReference[]): Promise<string | undefined> => {
      for (const reference of references) {
        const name = `${reference.subject}, version ${reference.version}`;
        if (begun.has(name)) continue;
        begun.add(name);
        if (begun.size > MAX_REFERENCES) return `it refers to more than ${MAX_REFERENCES} other schemas`;
        const text = await this.#client.schemaOf(reference, signal);
        if (text === undefined) return `it refers to subject ${name}, which the registry does not have`;
        chars += text.schema.length;
        if (chars > MAX_CHARS) return `it has more than ${MAX_CHARS} characters with the schemas that it refers to`;
        const missing = await visit(text.references);
        if (missing !== undefined) return missing;
        texts.set(name, text.schema);
      }
      return undefined;
    };
    const missing = await visit(top.references);
    return missing === undefined ? [...texts.values()] : { missing };
  }
}

function unusable(reason: string): StoredSchema {
  return { kind: 'unusable', name: '', reason };
}
