/** What the API says of connectors. */
import { z } from 'zod';
import { advice, CONNECTOR_STATES, count, named, paged, rate, stepsSchema, time } from './base.ts';
import { exampleSchema } from './error-types.ts';

export const connectorRowSchema = named(
  'ConnectorRow',
  z.strictObject({
    key: z.string().describe('Names the row in addresses: made of app and connector id, the same after a restart.'),
    app: z
      .string()
      .nullable()
      .describe("The catalog's key of the app, else the record's own text; null where none was given."),
    app_name: z.string().nullable().describe("The app's name; null when the catalog does not know the app."),
    connector_id: z.string().nullable().describe('Null: the records of this app that name no connector.'),
    state: z.enum(CONNECTOR_STATES),
    since: time.nullable().describe('When the state began; null while healthy.'),
    reason: z.string().nullable().describe('Why it is in this state, as a sentence; null while healthy.'),
    error_count: count.describe('Since it is known here.'),
    errors_1h: count,
    errors_per_minute: rate.describe('Mean of the last 10 minutes.'),
    first_seen: time,
    last_seen: time,
    dominant: z
      .strictObject({
        error_type: z.string().nullable().describe('Null: unclassified.'),
        title: z.string().nullable(),
        share: z.number().min(0).max(1).describe('Of the recent errors of this connector.'),
      })
      .describe('The most frequent recent error type (a count that halves every 10 minutes).'),
    action: advice.nullable().describe('What to do about the dominant error type; null when it is unclassified.'),
    sparkline: z
      .array(count)
      .length(60)
      .describe('Errors of the last 60 minutes, oldest first; the last one is not over yet.'),
  }),
);

export const connectorCountsSchema = named(
  'ConnectorCounts',
  z.strictObject({
    total: count,
    failing: count,
    degraded: count,
    healthy: count,
    folded_records: count.describe('Errors of connectors without a row of their own: there were too many at once.'),
  }),
);

export const connectorListSchema = named(
  'ConnectorList',
  z.strictObject({ ...paged, counts: connectorCountsSchema, rows: z.array(connectorRowSchema) }),
);

export const connectorDetailSchema = named(
  'ConnectorDetail',
  z.strictObject({
    now: time,
    connector: connectorRowSchema,
    day: stepsSchema.describe('Errors of the last 24 hours in steps of 30 minutes.'),
    types: z
      .array(
        z.strictObject({
          error_type: z.string().nullable(),
          title: z.string().nullable(),
          error_count: count,
          first_seen: time,
          last_seen: time,
        }),
      )
      .describe('At most 8, most frequent of late first.'),
    types_forgotten: z.boolean().describe('There were more; the least frequent ones of late had to leave.'),
    examples: z.array(exampleSchema).describe('Of those kept for its error types.'),
  }),
);

export type ConnectorCounts = z.infer<typeof connectorCountsSchema>;
export type ConnectorDetail = z.infer<typeof connectorDetailSchema>;
export type ConnectorList = z.infer<typeof connectorListSchema>;
export type ConnectorRow = z.infer<typeof connectorRowSchema>;
