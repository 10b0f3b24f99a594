/** One thing that was looked at, and what it means for `triage run`. */
export interface Check {
  /** What was looked at, such as `topic connector.events`. */
  readonly what: string;
  readonly status: Status;
  /** What was found. */
  readonly found: string;
  /** What would go wrong; absent when all is well. */
  readonly consequence?: string;
  /** What to do about it; absent when all is well. */
  readonly mend?: string;
}

/** `unknown`: it could not be looked at; the reason is in `found`. */
export type Status = 'ok' | 'warning' | 'problem' | 'unknown';

export function ok(what: string, found: string): Check {
  return { what, status: 'ok', found };
}

export function unknown(what: string, found: string): Check {
  return { what, status: 'unknown', found };
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

interface Trouble {
  readonly found: string;
  readonly consequence: string;
  readonly mend: string;
}

export function warning(what: string, trouble: Trouble): Check {
  return { what, status: 'warning', ...trouble };
}

export function problem(what: string, trouble: Trouble): Check {
  return { what, status: 'problem', ...trouble };
}
