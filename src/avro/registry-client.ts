/** The requests of Confluent's API that are needed, and what their answers mean. */
import { TriageError } from '../errors.ts';
import { NoAnswerError, type RegistryAnswer, type RegistryHttp } from './registry-http.ts';

/** Another schema that a schema uses. */
export interface SchemaReference {
  readonly subject: string;
  readonly version: number;
}

export interface SchemaText {
  readonly schemaType: string;
  readonly schema: string;
  readonly references: readonly SchemaReference[];
}

/** Error codes of Confluent's API: no such subject, version, schema. */
const UNKNOWN_CODES: readonly unknown[] = [40401, 40402, 40403];
const SHOWN_CHARS = 300;

/** All methods @throws {NoAnswerError} while asking again may help, and what `signal` aborts with. */
export class RegistryClient {
  readonly #http: RegistryHttp;

  constructor(registryHttp: RegistryHttp) {
    this.#http = registryHttp;
  }

  get url(): string {
    return this.#http.url;
  }

  /** Undefined: the registry knows no schema with this id. @throws {AnswerTooLargeError} */
  schemaById(id: number, signal: AbortSignal): Promise<SchemaText | undefined> {
    return this.#schemaAt(`/schemas/ids/${id}`, signal);
  }

  /** Undefined: there is no such version. @throws {AnswerTooLargeError} */
  schemaOf({ subject, version }: SchemaReference, signal: AbortSignal): Promise<SchemaText | undefined> {
    // It comes from a schema, and half of a surrogate pair cannot be encoded: such a subject does not exist.
    const encoded = encodeURIComponent(subject.toWellFormed());
    return this.#schemaAt(`/subjects/${encoded}/versions/${version}`, signal);
  }

  /** The id of a schema within a subject; undefined: the subject does not have it. */
  async find(subject: string, schema: string, signal: AbortSignal): Promise<number | undefined> {
    const answer = await this.#http.call('POST', `/subjects/${encodeURIComponent(subject)}`, {
      body: { schema },
      signal,
    });
    return isUnknown(answer) ? undefined : this.#idIn(answer);
  }

  /** The newest schema of a subject; undefined: there is no such subject. */
  async latest(subject: string, signal: AbortSignal): Promise<{ id: number; schema: string } | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
    const answer = await this.#http.call('GET', path, { signal });
    if (isUnknown(answer)) return undefined;
    const { schema } = answer.body ?? {};
    if (typeof schema !== 'string') throw this.#unexpected(answer);
    return { id: this.#idIn(answer), schema };
  }

  /**
   * Adds a schema to a subject, unless it is there, and gives its id.
   * @throws {TriageError} `transport`, when the registry refuses the schema.
   */
  async register(subject: string, schema: string, signal: AbortSignal): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await this.#http.call('POST', path, { body: { schema }, signal });
    if (answer.status !== 409 && answer.status !== 422) return this.#idIn(answer);
    const why = answer.status === 409 ? 'as not compatible with the one before' : 'as not valid';
    throw new TriageError(
      'transport',
      `the schema registry ${this.url} refuses the schema for subject ${subject} ${why}: ${saidBy(answer) ?? 'it says no reason'}. ` +
        'Check the compatibility rule of the subject, or write to another topic.',
    );
  }

  /** Asks for something that every registry has. */
  async ping(signal: AbortSignal): Promise<void> {
    // The list of types is an array: any 200 is good.
    const answer = await this.#http.call('GET', '/schemas/types', { signal });
    if (answer.status !== 200) throw this.#unexpected(answer);
  }

  async #schemaAt(path: string, signal: AbortSignal): Promise<SchemaText | undefined> {
    const answer = await this.#http.call('GET', path, { signal });
    if (isUnknown(answer)) return undefined;
    const { schema, schemaType = 'AVRO', references = [] } = answer.body ?? {};
    if (answer.status !== 200 || typeof schema !== 'string' || typeof schemaType !== 'string')
      throw this.#unexpected(answer);
    return { schema, schemaType, references: this.#referencesIn(references, answer) };
  }

  #referencesIn(references: unknown, answer: RegistryAnswer): SchemaReference[] {
    const list: readonly unknown[] = Array.isArray(references) ? references : [];
    return list.map((each) => {
      const { subject, version } = (each ?? {}) as Record<string, unknown>;
      if (typeof subject !== 'string' || typeof version !== 'number') throw this.#unexpected(answer);
      return { subject, version };
    });
  }

  #idIn(answer: RegistryAnswer): number {
    const id = answer.body?.id;
    if (answer.status !== 200 || typeof id !== 'number') throw this.#unexpected(answer);
    return id;
  }

  /** Whoever answers so may be mended while we wait: a proxy, a login, a path. */
  #unexpected(answer: RegistryAnswer): NoAnswerError {
    const { status } = answer;
    const said = saidBy(answer);
    const what = `${this.url} answered ${status}${said === undefined ? '' : ` (${said})`}`;
    if (status === 401 || status === 403) {
      return new NoAnswerError(`${what}: check registry.username and registry.password, or registry.token`);
    }
    if (status >= 300 && status < 500 && status !== 408 && status !== 429) {
      return new NoAnswerError(`${what}, which no schema registry does: check registry.url and its path`);
    }
    return new NoAnswerError(status === 200 ? `${what}, but not what was asked for: check registry.url` : what);
  }
}

/** A 404 without such a code comes from something that is no registry, such as a wrong path. */
function isUnknown({ status, body }: RegistryAnswer): boolean {
  return status === 404 && UNKNOWN_CODES.includes(body?.error_code);
}

/** On one line; what others say may hold anything. */
function saidBy({ body }: RegistryAnswer): string | undefined {
  const { message, error_code } = body ?? {};
  if (typeof message === 'string')
    return message
      .slice(0, SHOWN_CHARS)
      .replace(/\p{C}+/gu, ' ')
      .trim();
  return typeof error_code === 'number' ? `error ${error_code}` : undefined;
}
