/** What the API says of error types. */
import { z } from 'zod';
import { ACTIONS, CONFIDENCES, OWNERS } from '../../catalog/schema.ts';
import { MATCH_FIELDS } from '../../events/resolution-event.ts';
import { advice, CONNECTOR_STATES, count, named, paged, rate, time } from './base.ts';

export const WINDOWS = ['1h', '24h'] as const;
export type Window = (typeof WINDOWS)[number];

export const chartSchema = named(
  'Chart',
  z
    .strictObject({
      window: z.enum(WINDOWS),
      start: time.describe('Where the first step begins.'),
      known_from: time.describe('Steps that end before this are empty because nothing was counted yet.'),
      step_seconds: z.int().min(1),
      series: z
        .array(
          z.strictObject({
            error_type: z.string().describe('`unclassified` for what no entry fits.'),
            title: z.string().nullable(),
            counts: z.array(count).describe('Errors in each step, oldest first; the last one is not over yet.'),
          }),
        )
        .describe('The most frequent types of the window, most frequent first.'),
      other: z.array(count).describe('All other types together.'),
      spikes: z
        .array(
          z.strictObject({
            error_type: z.string(),
            from: time,
            to: time.describe('Where the spike ends, or the chart does.'),
            per_minute: rate.describe('The highest rate in it.'),
            usual_per_minute: rate.describe('Mean of the 6 hours up to 15 minutes before.'),
          }),
        )
        .describe(
          'Stretches of 5 minutes with at least 30 errors, more than 3 times the mean and more than the mean and 3 standard deviations of the 6 hours before; found once there is half an hour to compare with.',
        ),
    })
    .describe('Errors by type over time, by the time of processing. 1h: steps of 10 s; 24h: of 5 minutes.'),
);

const errorTypeRowSchema = named(
  'ErrorTypeRow',
  z.strictObject({
    error_type: z.string().describe('`other` for types past the limit of those that are counted on their own.'),
    app: z
      .string()
      .nullable()
      .describe('`all` for entries of every app; null when the catalog has no such entry any more.'),
    title: z.string().nullable(),
    error_count: count,
    inferred_count: count.describe('Of these, how many are guesses.'),
    errors_1h: count,
    errors_per_minute: rate.describe('Mean of the last 5 minutes.'),
    first_seen: time.nullable().describe('Null: not since this process started.'),
    last_seen: time.nullable(),
    spiking: z.boolean().describe('The last 5 minutes are a spike; see Chart.'),
    connectors: count.describe('Connectors that have it among their recent types.'),
    action: advice.nullable(),
    sparkline: z.array(count).length(60),
  }),
);

export const exampleSchema = named(
  'Example',
  z
    .strictObject({
      event_id: z.string(),
      occurred_at: time,
      app: z.string().nullable(),
      connector_id: z.string().nullable(),
      tenant_id: z.string().nullable(),
      confidence: z.enum(CONFIDENCES).nullable(),
      field: z.enum(MATCH_FIELDS).describe('The field of the event that the text is of.'),
      text: z.string().describe('At most 1,000 characters of it around the match, secrets replaced.'),
      cut_before: z.boolean(),
      cut_after: z.boolean(),
      span: z
        .strictObject({ start: count, end: count })
        .nullable()
        .describe('What matched, in UTF-16 units of `text`; null when nothing in the text is to be marked.'),
    })
    .describe('A record as it was published. Show it as text, never as HTML.'),
);

export const errorTypeListSchema = named(
  'ErrorTypeList',
  z.strictObject({ ...paged, rows: z.array(errorTypeRowSchema) }),
);

export const errorTypeDetailSchema = named(
  'ErrorTypeDetail',
  z.strictObject({
    now: time,
    type: errorTypeRowSchema,
    entry: z
      .strictObject({
        description: z.string(),
        generic: z.boolean(),
        seed_row: z.int().nullable(),
        patterns: z.array(z.string()),
        resolution: z.strictObject({
          summary: z.string(),
          steps: z.array(z.string()),
          action: z.enum(ACTIONS),
          owner: z.enum(OWNERS),
          retryable: z.boolean(),
          links: z.array(z.strictObject({ title: z.string(), url: z.string() })),
        }),
      })
      .nullable()
      .describe('Null when the catalog has no such entry (any more).'),
    hour: chartSchema.describe('Of this type only.'),
    day: chartSchema.describe('Of this type only.'),
    connectors: z
      .array(
        z.strictObject({
          key: z.string(),
          app: z.string().nullable(),
          connector_id: z.string().nullable(),
          state: z.enum(CONNECTOR_STATES),
          error_count: count.describe('Of this type.'),
          last_seen: time,
        }),
      )
      .max(100)
      .describe('Last seen first.'),
    tenants: z
      .array(z.strictObject({ tenant_id: z.string(), error_count: count, last_seen: time }))
      .max(20)
      .describe('Last seen first.'),
    tenants_other: count.describe('Errors of tenants that are not listed: they left for newer ones, or found no room.'),
    examples: z.array(exampleSchema).max(5).describe('Newest first, at most one a second.'),
  }),
);

export type Chart = z.infer<typeof chartSchema>;
export type ErrorTypeDetail = z.infer<typeof errorTypeDetailSchema>;
export type ErrorTypeList = z.infer<typeof errorTypeListSchema>;
export type ErrorTypeRow = z.infer<typeof errorTypeRowSchema>;
export type Example = z.infer<typeof exampleSchema>;
