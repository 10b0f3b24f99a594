/** `triage run`: the service, until a signal ends it. */
import type { Command } from 'commander';
import { addSettings, readSettings } from './settings-options.ts';
import { runUntilSignal } from './signals.ts';

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('Consume connector events from Kafka, publish resolution events, serve metrics.');
  addSettings(command).action(async () => {
    const { config, unknownEnv } = readSettings(command);
    const [{ createLogger }, { startService }] = await Promise.all([
      import('../telemetry/logger.ts'),
      import('../service.ts'),
    ]);
    const logger = createLogger({ ...config.log, destination: process.stderr });
    if (unknownEnv.length > 0) {
      logger.warn({ event: 'unknown-setting', names: unknownEnv }, 'names in the environment that are no setting');
    }
    await runUntilSignal(() => startService({ config, logger }), config.drainTimeoutMs);
  });
}
