/**
 * Logs. Levels say what an operator must do: `error` something was lost or a person is needed, `warn` nothing was lost
 * but look when you can, `info` one line per change of state, `debug` everything else. Nothing is logged per record at
 * `info`. Only this file imports pino.
 *
 * Folder rule: `telemetry/` may import `events/`, `catalog/` types and `pipeline` outcome types, never a Kafka client.
 */
import pino from 'pino';
import pretty from 'pino-pretty';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  readonly format: 'auto' | 'json' | 'pretty';
  /** Where the lines go; logs never go to stdout, which holds data. */
  readonly destination: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const isPretty = format === 'pretty' || (format === 'auto' && destination.isTTY === true);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
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
