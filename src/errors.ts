/**
 * Every failure that can reach a user: its code, whether waiting helps, and the process exit code.
 * A `TriageError` is for people: its message says where, what was expected, what was found and how to mend it.
 */

/** Exit codes of `triage`; documented in `triage --help` and README. */
export const EXIT = {
  ok: 0,
  /** The work was done and found something wrong (a check failed, no match). */
  findings: 1,
  /** Wrong command line or configuration. */
  usage: 2,
  /** Kafka cannot be reached or lacks a topic. */
  transport: 3,
  /** The catalog cannot be loaded. */
  catalog: 4,
  /** Input or output file cannot be read or written. */
  file: 5,
  /** Drain took longer than `drainTimeoutMs`; the unfinished records are read again at the next start. */
  drainTimeout: 6,
  /** Kafka refused TLS, the login or a right. */
  access: 7,
  /** A bug. */
  internal: 70,
} as const;

export type ErrorKind = Exclude<keyof typeof EXIT, 'ok'>;

/** An error with a sentence for the user. `kind` decides the exit code, `retriable` whether the same call may succeed later. */
export class TriageError extends Error {
  readonly kind: ErrorKind;
  readonly retriable: boolean;

  constructor(kind: ErrorKind, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TriageError';
    this.kind = kind;
    this.retriable = options.retriable ?? false;
  }
}

/** The sentence of any thrown value, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a connection failed. `fetch` hides it in the cause; of a host with several addresses Node tells of all of them in an error without a message. */
export function networkReasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ');
  if (error instanceof TypeError && error.cause !== undefined) return networkReasonOf(error.cause);
  return messageOf(error) || String((error as NodeJS.ErrnoException).code);
}
