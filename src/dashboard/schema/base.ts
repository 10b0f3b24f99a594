/**
 * What the API answers, as one zod schema a type: the types, `schemas/openapi.json` and the tests come from here. Names
 * and times are written as in resolution events. All counts are of this process since it started.
 *
 * Folder rule: `dashboard/` imports types and data of `events/`, `catalog/`, `matcher/`, `redaction/`; no client of a
 * transport, no telemetry, no clock: what needs the time is given it.
 */
import { z } from 'zod';
import { ACTIONS, OWNERS } from '../../catalog/schema.ts';

/** Schemas by the name that the OpenAPI document gives them. */
export const answers = z.registry<{ id: string }>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  answers.add(schema, { id });
  return schema;
}

/** A moment, as resolution events write it. */
export const time = z.iso.datetime();
export const count = z.int().min(0);
export const rate = z.number().min(0);

export const PIPELINE_STATES = ['starting', 'running', 'idle', 'waiting', 'stalled', 'draining'] as const;
export type PipelineState = (typeof PIPELINE_STATES)[number];

export const pipelineSchema = named(
  'Pipeline',
  z
    .strictObject({
      state: z
        .enum(PIPELINE_STATES)
        .describe(
          'starting: joining the consumer group; running; idle: nothing is left to read; waiting: Kafka does not take or give records, `reasons` say why; stalled: records wait and none was finished for 30 s; draining: shutting down.',
        ),
      reasons: z.array(z.string()).describe('Why it is not running, in sentences for people.'),
      last_batch_at: time.nullable().describe('When records were last finished; null before the first ones.'),
      partitions: count.describe('Partitions of the input topic that this process reads.'),
      lag_records: count.describe('Records of these partitions that are not finished yet.'),
      delay_seconds: rate
        .nullable()
        .describe(
          'Age of the last finished record when it was finished, the largest over the partitions; null where records have no time.',
        ),
    })
    .describe('Whether what is shown is up to date. Show it beside every figure.'),
);

export const totalsSchema = named(
  'Totals',
  z.strictObject({
    since: time.describe('When this process began to count.'),
    records: count.describe('The sum of the four outcomes below.'),
    resolved: count,
    unclassified: count,
    ignored: count,
    dead_lettered: count,
    records_per_second: rate.describe('Mean of the last minute.'),
    errors_per_minute: rate.describe('Resolved and unclassified records, mean of the last 5 minutes.'),
  }),
);

export const catalogSchema = named(
  'Catalog',
  z.strictObject({
    version: z.string(),
    digest: z.string(),
    entries: count,
    apps: z.array(z.strictObject({ key: z.string(), name: z.string() })),
  }),
);

/** States of a connector, by how much they need attention. */
export const CONNECTOR_STATES = ['failing', 'degraded', 'healthy'] as const;
export type ConnectorState = (typeof CONNECTOR_STATES)[number];

export const advice = z.strictObject({
  action: z.enum(ACTIONS),
  owner: z.enum(OWNERS).describe('Who acts.'),
  retryable: z.boolean().describe('Whether waiting alone may help.'),
  summary: z.string().describe('One sentence: what mends it.'),
});

/** What every page of a list says. */
export const paged = { now: time, total: count.describe('Rows that fit the filter.'), offset: count, limit: count };

/** Counts of equal steps of time, oldest first. */
export const stepsSchema = z.strictObject({ start: time, step_seconds: z.int(), counts: z.array(count) });

export const problemSchema = named(
  'Problem',
  z.strictObject({ error: z.string().describe('What was expected, what was found, how to mend it.') }),
);

export type Advice = z.infer<typeof advice>;
export type Pipeline = z.infer<typeof pipelineSchema>;
export type Totals = z.infer<typeof totalsSchema>;
