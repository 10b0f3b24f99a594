/** The settings of redaction: a part of the schema in config.ts. */
import { z } from 'zod';
import { messageOf } from './errors.ts';
import { parseRule } from './redaction/rules.ts';

const MAX_RULES = 100;

const rule = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    try {
      parseRule(text);
    } catch (error) {
      const message = `expected words with placeholders such as "internal ticket {id}": ${messageOf(error)}`;
      context.addIssue({ code: 'custom', message });
    }
  });

export const redactionSchema = z.strictObject({
  mode: z
    .enum(['on', 'off'])
    .default('on')
    .meta({ flag: 'redaction' })
    .describe('Take tokens, passwords, keys, cookies and the like out of events, logs and metrics.'),
  emails: z.boolean().default(true).describe('Whether e-mail addresses are taken out as well.'),
  deadLetters: z
    .enum(['keep', 'redact'])
    .default('keep')
    .describe('Whether key, value and headers of dead letters stay as they came, or are redacted, too.'),
  rules: z
    .array(rule)
    .max(MAX_RULES)
    .default([])
    .describe(
      'Further secrets, in the pattern language of the catalog: what the placeholders stand for is redacted, as in "internal ticket {id}"; a rule without any redacts its words.',
    ),
});
