/** Labelled messages, one JSON object a line: what the catalog is measured against. */
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { describeIssue } from './load.ts';

/** Only `message` and `accept` decide; the rest is for whoever reads the report. */
const labelSchema = z.object({
  id: z.string().default(''),
  /** As the connector wrote it; absent, null and empty are the same: no app. */
  app: z.string().nullish(),
  message: z.string(),
  verdict: z.enum(['match', 'unknown', 'ambiguous']).optional(),
  row: z.int().min(1).nullish(),
  /** Every acceptable answer: the row of the source document, the id of an entry, or null for "none". */
  accept: z.array(z.union([z.int().min(1), z.string().min(1), z.null()])).min(1),
  /** Comma separated. */
  kind: z.string().default(''),
  note: z.string().default(''),
});

export type Label = z.infer<typeof labelSchema>;

export type ParsedLabel =
  | { readonly kind: 'label'; readonly label: Label }
  | { readonly kind: 'malformed'; readonly problem: string };

/** One line; what is wrong with it is said in full, nothing is guessed. */
export function parseLabel(line: Buffer): ParsedLabel {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch (error) {
    return { kind: 'malformed', problem: `not JSON: ${messageOf(error)}` };
  }
  const result = labelSchema.safeParse(json);
  if (result.success) return { kind: 'label', label: result.data };
  const problems = result.error.issues.map((issue) => describeIssue(issue, json));
  return { kind: 'malformed', problem: problems.join('; ') };
}
