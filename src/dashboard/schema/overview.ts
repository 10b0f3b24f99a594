/** What the page shows first, and what it is told while it is open. */
import { z } from 'zod';
import { catalogSchema, count, named, pipelineSchema, time, totalsSchema } from './base.ts';
import { connectorCountsSchema, connectorRowSchema } from './connectors.ts';
import { chartSchema } from './error-types.ts';
import { unclassifiedCountsSchema } from './unclassified.ts';

export const overviewSchema = named(
  'Overview',
  z.strictObject({
    now: time.describe('When this was computed.'),
    version: z.string().describe('Of connector-triage.'),
    catalog: catalogSchema,
    pipeline: pipelineSchema,
    totals: totalsSchema,
    connectors: z.strictObject({
      counts: connectorCountsSchema,
      rows: z.array(connectorRowSchema).max(100).describe('The first ones by need of attention.'),
    }),
    error_types: z.strictObject({
      seen: count.describe('Types seen since the start.'),
      spiking: z.array(z.string()).max(100),
    }),
    unclassified: unclassifiedCountsSchema,
    chart: chartSchema,
  }),
);

export const updateSchema = named(
  'Update',
  z
    .strictObject({
      now: time,
      pipeline: pipelineSchema,
      totals: totalsSchema,
      connectors: z.strictObject({
        counts: connectorCountsSchema,
        changed: z
          .array(connectorRowSchema)
          .max(100)
          .describe('Rows that changed, the first ones by need of attention.'),
        more: z.boolean().describe('More than these changed: ask for what is shown again.'),
      }),
      error_types: z.strictObject({
        seen: count,
        spiking: z.array(z.string()).max(100),
        changed: z.array(z.string()).max(100).describe('Types with new errors.'),
        more: z.boolean(),
      }),
      unclassified: unclassifiedCountsSchema,
      tail: z
        .strictObject({
          start: time.describe('Where the first of these steps begins.'),
          step_seconds: z.int(),
          series: z.array(z.strictObject({ error_type: z.string(), counts: z.array(count) })),
          other: z.array(count),
        })
        .describe(
          'The last 3 steps of the 1h chart; they replace those that the page has. Other types than in the chart: ask for it again.',
        ),
    })
    .describe('What changed since the last one, at most once a second.'),
);

export const beatSchema = named(
  'Beat',
  z
    .strictObject({ now: time, pipeline: pipelineSchema, totals: totalsSchema })
    .describe('Nothing changed but what time changes, such as rates; sent every 5 s then.'),
);

export type Beat = z.infer<typeof beatSchema>;
export type Overview = z.infer<typeof overviewSchema>;
export type Update = z.infer<typeof updateSchema>;
