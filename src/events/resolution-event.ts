/**
 * The output: what happened, why, what to do, by whom, is a retry worth it. The field names here are those on the wire;
 * `schemas/resolution-event.schema.json` is generated from this schema, so what users validate against is what is sent.
 */
import { z } from 'zod';
import { ACTIONS, CONFIDENCES, OWNERS } from '../catalog/schema.ts';
import { SEVERITIES } from './severity.ts';

const time = z.iso.datetime();

/** Where the searched text stood in the connector event. */
export const MATCH_FIELDS = [
  'message',
  'error.message',
  'error.stack_trace',
  'error.type',
  'error.code',
  'error.http_status',
] as const;
export type MatchField = (typeof MATCH_FIELDS)[number];

const other = z.strictObject({
  error_type: z.string(),
  why: z.string().describe('Why it was not given.'),
});

export const resolutionEventSchema = z
  .strictObject({
    event_id: z
      .string()
      .describe('`topic:partition:offset` of the source record: equal for duplicates, never for others.'),
    outcome: z.enum(['resolved', 'unclassified']),
    id: z.string().nullable().describe('The id that the connector gave its event.'),
    error_type: z.string().nullable().describe('Id of the catalog entry; null when unclassified.'),
    seed_row: z.int().nullable().describe('Row of the document that the entry was taken from.'),
    confidence: z.enum(CONFIDENCES).nullable().describe('`inferred` is a guess: the same condition in other words.'),
    generic: z
      .boolean()
      .describe(
        'Only the kind of failure is known; `match.captures.code` is then a vendor code that no entry knows yet.',
      ),
    app: z.string().nullable().describe("The catalog's key of the app; the record's own text where it has none."),
    connector_id: z.string().nullable(),
    tenant_id: z.string().nullable(),
    severity: z.enum(SEVERITIES).nullable(),
    message: z.string(),
    message_truncated: z.boolean().describe('The message was longer than `limits.messageChars`.'),
    error: z
      .strictObject({
        type: z.string().nullable(),
        code: z.string().nullable(),
        http_status: z.int().nullable(),
        message: z.string().nullable(),
        stack_trace: z.string().nullable(),
      })
      .nullable()
      .describe('The error object of the connector event; its texts cut to 8,192 characters.'),
    match: z
      .strictObject({
        field: z.enum(MATCH_FIELDS),
        pattern: z.string(),
        start: z
          .int()
          .describe(
            'Where the match begins in that field as it is here, with secrets replaced, in UTF-16 units; it may lie behind where the field was cut.',
          ),
        end: z.int().describe('Where it ends (exclusive).'),
        captures: z.record(z.string(), z.string()),
      })
      .nullable(),
    alternatives: z.array(other).describe('Other entries that fit, best first.'),
    title: z.string().nullable(),
    description: z.string().nullable(),
    resolution: z
      .strictObject({
        summary: z.string(),
        steps: z.array(z.string()),
        action: z.enum(ACTIONS),
        owner: z.enum(OWNERS),
        retryable: z.boolean(),
        links: z.array(z.strictObject({ title: z.string(), url: z.string() })),
      })
      .nullable(),
    fingerprint: z
      .string()
      .nullable()
      .describe('Of unclassified events: equal for messages that differ only in numbers, ids and the like.'),
    template: z
      .string()
      .nullable()
      .describe('Of unclassified events: the message with its changing parts as <*>, cut to 300 characters.'),
    catalog: z.strictObject({ version: z.string(), digest: z.string() }),
    source: z.strictObject({
      topic: z.string(),
      partition: z.int(),
      offset: z.int(),
      timestamp: time.nullable().describe("The source record's own time."),
    }),
    correlation: z.strictObject({ trace_id: z.string().nullable(), request_id: z.string().nullable() }),
    occurred_at: time.describe("The event's timestamp, else the record's, else the time of processing."),
    processed_at: time,
    attributes: z.record(z.string(), z.unknown()).describe('Further fields of the connector event.'),
    attributes_dropped: z.int().describe('Fields left out because there were too many or they were too large.'),
  })
  .describe('What connector-triage writes for every error record.');

export type ResolutionEvent = z.infer<typeof resolutionEventSchema>;
