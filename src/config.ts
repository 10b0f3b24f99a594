/**
 * All settings: one schema with defaults, units and reasons. Flags, environment names, the configuration file, the
 * reference in README and `triage config` are derived from it. Nothing else reads the environment.
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { httpSchema } from './config-http.ts';
import { redactionSchema } from './config-redaction.ts';
import { registryProblems, registrySchema } from './config-registry.ts';
import { saslSchema, securityProblems, tlsSchema } from './config-security.ts';
import { tracesSchema } from './config-traces.ts';
import { INPUT_FORMATS } from './formats/names.ts';

const topic = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'expected a Kafka topic name: letters, digits, ".", "_" and "-", at most 249');

const brokers = z
  .array(z.string().regex(/^[^\s:,/]+:\d{1,5}$/, 'expected "host:port", such as "kafka-1:9092"'))
  .min(1, 'expected at least one broker');

/** The catalog that comes with the program. */
export const BUNDLED_CATALOG: string = fileURLToPath(new URL('../catalog', import.meta.url));

export const configSchema = z
  .strictObject({
    kafka: z
      .strictObject({
        brokers: brokers
          .default(['localhost:9092'])
          .meta({ flag: 'brokers' })
          .describe('Brokers to ask first, comma separated. One that answers is enough.'),
        clientId: z
          .string()
          .min(1)
          .max(100)
          .default('connector-triage')
          .describe('Name in the brokers’ logs and quotas.'),
        groupId: z
          .string()
          .min(1)
          .max(200)
          .default('connector-triage')
          .meta({ flag: 'group' })
          .describe('Consumer group: all instances with the same name share the partitions.'),
        fromBeginning: z
          .boolean()
          .default(true)
          .meta({ flag: 'from-beginning' })
          .describe('Where a new group starts: at the oldest record, or (false) at the next new one.'),
        sessionTimeoutMs: z
          .int()
          .min(6_000)
          .max(300_000)
          .default(30_000)
          .describe('Without a heartbeat for so long, the partitions go to another instance.'),
        concurrentPartitions: z
          .int()
          .min(1)
          .max(64)
          .default(4)
          .describe('Partitions worked on at once: while one waits for an acknowledgement, another one is classified.'),
        connectTimeoutMs: z.int().min(100).max(60_000).default(5_000).describe('Per connection attempt.'),
        tls: tlsSchema.prefault({}),
        sasl: saslSchema.prefault({}),
      })
      .superRefine((kafka, context) => {
        for (const { path, message } of securityProblems(kafka))
          context.addIssue({ code: 'custom', path: [...path], message });
      }),
    topics: z
      .strictObject({
        input: topic.default('connector.events').meta({ flag: 'input' }).describe('Connector events.'),
        output: topic.default('connector.resolutions').meta({ flag: 'output' }).describe('Resolution events.'),
        deadLetter: topic
          .default('connector.events.dlq')
          .meta({ flag: 'dead-letter-topic' })
          .describe('Records that could not be processed, unchanged, with the reason in headers.'),
      })
      .refine(({ input, output, deadLetter }) => new Set([input, output, deadLetter]).size === 3, {
        path: ['output'],
        message:
          'expected topics.input, topics.output and topics.deadLetter to differ: what is written would be read again',
      }),
    catalog: z.strictObject({
      folder: z
        .string()
        .min(1)
        .default(BUNDLED_CATALOG)
        .meta({ flag: 'catalog' })
        .describe('Folder with the catalog files.'),
      watch: z
        .boolean()
        .default(true)
        .describe(
          'Take changed files into use while running, when they load and all their examples hold. SIGHUP does the same.',
        ),
    }),
    inferred: z
      .enum(['off', 'events', 'metrics'])
      .default('events')
      .meta({ flag: 'inferred' })
      .describe(
        'Entries for the same condition in other words: events marks them in the output and counts them as error type "inferred"; metrics counts them as their own type; off gives none.',
      ),
    delivery: z
      .enum(['at-least-once', 'exactly-once'])
      .default('at-least-once')
      .meta({ flag: 'delivery' })
      .describe(
        'exactly-once writes output, dead letters and offsets in one Kafka transaction: consumers with isolation.level=read_committed see each record once. at-least-once may repeat records after a failure.',
      ),
    registry: registrySchema.prefault({}).superRefine((registry, context) => {
      for (const { path, message } of registryProblems(registry))
        context.addIssue({ code: 'custom', path: [...path], message });
    }),
    format: z.strictObject({
      input: z
        .enum(INPUT_FORMATS)
        .default('auto')
        .meta({ flag: 'input-format' })
        .describe(
          'Format of the records; auto tells it record by record, by headers, first byte and fields. native is the JSON described under Input.',
        ),
      output: z
        .enum(['json', 'avro'])
        .default('json')
        .meta({ flag: 'output-format' })
        .describe('Encoding of resolution events; avro needs registry.url and the schema of schemas/ in the registry.'),
    }),
    redaction: redactionSchema.prefault({}),
    limits: z.strictObject({
      batchRecords: z
        .int()
        .min(1)
        .max(100_000)
        .default(2_000)
        .describe('Records in flight per partition: classified and published together, then committed.'),
      recordBytes: z
        .int()
        .min(1_024)
        .max(104_857_600)
        .default(10_485_760)
        .describe('A larger value is dead-lettered undecoded: parsing it would stop everything else for too long.'),
      messageChars: z
        .int()
        .min(256)
        .max(100_000)
        .default(32_768)
        .describe(
          'Longer messages are cut in the emitted event (of the whole one, the first 1,048,576 are matched), so that it stays below 1 MB.',
        ),
      connectors: z
        .int()
        .min(0)
        .max(5_000)
        .default(500)
        .describe('Connectors with a metric series of their own; further ones count as "other".'),
    }),
    http: httpSchema,
    dashboard: z.strictObject({
      enabled: z
        .boolean()
        .default(true)
        .meta({ flag: 'dashboard' })
        .describe('Serve the live page and its API under /api/v1, and keep in memory what they show: at most 80 MB.'),
    }),
    log: z.strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .meta({ flag: 'log-level' })
        .describe('Least severe level that is logged.'),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .meta({ flag: 'log-format' })
        .describe('auto: pretty on a terminal, else one JSON object a line.'),
    }),
    traces: tracesSchema.prefault({}),
    workers: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .meta({ flag: 'workers' })
      .describe(
        'Processes of this instance that read; more than one share its partitions, with one HTTP port. Up to the cores of the machine and the partitions of the topic, each takes memory of its own.',
      ),
    drainTimeoutMs: z
      .int()
      .min(0)
      .max(600_000)
      .default(2_500)
      .meta({ flag: 'drain-timeout-ms' })
      .describe(
        'After SIGTERM, batches in hand get so long. What Kafka does not take by then is read again at the next start.',
      ),
  })
  .superRefine(({ format, registry }, context) => {
    for (const [name, value] of Object.entries(format)) {
      if (value !== 'avro' || registry.url !== '') continue;
      const message = `expected the address of a schema registry, since format.${name} is avro`;
      context.addIssue({ code: 'custom', path: ['registry', 'url'], message });
    }
  });

export type Config = z.infer<typeof configSchema>;

/** The defaults, with some sections given in part. @throws {z.ZodError} when what is given is wrong. */
export function configWith(given: Readonly<Record<string, unknown>>): Config {
  const sections = Object.entries(configSchema.shape).filter(([, schema]) => schema instanceof z.ZodObject);
  return configSchema.parse({ ...Object.fromEntries(sections.map(([name]) => [name, {}])), ...given });
}

/** One setting, as the reference and the command line show it. */
export interface Setting {
  /** Where it stands in the file, such as `kafka.brokers`. */
  readonly path: string;
  /** Name in the environment, such as `TRIAGE_KAFKA_BROKERS`. */
  readonly env: string;
  /** A name that other programs read, too; the one above comes first. */
  readonly standardEnv: string | undefined;
  /** Long flag of `triage run` without the dashes; a secret has none, since others can read a command line. */
  readonly flag: string | undefined;
  readonly description: string;
  readonly defaultValue: unknown;
  readonly type: 'text' | 'list' | 'number' | 'boolean';
  /** What is allowed, in words. */
  readonly allowed: string;
  readonly secret: boolean;
}

/** Every leaf of the schema, in its order. */
export const SETTINGS: readonly Setting[] = leavesOf('', configSchema);

function leavesOf(path: string, schema: z.ZodType): Setting[] {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (!(inner instanceof z.ZodObject)) return [toSetting(path, schema)];
  return Object.entries(inner.shape).flatMap(([name, each]) =>
    leavesOf(path === '' ? name : `${path}.${name}`, each as z.ZodType),
  );
}

function toSetting(path: string, schema: z.ZodType): Setting {
  const words = path.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`).replaceAll('.', '-');
  const meta = (schema.meta() ?? {}) as { flag?: string; secret?: boolean; standardEnv?: string };
  const json = z.toJSONSchema(schema) as JsonSchema;
  return {
    path,
    env: `TRIAGE_${words.replaceAll('-', '_').toUpperCase()}`,
    standardEnv: meta.standardEnv,
    flag: meta.secret === true ? undefined : (meta.flag ?? words),
    description: schema.description ?? '',
    defaultValue: json.default,
    type:
      json.type === 'array'
        ? 'list'
        : json.type === 'integer'
          ? 'number'
          : json.type === 'boolean'
            ? 'boolean'
            : 'text',
    allowed: allowedOf(json),
    secret: meta.secret ?? false,
  };
}

interface JsonSchema {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function allowedOf({ type, enum: values, minimum, maximum }: JsonSchema): string {
  if (values) return values.join(', ');
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (type === 'boolean') return 'true, false';
  return type === 'array' ? 'a list, comma separated' : 'text';
}
