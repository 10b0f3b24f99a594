/** What the API says of messages that no entry fits, and of one message that somebody asks about. */
import { z } from 'zod';
import { ACTIONS, CONFIDENCES, OWNERS } from '../../catalog/schema.ts';
import { count, named, paged, time } from './base.ts';
import { exampleSchema } from './error-types.ts';

const unclassifiedRowSchema = named(
  'UnclassifiedRow',
  z.strictObject({
    fingerprint: z.string(),
    app: z.string().nullable(),
    template: z.string().describe('The message with its changing parts as <*>, cut to 300 characters.'),
    error_count: count.describe('Since it is known here.'),
    errors_1h: count,
    first_seen: time,
    last_seen: time,
    example: exampleSchema,
    sparkline: z.array(count).length(60),
  }),
);

export const unclassifiedCountsSchema = named(
  'UnclassifiedCounts',
  z.strictObject({
    groups: count.describe('Groups that are kept, at most 1,000.'),
    forgotten_groups: count.describe('Groups that left for newer ones: those not seen for longest.'),
    forgotten_records: count.describe('The records of these groups, and records that found no room.'),
  }),
);

export const unclassifiedListSchema = named(
  'UnclassifiedList',
  z.strictObject({ ...paged, counts: unclassifiedCountsSchema, rows: z.array(unclassifiedRowSchema) }),
);

const nearSchema = named(
  'Near',
  z.strictObject({
    error_type: z.string(),
    title: z.string(),
    pattern: z.string(),
    share: z
      .number()
      .min(0)
      .max(1)
      .describe("Share of the pattern's words, rare ones weighing more, that the text has."),
    missing: z.array(z.string()).describe('Words that the text lacks; none: it has them in another order.'),
  }),
);

export const unclassifiedDetailSchema = named(
  'UnclassifiedDetail',
  z.strictObject({
    now: time,
    group: unclassifiedRowSchema,
    nearest: z.array(nearSchema).max(3).describe('Entries that the example comes near to.'),
    draft: z.strictObject({
      file: z.string().describe('The catalog file that it belongs to.'),
      is_new_file: z.boolean().describe('The draft is the whole file, else an item for the end of `entries`.'),
      yaml: z.string(),
      problems: z.array(z.string()).describe('What its own examples say against it; none: they hold.'),
    }),
  }),
);

export const explainRequestSchema = named(
  'ExplainRequest',
  z.strictObject({
    message: z.string().regex(/\S/, 'expected a message, found an empty text').max(32_768),
    app: z.string().max(256).optional().describe('Product that the message comes from, by any of its names.'),
  }),
);

const brief = { error_type: z.string(), title: z.string() };
const span = z.strictObject({ start: count, end: count });

export const explanationSchema = named(
  'Explanation',
  z
    .strictObject({
      message: z.string().describe('With secrets replaced; the spans point into it.'),
      app: z.strictObject({ kind: z.enum(['known', 'unknown', 'missing']), key: z.string().optional() }),
      match: z
        .strictObject({
          ...brief,
          confidence: z.enum(CONFIDENCES),
          pattern: z.string(),
          span,
          captures: z.record(z.string(), z.string()),
          undone: z.array(z.string()).describe('What had to be undone before the text fitted.'),
          seed_row: z.int().nullable(),
          description: z.string(),
          resolution: z.strictObject({
            summary: z.string(),
            steps: z.array(z.string()),
            action: z.enum(ACTIONS),
            owner: z.enum(OWNERS),
            retryable: z.boolean(),
            links: z.array(z.strictObject({ title: z.string(), url: z.string() })).optional(),
          }),
        })
        .optional()
        .describe('Left out when no entry fits.'),
      alternatives: z.array(z.strictObject({ ...brief, why: z.string() })).describe('Why others were not given.'),
      candidates: z
        .array(z.strictObject({ ...brief, pattern: z.string(), span }))
        .describe('Every pattern of another entry that matched, best first.'),
      nearest: z.array(nearSchema),
    })
    .describe('What `triage explain --json` says.'),
);

export type ExplanationAnswer = z.infer<typeof explanationSchema>;
export type Near = z.infer<typeof nearSchema>;
export type UnclassifiedCounts = z.infer<typeof unclassifiedCountsSchema>;
export type UnclassifiedDetail = z.infer<typeof unclassifiedDetailSchema>;
export type UnclassifiedList = z.infer<typeof unclassifiedListSchema>;
export type UnclassifiedRow = z.infer<typeof unclassifiedRowSchema>;
