/** `triage topics create`: input, output and dead letter topic with settings that fit. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { topicSpecs } from '../topics.ts';
import { commandLogger } from './command-logger.ts';
import { addSettings, KAFKA_SETTINGS, readSettings, wholeNumber } from './settings-options.ts';

const CONCERNED = [...KAFKA_SETTINGS, 'topics.input', 'topics.output', 'topics.deadLetter', 'log.level'];

export function addTopicsCommands(program: Command): void {
  const topics = program.command('topics').description('Manage the topics of the service.');
  const create = topics
    .command('create')
    .description('Create the input, output and dead letter topics; those that exist are left as they are.')
    .addOption(new Option('--partitions <n>', 'partitions of each topic').argParser(wholeNumber(1)).default(4))
    .addOption(
      new Option('--replication <n>', "replicas of each partition (default: the cluster's own)").argParser(
        wholeNumber(1),
      ),
    );
  addSettings(create, CONCERNED).action(async () => {
    const { config } = readSettings(create);
    const { partitions, replication } = create.opts<{ partitions: number; replication?: number }>();
    const [logger, { createTopics }, { kafkaConnection }] = await Promise.all([
      commandLogger(config),
      import('../transport/kafka/admin.ts'),
      import('../connection.ts'),
    ]);
    const specs = topicSpecs(config.topics, partitions, replication);
    for (const { topic, result } of await createTopics(kafkaConnection(config, logger), specs)) {
      process.stdout.write(`${result === 'created' ? 'created' : 'exists '}  ${topic}\n`);
    }
  });
}
