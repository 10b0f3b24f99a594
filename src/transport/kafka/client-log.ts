import type { logCreator as LogCreator } from 'kafkajs';
import type { TransportLogger } from '../log.ts';

/**
 * Maps kafkajs' log lines onto ours. kafkajs logs at ERROR whatever it is about to try again, and the source and sink
 * report each change of state themselves, once. So its lines are for somebody who looks into the details: `debug`,
 * apart from the few below. Stack traces are kept at `debug` only.
 */
export function kafkaLogCreator(logger: TransportLogger): LogCreator {
  return () => (entry) => {
    const { timestamp: _timestamp, logger: _logger, message, stack, error, ...rest } = entry.log;
    const known = EXCEPTIONS.find(({ pattern }) => pattern.test(String(message)));
    const level = known?.level ?? 'debug';
    const event = known?.event === undefined ? {} : { event: known.event };
    const fields = { component: `kafkajs/${entry.namespace}`, ...event, ...rest, ...sentence(error) };
    logger[level](level === 'debug' && stack !== undefined ? { ...fields, stack } : fields, known?.text ?? message);
  };
}

interface Exception {
  readonly pattern: RegExp;
  readonly level: keyof TransportLogger;
  readonly event?: string;
  /** In place of kafkajs' own words. */
  readonly text?: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    pattern: /^Offset out of range, resetting to default offset/,
    level: 'error',
    event: 'records-gone',
    text:
      'the next records to read were deleted before they were read: retention is too short, or nothing was read for too ' +
      'long; reading goes on at the oldest record left (with kafka.fromBeginning false, at the next new one)',
  },
  { pattern: /^Consumer group received unsubscribed topics/, level: 'warn' },
  { pattern: /^Failed to execute listener/, level: 'error' },
];

function sentence(error: unknown): { error?: string } {
  if (error === undefined) return {};
  return { error: error instanceof Error ? error.message : String(error) };
}
