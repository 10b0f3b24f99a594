/**
 * What a producer is asked to write. `toConnectorEvent` takes more than this (other types, other fields); what fits this
 * schema it takes without loss. `schemas/connector-event.*` are generated from it.
 */
import { z } from 'zod';
import { SEVERITIES } from './severity.ts';

const text = z.string().nullish();

export const connectorEventSchema = z
  .looseObject({
    message: z.string().min(1).describe('What happened, as the connector logged it. The one field that is required.'),
    id: text.describe('The id that the connector gives its event.'),
    timestamp: z.iso.datetime({ offset: true }).nullish().describe('When it happened; absent: the time of the record.'),
    severity: text.describe(
      `One of ${SEVERITIES.join(', ')}; other names and the numbers of pino, bunyan and log4j are understood. Absent: counts as error.`,
    ),
    app: text.describe('The product, such as box or "Office 365".'),
    connector_id: text.describe('The connector (one installation).'),
    tenant_id: text.describe('The customer whose connector it is.'),
    error: z
      .looseObject({
        type: text.describe('Class or kind of the error.'),
        code: text.describe('The code of the vendor.'),
        http_status: z.int().min(100).max(599).nullish().describe('Status of the HTTP answer, 100 to 599.'),
        message: text.describe('The text of the error itself.'),
        stack_trace: text.describe('Stack trace as text.'),
      })
      .nullish()
      .describe('The error, where the connector tells it apart from the message.'),
    correlation: z
      .looseObject({
        trace_id: text.describe('Of the distributed trace.'),
        request_id: text.describe('Of the request that failed.'),
      })
      .nullish()
      .describe('Ids by which other logs are found.'),
    attributes: z.record(z.string(), z.unknown()).nullish().describe('Whatever else there is, carried along.'),
  })
  .describe('What connector-triage reads: one log record of one connector. Unknown fields are kept as attributes.');
