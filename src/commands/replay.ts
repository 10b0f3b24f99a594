/** `triage replay`: enrich what is past once more, as after a change of the catalog. */
import { type Command, Option } from 'commander';
import type { ReplayProgress } from '../replay.ts';
import { commandLogger } from './command-logger.ts';
import { onInterrupt } from './interrupt.ts';
import { print } from './print.ts';
import {
  addSettings,
  KAFKA_SETTINGS,
  REDACTION_SETTINGS,
  REGISTRY_SETTINGS,
  readSettings,
} from './settings-options.ts';
import { TIME_HELP, timeArgument } from './time.ts';

const CONCERNED = [
  ...KAFKA_SETTINGS,
  ...REGISTRY_SETTINGS,
  'format.input',
  'format.output',
  'topics.input',
  'topics.deadLetter',
  'catalog.folder',
  'inferred',
  'limits.batchRecords',
  'limits.recordBytes',
  'limits.messageChars',
  ...REDACTION_SETTINGS,
  'log.level',
];

interface ReplayFlags {
  readonly outputTopic: string;
  readonly intoOutput?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly json?: boolean;
  readonly checkpoint?: string;
}

export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description(
      'Read a time range of the input topic again and write its resolution events, by the catalog of now, into another ' +
        'topic. Event ids are those of the first time, so that a consumer can replace what it has; with ' +
        '--checkpoint, the same command goes on after an interruption; without, it begins again and repeats them. Dead letters are counted, not written again. The consumer group of `run` is not touched.',
    )
    .requiredOption('--output-topic <topic>', 'where the events go; it must exist')
    .option('--into-output', 'allow --output-topic to be topics.output, which consumers of new events read')
    .addOption(
      new Option('--from <time>', `records from then on; left out, from the oldest one: ${TIME_HELP}`).argParser(
        timeArgument(Date.now),
      ),
    )
    .addOption(
      new Option('--to <time>', 'up to the first record of then; left out, what there is now').argParser(
        timeArgument(Date.now),
      ),
    )
    .option('--checkpoint <file>', 'keep there how far it has come, and go on from there when the file exists')
    .option('--json', 'the summary as JSON');
  addSettings(command, CONCERNED).action(async () => {
    const { config } = readSettings(command);
    const flags = command.opts<ReplayFlags>();
    const { outputTopic: output, from, to } = flags;
    const { input, deadLetter, output: live } = config.topics;
    if (output === input || output === deadLetter) {
      command.error(`error: --output-topic ${output} is the ${output === input ? 'input' : 'dead letter'} topic`);
    }
    if (output === live && flags.intoOutput !== true) {
      command.error(`error: consumers of new events read ${output}; name another topic, or say --into-output`);
    }
    if (from !== undefined && to !== undefined && from >= to) command.error('error: --from must be before --to');
    const range = { ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to }) };
    await replay({ ...config, topics: { ...config.topics, output } }, range, flags);
  });
}

type StartOptions = Parameters<typeof import('../replay.ts').startReplay>[0];

async function replay(config: StartOptions['config'], range: StartOptions['range'], flags: ReplayFlags): Promise<void> {
  const [logger, { startReplay }] = await Promise.all([commandLogger(config, { quiet: true }), import('../replay.ts')]);
  const bar = new ProgressBar(process.stderr);
  let last: ReplayProgress | undefined;
  const onProgress = (progress: ReplayProgress) => {
    last = progress;
    bar.show(progress);
  };
  const startedMs = performance.now();
  const { checkpoint, json = false } = flags;
  const { start, done, stop } = await startReplay({
    config,
    range,
    logger,
    onProgress,
    ...(checkpoint !== undefined && { checkpoint }),
  });
  if (start === 'resumed')
    process.stderr.write(`going on as ${checkpoint} says, with the time range of its beginning\n`);
  if (start === 'done before') process.stderr.write(`${checkpoint} says that all is done: delete it to begin anew\n`);
  let stopped = false;
  const unwatch = onInterrupt(() => {
    stopped = true;
    void stop();
  });
  try {
    await done;
  } finally {
    unwatch();
    bar.clear();
  }
  if (last === undefined) return;
  const seconds = (performance.now() - startedMs) / 1_000;
  const how = checkpoint === undefined ? 'begins again; with --checkpoint it would go on' : 'goes on from there';
  const text = summaryText(last, seconds, config.topics.output, stopped ? how : undefined);
  await print(json ? summaryJson(last, seconds, stopped) : text);
}

function summaryJson({ records, outcomes, positions }: ReplayProgress, seconds: number, stopped: boolean): string {
  const summary = { complete: !stopped, records, outcomes, seconds, positions: Object.fromEntries(positions) };
  return `${JSON.stringify(summary)}\n`;
}

/** `next`: what the same command does, when it was stopped. */
function summaryText(progress: ReplayProgress, seconds: number, output: string, next?: string): string {
  const { records, outcomes, positions } = progress;
  const perSecond = seconds > 0 ? Math.round(records / seconds) : 0;
  const lines = [
    `${records} records in ${seconds.toFixed(1)} s (${perSecond} a second)`,
    `${outcomes.resolved} resolved and ${outcomes.unclassified} unclassified, written to ${output}`,
    `${outcomes.ignored} ignored, ${outcomes['dead-lettered']} that are dead letters`,
  ];
  if (next !== undefined) {
    const where = [...positions].map(([partition, offset]) => `${partition}:${offset}`).join(' ');
    lines.push(`stopped before the end, at ${where} (partition:offset); the same command ${next}`);
  }
  return `${lines.join('\n')}\n`;
}

const REDRAW_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 30;

/** A bar that is written over again on a terminal; elsewhere a line now and then. */
class ProgressBar {
  private readonly stream: NodeJS.WriteStream;
  private readonly startedMs = performance.now();
  private shownMs: number;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.shownMs = stream.isTTY ? Number.NEGATIVE_INFINITY : this.startedMs;
  }

  show({ offsets, offsetsDone, records }: ReplayProgress): void {
    const nowMs = performance.now();
    if (nowMs - this.shownMs < (this.stream.isTTY ? REDRAW_MS : LINE_EVERY_MS)) return;
    this.shownMs = nowMs;
    const share = offsets === 0 ? 1 : offsetsDone / offsets;
    const seconds = (nowMs - this.startedMs) / 1_000;
    const left = share > 0 ? Math.ceil((seconds / share) * (1 - share)) : 0;
    const text = `${Math.floor(share * 100)} %, ${records} records, about ${left} s left`;
    if (!this.stream.isTTY) {
      this.stream.write(`${text}\n`);
      return;
    }
    const full = Math.round(share * BAR_WIDTH);
    this.stream.write(`\r\u001b[K[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}] ${text}`);
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write('\r\u001b[K');
  }
}
