/** `triage demo`: the main job on a real Kafka with made-up connector logs. */
import { type Command, Option } from 'commander';
import type { DemoOptions } from '../demo/demo.ts';
import { wholeNumber } from './settings-options.ts';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Show the main job on a real local Kafka: produces sample connector logs and prints what comes out.')
    .addOption(
      new Option('--events <n>', 'end after so many records, with a summary (default: until Ctrl-C)').argParser(
        wholeNumber(1),
      ),
    )
    .addOption(new Option('--rate <n>', 'records per second').argParser(wholeNumber(1)).default(200))
    .addOption(new Option('--seed <n>', 'other sample logs').argParser(wholeNumber(0)).default(1))
    .addOption(new Option('--http-port <n>', 'port of /metrics (default: 9464 if free)').argParser(wholeNumber(0)))
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../demo/demo.ts');
      await demo(options);
    });
}
