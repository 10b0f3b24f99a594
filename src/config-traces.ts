/** The settings of traces: a part of the schema in config.ts. */
import { z } from 'zod';

export const tracesSchema = z.strictObject({
  endpoint: z
    .string()
    .max(2_048)
    .regex(
      /^(https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?)?$/,
      'expected an address such as "http://127.0.0.1:4318", without a login in it',
    )
    .default('')
    .meta({ standardEnv: 'OTEL_EXPORTER_OTLP_ENDPOINT' })
    .describe(
      'OpenTelemetry collector that takes OTLP over HTTP in JSON: gets a span for each batch, with links to the traces of its records. Also read from OTEL_EXPORTER_OTLP_ENDPOINT. Not set: no spans.',
    ),
});
