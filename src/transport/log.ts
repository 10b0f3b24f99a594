/**
 * Where the drivers say what happened, by consequence for the operator: `warn` = nothing is lost and it is being dealt
 * with, `error` = records were lost or a person is needed. Nothing is logged per record. A pino logger fits.
 */
export interface TransportLogger {
  /** Details for somebody who looks into one: without a code. */
  debug(fields: object, message: string): void;
  info(fields: CodedFields, message: string): void;
  warn(fields: CodedFields, message: string): void;
  error(fields: CodedFields, message: string): void;
}

/** `event`: a code that stays the same whatever the message says; the service's are listed in its reference. */
export interface CodedFields {
  readonly event: string;
  readonly [name: string]: unknown;
}
