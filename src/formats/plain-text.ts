/**
 * Log lines as text: the value is the message, a stack trace below it included. Time and severity are taken from where they
 * usually stand: syslog's priority (https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1), an ISO 8601 time at the beginning,
 * and the first name of a level.
 */
import { severityOf } from '../events/severity.ts';
import { type Decoded, eventFrom, type FormatOptions, type InputFormat } from './format.ts';
import { sizeProblem } from './json-value.ts';

/** Time and level stand within so many characters. */
const HEAD_CHARS = 200;
const TIME = /^[[<(\d>\s]{0,8}?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)/;
/** `level=error` in any case; else a name in capitals, since small letters may be any word. */
const NAMED_LEVEL = /\b(?:level|severity|lvl)["']?\s?[=:]\s?["']?([a-z]{3,13})\b/i;
const LEVEL = /\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC)\b/;
const PRIORITY = /^<(\d{1,3})>/;
/** By syslog's numerical code, the priority modulo 8. */
const SYSLOG_LEVELS = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const;

export function plainText({ maxBytes }: Pick<FormatOptions, 'maxBytes'>): InputFormat {
  return { name: 'text', decode: ({ value }) => decodeText(value, maxBytes) };
}

export function decodeText(value: Buffer | null, maxBytes: number): Decoded {
  if (value === null) return { kind: 'tombstone' };
  const problem = sizeProblem(value, maxBytes, 'a line of text');
  if (problem !== undefined) return problem;
  const message = value
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimEnd();
  const head = message.slice(0, HEAD_CHARS);
  const event = { message, timestamp: timeIn(head), severity: levelIn(head) };
  return eventFrom(event, 'expected a line of text, found only white space');
}

/** Log4j and Python write a comma before the fraction. */
function timeIn(head: string): string | undefined {
  return TIME.exec(head)?.[1]?.replace(',', '.');
}

/** As its name; `undefined` where none is given: such a line counts as an error. `level=admin` names none. */
function levelIn(head: string): string | undefined {
  const priority = PRIORITY.exec(head)?.[1];
  if (priority !== undefined) return SYSLOG_LEVELS[Number(priority) % 8];
  const named = NAMED_LEVEL.exec(head)?.[1];
  return named !== undefined && severityOf(named) !== undefined ? named : LEVEL.exec(head)?.[1];
}
