import type { logCreator as LogCreator, LogEntry } from 'kafkajs';
import type { TransportLogger } from '../log.ts';

/**
 * Maps kafkajs' log lines onto ours. kafkajs logs at ERROR whatever it is about to try again, and the source and sink
 * report each change of state themselves, once. So its lines are for somebody who looks into the details: `debug`,
 * apart from the few below. Stack traces are kept at `debug` only.
 */
export function kafkaLogCreator(logger: TransportLogger): LogCreator {
  return () => (entry) => {
    const { timestamp: _timestamp, logger: _logger, message, stack, error, ...rest } = entry.log;
    const level = levelOf(entry);
    const fields = { component: `kafkajs/${entry.namespace}`, ...rest, ...sentence(error) };
    logger[level](level === 'debug' && stack !== undefined ? { ...fields, stack } : fields, message);
  };
}

const EXCEPTIONS: readonly (readonly [pattern: RegExp, level: keyof TransportLogger])[] = [
  // Records between the committed offset and the new one are gone (retention was faster than we).
  [/^Offset out of range, resetting to default offset/, 'error'],
  [/^Consumer group received unsubscribed topics/, 'warn'],
  [/^Failed to execute listener/, 'error'],
];

function levelOf(entry: LogEntry): keyof TransportLogger {
  return EXCEPTIONS.find(([pattern]) => pattern.test(String(entry.log.message)))?.[1] ?? 'debug';
}

function sentence(error: unknown): { error?: string } {
  if (error === undefined) return {};
  return { error: error instanceof Error ? error.message : String(error) };
}
