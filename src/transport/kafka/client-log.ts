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
    const fields = { component: `kafkajs/${entry.namespace}`, ...rest, ...sentence(error) };
    if (known === undefined) logger.debug(stack === undefined ? fields : { ...fields, stack }, message);
    else logger[known.level]({ ...fields, event: known.event }, known.text ?? message);
  };
}

interface Exception {
  readonly pattern: RegExp;
  readonly level: 'warn' | 'error';
  readonly event: string;
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
  { pattern: /^Consumer group received unsubscribed topics/, level: 'warn', event: 'group-of-other-topics' },
  { pattern: /^Failed to execute listener/, level: 'error', event: 'listener-failed' },
];

function sentence(error: unknown): { error?: string } {
  if (error === undefined) return {};
  return { error: error instanceof Error ? error.message : String(error) };
}
