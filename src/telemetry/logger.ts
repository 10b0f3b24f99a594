/**
 * Logs. Levels say what an operator must do: `error` something was lost or a person is needed, `warn` nothing was lost
 * but look when you can, `info` one line per change of state, `debug` everything else. Nothing is logged per record at
 * `info`. Only this file imports pino.
 *
 * Every line is redacted as a whole, just before it is written: whatever was logged, in whichever field, error or message.
 *
 * Folder rule: `telemetry/` may import `events/`, `redaction/` and `catalog/` types, never a Kafka client.
 */
import pino from 'pino';
import pretty from 'pino-pretty';
import { createRedactor, DEFAULT_REDACTOR, type RedactionSettings, type Redactor } from '../redaction/redactor.ts';
import type { TransportLogger } from '../transport/log.ts';

/** Every line has an `event` out of `LOG_EVENTS`, but for `debug`. */
export interface Logger extends TransportLogger {
  /** The same, with these fields in every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export interface LoggerOptions {
  readonly level: string;
  readonly format: 'auto' | 'json' | 'pretty';
  /** Where the lines go; logs never go to stdout, which holds data. */
  readonly destination: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Left out: secrets are redacted. */
  readonly redaction?: RedactionSettings;
}

export function createLogger({ level, format, destination, redaction }: LoggerOptions): pino.Logger {
  const redactor = redaction === undefined ? DEFAULT_REDACTOR : createRedactor(redaction);
  const isPretty = format === 'pretty' || (format === 'auto' && destination.isTTY === true);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: (line) => withoutSecrets(line, redactor) },
  };
  if (!isPretty) return pino(options, destination);
  const stream = pretty({
    destination,
    colorize: destination.isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'event',
    singleLine: true,
    sync: true,
  });
  return pino(options, stream);
}

/** Read and written again as JSON, so that a placeholder can never break the line. */
function withoutSecrets(line: string, redactor: Redactor): string {
  const fields: unknown = JSON.parse(line);
  const safe = redactor.value(fields);
  return safe === fields ? line : `${JSON.stringify(safe)}\n`;
}
