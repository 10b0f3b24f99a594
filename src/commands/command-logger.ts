import type { Config } from '../config.ts';
import type { Logger } from '../telemetry/logger.ts';

/** To stderr. `quiet`: what goes well is not told, unless log.level asks for more than that. */
export async function commandLogger(
  { log, redaction }: Pick<Config, 'log' | 'redaction'>,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<Logger> {
  // Not at the top of the file: the help of every command would load it.
  const { createLogger } = await import('../telemetry/logger.ts');
  const level = quiet && log.level === 'info' ? 'warn' : log.level;
  return createLogger({ ...log, level, redaction, destination: process.stderr });
}
