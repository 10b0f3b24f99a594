/** The schema registry, out of the settings: one object for input, output and checks of a process. */
import { AvroInput } from './avro/avro-input.ts';
import { avroCodec } from './avro/avro-output.ts';
import { equalSchemas, outputSubject } from './avro/output-subject.ts';
import { ownSchemaText } from './avro/own-schemas.ts';
import { RegistryClient } from './avro/registry-client.ts';
import { RegistryHttp } from './avro/registry-http.ts';
import { RegistryWait } from './avro/registry-wait.ts';
import { SchemaStore } from './avro/schema-store.ts';
import type { Config } from './config.ts';
import type { RegistryConfig } from './config-registry.ts';
import { type CertificateInfo, type ChangeLog, TlsFiles } from './credentials/tls-files.ts';
import { secretReader } from './credentials/watched-file.ts';
import { TriageError } from './errors.ts';
import type { EventCodec } from './events/event-codec.ts';
import type { StateListener } from './transport/kafka/state-report.ts';

export interface RegistryOptions {
  readonly config: Pick<Config, 'registry' | 'topics' | 'limits'>;
  readonly logger: ChangeLog;
  /** Ends all waiting for the registry. */
  readonly signal: AbortSignal;
  /** Told, beside the log, when something has to wait for the registry, and when nothing does any more. */
  readonly onState?: StateListener;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Undefined without a registry in the settings. @throws {TriageError} `usage`, as the constructor of `Registry`. */
export function openRegistry(config: Config, options: Omit<RegistryOptions, 'config'>): Registry | undefined {
  return config.registry.url === '' ? undefined : new Registry({ ...options, config });
}

export class Registry {
  /** Reads Avro; asks for schemas as records need them. */
  readonly input: AvroInput;
  readonly client: RegistryClient;
  readonly #http: RegistryHttp;
  readonly #tls: TlsFiles | undefined;
  readonly #wait: RegistryWait;
  readonly #options: RegistryOptions;

  /** Asks for nothing yet. @throws {TriageError} `usage`, naming a file that cannot be read or used. */
  constructor(options: RegistryOptions) {
    const { config, logger, signal, now } = options;
    const { url, cacheSize } = config.registry;
    this.#options = options;
    this.#tls = registryTls(config.registry, logger);
    const authorization = authorizationOf(config.registry);
    authorization();
    this.#http = new RegistryHttp({ url, authorization, ...(this.#tls === undefined ? {} : { tls: this.#tls }) });
    this.client = new RegistryClient(this.#http);
    this.#wait = new RegistryWait({
      signal,
      onState: (state, reason) => {
        if (state === 'ok') logger.info({ event: 'registry-ok' }, 'the schema registry answers again');
        else logger.warn({ event: 'registry-waiting', reason }, 'the schema registry is waited for; nothing is lost');
        options.onState?.(state, reason);
      },
    });
    const store = new SchemaStore({ client: this.client, wait: this.#wait, cacheSize, now });
    this.input = new AvroInput({ store, maxBytes: config.limits.recordBytes, signal });
  }

  /**
   * Encodes resolution events in Avro, with the schema that the registry has for them. Waits while the registry is away.
   * @throws {TriageError} `transport`, when the registry does not have the schema (and may not be given it), or refuses it.
   */
  async outputCodec(): Promise<EventCodec> {
    const { registry } = this.#options.config;
    const subject = outputSubject(this.#options.config);
    const id = await this.#wait.untilAnswered(`subject ${subject}`, async (signal) => {
      const found = await this.findOutputSchema(signal);
      return found === undefined && registry.autoRegister ? this.register(signal) : found;
    });
    if (id !== undefined) return avroCodec(ownSchemaText('resolution-event'), id);
    throw new TriageError(
      'transport',
      `${missingSchema(this.#options.config)}, which format.output avro needs. ${registerHint(this.#options.config)}`,
    );
  }

  /** The id of the schema of resolution events in its subject, undefined when it is not there. @throws {NoAnswerError} */
  async findOutputSchema(signal: AbortSignal): Promise<number | undefined> {
    const subject = outputSubject(this.#options.config);
    const schema = ownSchemaText('resolution-event');
    const id = await this.client.find(subject, schema, signal);
    if (id !== undefined) return id;
    // Another release may have registered it with other documentation: what is written is the same.
    const latest = await this.client.latest(subject, signal);
    return latest !== undefined && equalSchemas(latest.schema, schema) ? latest.id : undefined;
  }

  /** @throws {TriageError} `transport`, when the registry refuses it. @throws {NoAnswerError} */
  register(signal: AbortSignal): Promise<number> {
    return this.client.register(outputSubject(this.#options.config), ownSchemaText('resolution-event'), signal);
  }

  /** Those of the TLS files in use. */
  certificates(): CertificateInfo[] {
    return this.#tls?.certificates() ?? [];
  }

  close(): void {
    this.#http.close();
  }
}

/** How the schema of resolution events gets into the registry. */
export function registerHint({ topics }: Pick<Config, 'topics'>): string {
  const command = `triage schemas register --output ${topics.output}`;
  return `Register it with \`${command}\` and the same settings of the registry, or set registry.autoRegister to true.`;
}

/** What is missing, as the beginning of a sentence. */
export function missingSchema({ registry, topics }: Pick<Config, 'registry' | 'topics'>): string {
  const subject = outputSubject({ registry, topics });
  return `the schema registry ${registry.url} does not have schemas/resolution-event.avsc in the subject ${subject}`;
}

/** Secrets are read at each request: their files may be replaced while running. */
function authorizationOf({ username, usernameFile, password, passwordFile, token, tokenFile }: RegistryConfig) {
  if (token !== '' || tokenFile !== '') {
    const read = secretReader({ value: token, file: tokenFile }, 'registry.token');
    return () => `Bearer ${read()}`;
  }
  if (username === '' && usernameFile === '') return () => undefined;
  const user = secretReader({ value: username, file: usernameFile }, 'registry.username');
  const secret = secretReader({ value: password, file: passwordFile }, 'registry.password');
  return () => `Basic ${Buffer.from(`${user()}:${secret()}`).toString('base64')}`;
}

const TLS_NAMES = {
  caFile: 'registry.tls.caFile',
  certFile: 'registry.tls.certFile',
  keyFile: 'registry.tls.keyFile',
  keyPassphrase: 'registry.tls.keyPassphrase',
} as const;

/** Undefined without TLS. @throws {TriageError} `usage`, naming a file that cannot be read or used. */
export function registryTls({ url, tls }: RegistryConfig, logger: ChangeLog): TlsFiles | undefined {
  if (!url.startsWith('https:')) return undefined;
  const passphrase = { value: tls.keyPassphrase, file: tls.keyPassphraseFile };
  return new TlsFiles({
    names: TLS_NAMES,
    caFile: tls.caFile || undefined,
    certFile: tls.certFile || undefined,
    keyFile: tls.keyFile || undefined,
    serverName: tls.serverName || undefined,
    keyPassphrase: secretReader(passphrase, TLS_NAMES.keyPassphrase),
    logger,
  });
}
