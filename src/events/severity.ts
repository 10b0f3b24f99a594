/** Log levels as systems write them -> one scale. */

export const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];

const NAMES: ReadonlyMap<string, Severity> = new Map(
  Object.entries({
    trace: 'trace',
    verbose: 'trace',
    finest: 'trace',
    finer: 'trace',
    debug: 'debug',
    fine: 'debug',
    info: 'info',
    inf: 'info',
    audit: 'info',
    information: 'info',
    informational: 'info',
    notice: 'info',
    success: 'info',
    ok: 'info',
    config: 'info',
    warn: 'warn',
    warning: 'warn',
    error: 'error',
    err: 'error',
    failure: 'error',
    failed: 'error',
    severe: 'error',
    fatal: 'fatal',
    critical: 'fatal',
    crit: 'fatal',
    panic: 'fatal',
    alert: 'fatal',
    emergency: 'fatal',
    emerg: 'fatal',
  } satisfies Record<string, Severity>),
);

/** pino, bunyan and log4j number their levels so; other numbers mean different things in different systems. */
const NUMBERS: ReadonlyMap<number, Severity> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
]);

/** The severity that a level's name or number stands for, or undefined where it is not known. */
export function severityOf(level: string | number): Severity | undefined {
  return typeof level === 'number' ? NUMBERS.get(level) : NAMES.get(level.trim().toLowerCase());
}

/** Whether `a` is at least as severe as `b`. */
export function isAtLeast(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b);
}
