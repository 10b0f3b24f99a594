/** `triage run`: the service, until a signal ends it. */
import { type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import type { Service } from '../instance.ts';
import type { ServiceOptions } from '../service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { KafkaConnection } from '../transport/kafka/client.ts';
import { commandLogger } from './command-logger.ts';
import { addSettings, readSettings } from './settings-options.ts';
import { runUntilSignal } from './signals.ts';
import { TIME_HELP, timeArgument } from './time.ts';

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('Consume connector events from Kafka, publish resolution events, serve metrics.')
    .addOption(
      new Option(
        '--from-timestamp <time>',
        `where a group without committed offsets starts; partitions that have one go on there: ${TIME_HELP}`,
      ).argParser(timeArgument(Date.now)),
    );
  addSettings(command).action(async () => {
    const { config, unknownEnv } = readSettings(command);
    const { fromTimestamp } = command.opts<{ fromTimestamp?: number }>();
    const [logger, start] = await Promise.all([commandLogger(config), startOf(config)]);
    if (unknownEnv.length > 0) {
      logger.warn({ event: 'unknown-setting', names: unknownEnv }, 'names in the environment that are no setting');
    }
    // Where the group starts. By default too: an instance that dies before its first commit would start at a later end, and
    // skip what came in between.
    const beforeReading = async (connection: KafkaConnection) => {
      if (fromTimestamp !== undefined) await startAt(connection, fromTimestamp, config, logger, 'asked for');
      else if (!config.kafka.fromBeginning) await startAt(connection, Date.now(), config, logger, 'by default');
    };
    await runUntilSignal(() => start({ config, logger, beforeReading }), config.drainTimeoutMs);
  });
}

async function startOf({ workers }: Config): Promise<(options: ServiceOptions) => Promise<Service>> {
  if (workers > 1) return (await import('../workers/workers-service.ts')).startWorkers;
  return (await import('../service.ts')).startService;
}

async function startAt(
  connection: KafkaConnection,
  fromMs: number,
  { kafka, topics }: Config,
  logger: Logger,
  why: 'asked for' | 'by default',
): Promise<void> {
  const { setStartOffsets } = await import('../transport/kafka/start-offsets.ts');
  const group = { groupId: kafka.groupId, topic: topics.input, fromMs };
  const { set, kept, left } = await setStartOffsets(connection, group);
  const from = new Date(fromMs).toISOString();
  if (set.length > 0) logger.info({ event: 'start-offsets-set', from, partitions: set }, 'the group starts there');
  if (left.length > 0) {
    const fields = { event: 'start-offsets-left', from, partitions: left };
    logger.warn(
      fields,
      'these partitions are new, and other instances read the group: they decide where it begins there',
    );
  }
  if (kept.length > 0 && why === 'asked for') {
    const partitions = kept.map(({ partition, committedOffset: offset }) => ({ partition, offset }));
    logger.warn(
      { event: 'start-offsets-kept', from, partitions },
      'the group has read these partitions before and goes on where it was; name another --group to read from that time',
    );
  }
}
