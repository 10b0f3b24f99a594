/** What can be asked for in the query of an address. */
import { z } from 'zod';
import { CONNECTOR_STATES } from './base.ts';
import { WINDOWS } from './error-types.ts';

/** Numbers of a query are texts. */
const whole = (min: number, max: number, byDefault: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);

const search = z.string().max(200).optional();
const page = {
  offset: whole(0, 1_000_000, 0).describe('How many rows to pass over.'),
  limit: whole(1, 500, 100).describe('How many rows to give at most.'),
};

export const overviewQuery = z.strictObject({
  window: z.enum(WINDOWS).default('1h').describe('Of the chart.'),
});

export const connectorsQuery = z.strictObject({
  q: search.describe('Part of the connector id or the app, in any case.'),
  app: search.describe('Exactly this app.'),
  state: z.enum(CONNECTOR_STATES).optional(),
  error_type: search.describe('Only those that have it among their recent types; `unclassified` too.'),
  sort: z
    .enum(['attention', 'rate', 'last_seen', 'name'])
    .default('attention')
    .describe('attention: failing, degraded, healthy, in each the most errors of the last 10 minutes first.'),
  ...page,
});

export const errorTypesQuery = z.strictObject({
  q: search.describe('Part of the id or the title, in any case.'),
  app: search.describe("Exactly this app's entries; `all` for those of every app."),
  seen: z.enum(['yes', 'all']).default('yes').describe('all: also entries that were not seen since the start.'),
  sort: z
    .enum(['attention', 'count', 'last_seen', 'id'])
    .default('attention')
    .describe('attention: spiking ones first, then the most errors of the last hour.'),
  ...page,
});

export const unclassifiedQuery = z.strictObject({
  q: search.describe('Part of the template, in any case.'),
  app: search.describe('Exactly this app.'),
  sort: z
    .enum(['attention', 'count', 'first_seen', 'last_seen'])
    .default('attention')
    .describe('attention: the most errors of the last hour first; first_seen: the newest first.'),
  ...page,
});

export type ConnectorsQuery = z.infer<typeof connectorsQuery>;
export type ErrorTypesQuery = z.infer<typeof errorTypesQuery>;
export type UnclassifiedQuery = z.infer<typeof unclassifiedQuery>;
