/**
 * The catalog's files as one zod schema: the types, the loader's checks and `schemas/catalog.schema.json` come from here.
 *
 * Folder rule: `catalog/` imports no Kafka client, no clock and no environment.
 */
import { z } from 'zod';
import { HTTP_STATUSES } from './http-status.ts';

/** Confidence from strong to weak; see `Confidence` in ARCHITECTURE.md. */
export const CONFIDENCES = ['exact', 'normalized', 'partial', 'inferred'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What the person who acts does. Closed: consumers of the output topic switch on it. */
export const ACTIONS = [
  'retry',
  'test-connection',
  'reconnect',
  'change-setting',
  'grant-permission',
  'upgrade-plan',
  'assign-license',
  'enable-service',
  'renew-credentials',
  'contact-support',
  'check-status',
] as const;

/** Who acts: the customer's own staff, the administrator of the connected app, the app's vendor, or we who run the connector. */
export const OWNERS = ['customer', 'app-admin', 'vendor', 'us'] as const;

/** The owners in words that follow "by". */
export const OWNER_NAMES: Readonly<Record<(typeof OWNERS)[number], string>> = {
  customer: 'the customer',
  'app-admin': "the app's administrator",
  vendor: "the app's vendor",
  us: 'us, who run the connector',
};

/** Key of the file whose entries hold for every app. */
export const ALL_APPS = 'all';

const sentence = z.string().trim().min(1).max(2_000);
const key = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected lower-case words joined by "-", such as "exchange-online"')
  .max(60);

export const patternSchema = z.union([
  z.string().min(1).max(4_000),
  z.strictObject({
    text: z.string().min(1).max(4_000).describe('Literal text with {placeholders}; see "Pattern language" in README.'),
    confidence: z
      .enum(['normalized', 'partial'])
      .optional()
      .describe(
        'What a match of this pattern is worth at most. Left out: the text of the source row, which gives `exact`.',
      ),
    needsApp: z
      .boolean()
      .optional()
      .describe('The text is common elsewhere too: without an app in the record it is not given.'),
    adjacent: z
      .boolean()
      .optional()
      .describe(
        'Only white space may stand between the words (for texts of common words): `service.timeout=30` is none.',
      ),
  }),
]);

export const inferredSchema = z
  .strictObject({
    http: z
      .int()
      .refine((status) => HTTP_STATUSES.includes(status), `expected one of ${HTTP_STATUSES.join(', ')}`)
      .optional()
      .describe('An HTTP status, in any wording.'),
    text: z.string().min(1).max(400).optional().describe('Other words for the condition, in the pattern language.'),
    with: z.string().min(1).max(200).optional().describe('Words that must stand somewhere in the message, too.'),
    unless: z
      .array(z.string().regex(/^[A-Za-z0-9_$]+$/, 'expected one word'))
      .max(10)
      .optional()
      .describe('Words that show that it is something else, wherever they stand.'),
  })
  .refine(({ http, text }) => (http === undefined) !== (text === undefined), 'expected either `http` or `text`');

export const resolutionSchema = z.strictObject({
  summary: sentence.describe('One sentence: what mends it.'),
  steps: z.array(sentence).min(1).max(20).describe('What to do, in order.'),
  action: z.enum(ACTIONS),
  owner: z.enum(OWNERS),
  retryable: z.boolean().describe('Whether the same call may succeed later without anybody doing anything.'),
  links: z
    .array(z.strictObject({ title: sentence, url: z.url() }))
    .max(10)
    .optional(),
});

export const entrySchema = z.strictObject({
  id: z
    .string()
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/,
      'expected "<app key>.<name>" in lower-case words joined by "-", such as "box.refresh-token-invalid"',
    )
    .max(100)
    .describe('The error type. Never reused for another meaning: dashboards and alerts are built on it.'),
  title: sentence,
  source: z
    .strictObject({ document: key, row: z.int().min(1) })
    .optional()
    .describe('Where the entry was taken from.'),
  generic: z
    .boolean()
    .optional()
    .describe('Only the kind of failure is known (an HTTP status, a bare exception): any other entry of the app wins.'),
  patterns: z.array(patternSchema).min(1).max(50),
  inferred: z
    .array(inferredSchema)
    .max(20)
    .optional()
    .describe('The same condition in other words: gives `inferred`, and only where no known text is found.'),
  description: sentence.describe('What happened and why.'),
  resolution: resolutionSchema,
  examples: z.strictObject({
    match: z.array(z.string().min(1).max(20_000)).min(2).describe('Messages that must give this entry.'),
    noMatch: z
      .array(z.string().min(1).max(20_000))
      .min(2)
      .describe('Near misses that must not be taken for the known text (an `inferred` answer is marked as a guess).'),
  }),
});

export const appFileSchema = z.strictObject({
  app: z.strictObject({
    key: key.describe('Label in metrics and events; "all" for entries that hold for every app.'),
    name: sentence,
    aliases: z.array(sentence).max(50).optional().describe('Other names that records use, old ones included.'),
  }),
  entries: z.array(entrySchema),
});

export const cueSchema = z
  .strictObject({
    before: z.string().min(1).max(200).optional().describe('Words that stand before the known text.'),
    after: z.string().min(1).max(200).optional().describe('Words that stand after it.'),
    within: z.int().min(0).max(200).default(6).describe('How many words may stand between, on the same line.'),
    verbatim: z.boolean().default(false).describe('The letters count as they are written: INFO, not info.'),
  })
  .refine(
    ({ before, after }) => (before === undefined) !== (after === undefined),
    'expected either `before` or `after`',
  );

export const manifestSchema = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'expected a version such as "1.0.0"')
    .describe('Raised with every change of the catalog.'),
  documents: z.record(key, z.strictObject({ title: sentence, date: z.iso.date() })),
  quoted: z
    .array(cueSchema)
    .optional()
    .describe('Words near a known text that show that it is only quoted: in a rule, a setting, a success, a document.'),
});

export type AppFile = z.infer<typeof appFileSchema>;
export type EntrySpec = z.infer<typeof entrySchema>;
export type Resolution = z.infer<typeof resolutionSchema>;
export type InferredSpec = z.infer<typeof inferredSchema>;
export type PatternSpec = z.infer<typeof patternSchema>;
export type Cue = z.infer<typeof cueSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
