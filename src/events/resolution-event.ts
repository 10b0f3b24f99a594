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
  error_type: z.string().describe('Id of the catalog entry.'),
  why: z.string().describe('Why it was not given.'),
});

export const resolutionEventSchema = z
  .strictObject({
    event_id: z
      .string()
      .describe(
        '`topic:partition:offset` of the source record, with `#index` when it is a batch of log records: equal for duplicates, never for others.',
      ),
    outcome: z.enum(['resolved', 'unclassified']).describe('Whether a catalog entry fits.'),
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
    connector_id: z.string().nullable().describe('The connector (one installation) that failed.'),
    tenant_id: z.string().nullable().describe('The customer whose connector it is.'),
    severity: z.enum(SEVERITIES).nullable().describe('On one scale; null when the connector event has none.'),
    message: z.string().describe('Of the connector event, secrets replaced; cut to `limits.messageChars`.'),
    message_truncated: z.boolean().describe('The message was longer than `limits.messageChars`.'),
    error: z
      .strictObject({
        type: z.string().nullable().describe('Class or kind of the error.'),
        code: z.string().nullable().describe('The code of the vendor.'),
        http_status: z.int().nullable().describe('Status of the HTTP answer, 100 to 599.'),
        message: z.string().nullable().describe('The text of the error itself.'),
        stack_trace: z.string().nullable().describe('Stack trace as text.'),
      })
      .nullable()
      .describe('The error object of the connector event; its texts cut to 8,192 characters.'),
    match: z
      .strictObject({
        field: z.enum(MATCH_FIELDS).describe('The field that the pattern was found in.'),
        pattern: z.string().describe('The pattern of the catalog entry that fits.'),
        start: z
          .int()
          .describe(
            'Where the match begins in that field as it is here, with secrets replaced, in UTF-16 units; it may lie behind where the field was cut.',
          ),
        end: z.int().describe('Where it ends (exclusive).'),
        cause: z
          .int()
          .nullable()
          .describe(
            'Of a stack trace: below which of its `Caused by:` the match is, from 1; 0 is above the first one.',
          ),
        captures: z
          .record(z.string(), z.string())
          .describe('What stood in place of the placeholders of the pattern, by name.'),
      })
      .nullable()
      .describe('Why the entry fits; null when unclassified.'),
    alternatives: z.array(other).describe('Other entries that fit, best first.'),
    title: z.string().nullable().describe('What the error is called, from the catalog.'),
    description: z.string().nullable().describe('What happened and why, from the catalog.'),
    resolution: z
      .strictObject({
        summary: z.string().describe('What to do, in one sentence.'),
        steps: z.array(z.string()).describe('The same step by step.'),
        action: z.enum(ACTIONS).describe('The kind of thing to do.'),
        owner: z.enum(OWNERS).describe('Who does it.'),
        retryable: z.boolean().describe('Whether trying the same again may succeed.'),
        links: z
          .array(
            z.strictObject({
              title: z.string().describe('What is behind the link.'),
              url: z.string().describe('Its address.'),
            }),
          )
          .describe('Where to read on.'),
      })
      .nullable()
      .describe('What to do about it, from the catalog; null when unclassified.'),
    fingerprint: z
      .string()
      .nullable()
      .describe('Of unclassified events: equal for messages that differ only in numbers, ids and the like.'),
    template: z
      .string()
      .nullable()
      .describe('Of unclassified events: the message with its changing parts as <*>, cut to 300 characters.'),
    catalog: z
      .strictObject({
        version: z.string().describe('Version of the catalog.'),
        digest: z.string().describe('Equal for catalogs that say the same.'),
      })
      .describe('The catalog that the record was classified with.'),
    source: z
      .strictObject({
        topic: z.string().describe('Topic of the source record.'),
        partition: z.int().describe('Its partition.'),
        offset: z.int().describe('Its offset.'),
        timestamp: time.nullable().describe("The source record's own time."),
      })
      .describe('Where the connector event stands.'),
    correlation: z
      .strictObject({
        trace_id: z.string().nullable().describe('Of the distributed trace.'),
        request_id: z.string().nullable().describe('Of the request that failed.'),
      })
      .describe('Ids by which other logs are found.'),
    occurred_at: time.describe("The event's timestamp, else the record's, else the time of processing."),
    processed_at: time.describe('When it was classified.'),
    attributes: z.record(z.string(), z.unknown()).describe('Further fields of the connector event.'),
    attributes_dropped: z.int().describe('Fields left out because there were too many or they were too large.'),
  })
  .describe('What connector-triage writes for every error record.');

export type ResolutionEvent = z.infer<typeof resolutionEventSchema>;
