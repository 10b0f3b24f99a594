import { setTimeout as delay } from 'node:timers/promises';
import { type LetterFilter, type Skipped, whySkipped } from '../dead-letters/filter.ts';
import { type Letter, toReceipt, toRedriven } from '../dead-letters/letter.ts';
import { checkTopics } from '../transport/kafka/admin.ts';
import { KafkaSink } from '../transport/kafka/kafka-sink.ts';
import { type DlqTarget, visitLetters } from './dlq-letters.ts';
import { print } from './print.ts';

interface RedriveOptions extends DlqTarget {
  readonly inputTopic: string;
  readonly filter: LetterFilter;
  /** Records a second, 1 or more. */
  readonly rate: number;
  readonly maxAttempts: number;
  readonly dryRun: boolean;
}

/** Ten groups a second at most: what an interruption may send twice is a tenth of a second's records. */
const GROUPS_PER_SECOND = 10;
const GROUP_MAX = 500;

const SKIPPED_TEXT: Readonly<Record<Skipped, string>> = {
  'redriven before': 'were sent back before',
  'too many attempts': 'were sent back --max-attempts times already and failed again: somebody has to mend them',
  'from another topic': 'come from another topic than --input names',
  cut: 'had to be cut for their size, so the topic does not have all of them',
  'not ours': 'were written by another program and name no source',
};

/** Sends back until all is sent or a SIGINT or SIGTERM comes; what is sent then has its receipt. */
export async function redriveLetters(options: RedriveOptions): Promise<void> {
  const { connection, topic, inputTopic, filter, maxAttempts, dryRun } = options;
  await checkTopics(connection, [inputTopic]);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const sink = new KafkaSink({ connection });
  const redrive = new Redrive(sink, options);
  const skipped = new Map<Skipped, number>();
  try {
    const visit = async (letter: Letter, status: 'waiting' | 'redriven') => {
      const why = whySkipped(letter, { status, maxAttempts, inputTopic });
      if (why === undefined) await redrive.add(letter, stopping.signal);
      else skipped.set(why, (skipped.get(why) ?? 0) + 1);
    };
    await visitLetters({ connection, topic }, filter, visit, stopping.signal);
    await redrive.flush();
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await sink.close();
  }
  const lines = [
    `${redrive.sent} ${dryRun ? `would be sent back to ${inputTopic}; nothing was` : `sent back to ${inputTopic}`}`,
    ...[...skipped].map(([why, count]) => `${count} left: they ${SKIPPED_TEXT[why]}`),
    ...(stopping.signal.aborted ? ['stopped before the end: run it again for the rest'] : []),
  ];
  await print(`${lines.join('\n')}\n`);
}

class Redrive {
  sent = 0;
  readonly #sink: KafkaSink;
  readonly #options: RedriveOptions;
  readonly #groupSize: number;
  #group: Letter[] = [];
  /** Partitions are read at once; groups are sent one after another. */
  #last: Promise<void> = Promise.resolve();
  #dueMs = 0;

  constructor(sink: KafkaSink, options: RedriveOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#groupSize = Math.min(GROUP_MAX, Math.max(1, Math.floor(options.rate / GROUPS_PER_SECOND)));
  }

  async add(letter: Letter, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#group.push(letter);
    if (this.#group.length >= this.#groupSize) await this.flush();
  }

  async flush(): Promise<void> {
    const group = this.#group;
    this.#group = [];
    this.#last = this.#last.then(() => this.#send(group));
    await this.#last;
  }

  async #send(group: readonly Letter[]): Promise<void> {
    const { dryRun, inputTopic, rate } = this.#options;
    if (group.length === 0) return;
    if (!dryRun) {
      await delay(Math.max(0, this.#dueMs - performance.now()));
      this.#dueMs = performance.now() + (group.length * 1_000) / rate;
      const records = group.map((letter) => toRedriven(letter, inputTopic));
      await this.#sink.publish(records, nothingToKeep);
      // After the records: an interruption in between repeats some, the other way round would lose them.
      await this.#sink.publish(group.map(toReceipt), nothingToKeep);
    }
    this.sent += group.length;
  }
}

async function nothingToKeep(): Promise<void> {
  // There is no group membership to keep.
}
