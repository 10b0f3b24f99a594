/**
 * Where the drivers say what happened, by consequence for the operator: `warn` = nothing is lost and it is being dealt
 * with, `error` = records were lost or a person is needed. Nothing is logged per record. A pino logger fits.
 */
export interface TransportLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
