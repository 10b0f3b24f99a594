/** The headers of dead letters as a contract: every value is UTF-8 text. `schemas/dead-letter-headers.*` are generated from it. */
import { z } from 'zod';
import { DEAD_LETTER_REASONS, type DeadLetterReason, DEAD_LETTER_HEADERS as H } from './dead-letter.ts';

const number = z.string().regex(/^-?\d+$/);
const REASONS = Object.keys(DEAD_LETTER_REASONS) as [DeadLetterReason, ...DeadLetterReason[]];

export const deadLetterHeadersSchema = z
  .strictObject({
    [H.reason]: z.enum(REASONS).describe('Why the record was set aside.'),
    [H.stage]: z.enum(['decode', 'classify']).describe('The stage that gave up.'),
    [H.error]: z.string().describe('A sentence with the position or value, as far as known; 500 characters at most.'),
    [H.topic]: z.string().describe('Topic of the source record.'),
    [H.partition]: number.describe('Its partition.'),
    [H.offset]: number.describe('Its offset.'),
    [H.index]: number.optional().describe('Only when the value is one log record of a batch: which one, from 0.'),
    [H.timestamp]: number.describe('Its time in milliseconds since 1970, -1 where it has none.'),
    [H.version]: z.string().describe('Version of connector-triage that set it aside.'),
    [H.valueBytes]: number.optional().describe('Only when the value had to be cut: how many bytes it had.'),
    [H.keyBytes]: number.optional().describe('Only when the key had to be left out: how many bytes it had.'),
    [H.headersDropped]: number.optional().describe('Only when original headers had to be left out: how many.'),
    [H.redacted]: z.literal('true').optional().describe('Only when secrets were taken out of the record.'),
  })
  .describe('Headers that a dead letter has beside its original ones; all values are UTF-8 text.');
