import { setTimeout as delay } from 'node:timers/promises';
import { type LetterFilter, type Skipped, whySkipped } from '../dead-letters/filter.ts';
import { type Letter, toReceipt, toRedriven } from '../dead-letters/letter.ts';
import { checkTopics } from '../transport/kafka/admin.ts';
import { KafkaSink } from '../transport/kafka/kafka-sink.ts';
import type { TransportState } from '../transport/kafka/state-report.ts';
import { RecordTooLargeError } from '../transport/record-too-large.ts';
import { type DlqTarget, visitLetters } from './dlq-letters.ts';
import { onInterrupt } from './interrupt.ts';
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
  'not ours': 'were written by another program and name no valid source',
  'too large': 'are too large for the input topic: raise its max.message.bytes',
};

/**
 * Sends back until all is sent or a SIGINT or SIGTERM comes; what is sent then has its receipt.
 * @throws {TriageError} after saying what was sent until then.
 */
export async function redriveLetters(options: RedriveOptions): Promise<void> {
  const { connection, topic, inputTopic, filter, maxAttempts } = options;
  await checkTopics(connection, [inputTopic]);
  const stopping = new AbortController();
  const unwatch = onInterrupt(() => stopping.abort());
  const onState = (state: TransportState, reason: string) => {
    if (state === 'waiting')
      connection.logger.warn({ event: 'sink-waiting', reason }, 'writing is interrupted, trying again');
    else connection.logger.warn({ event: 'sink-ok' }, 'writing goes on');
  };
  const sink = new KafkaSink({ connection, onState });
  const redrive = new Redrive(sink, options);
  try {
    const visit = async (letter: Letter, status: 'waiting' | 'redriven') => {
      const why = whySkipped(letter, { status, maxAttempts, inputTopic });
      if (why === undefined) await redrive.add(letter, stopping.signal);
      else redrive.skip(letter, why);
    };
    await visitLetters({ connection, topic }, filter, visit, stopping.signal);
    await redrive.flush();
  } catch (error) {
    if (redrive.sent > 0) await print(redrive.summary(false));
    throw error;
  } finally {
    unwatch();
    await sink.close();
  }
  await print(redrive.summary(stopping.signal.aborted));
}

/** How many of those that are left are named. */
const NAMED = 5;

class Redrive {
  sent = 0;
  readonly #sink: KafkaSink;
  readonly #options: RedriveOptions;
  readonly #groupSize: number;
  readonly #skipped = new Map<Skipped, { count: number; ids: string[] }>();
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

  skip({ id }: Letter, why: Skipped): void {
    const skipped = this.#skipped.get(why) ?? { count: 0, ids: [] };
    this.#skipped.set(why, skipped);
    skipped.count++;
    if (skipped.ids.length < NAMED) skipped.ids.push(id);
  }

  async flush(): Promise<void> {
    const group = this.#group;
    this.#group = [];
    this.#last = this.#last.then(() => this.#send(group));
    await this.#last;
  }

  /** Lines for people. */
  summary(isStopped: boolean): string {
    const { dryRun, inputTopic } = this.#options;
    const lines = [
      `${this.sent} ${dryRun ? `would be sent back to ${inputTopic}; nothing was` : `sent back to ${inputTopic}`}`,
      ...[...this.#skipped].map(
        ([why, skipped]) => `${skipped.count} left: they ${SKIPPED_TEXT[why]}${named(why, skipped)}`,
      ),
      ...(isStopped ? ['stopped before the end: run it again for the rest'] : []),
    ];
    return `${lines.join('\n')}\n`;
  }

  async #send(group: readonly Letter[]): Promise<void> {
    const { dryRun, rate } = this.#options;
    if (group.length === 0) return;
    if (dryRun) {
      this.sent += group.length;
      return;
    }
    await delay(Math.max(0, this.#dueMs - performance.now()));
    this.#dueMs = performance.now() + (group.length * 1_000) / rate;
    const written = await this.#write(group);
    // After the records: an interruption in between repeats some, the other way round would lose them.
    await this.#sink.publish(written.map(toReceipt), nothingToKeep);
    this.sent += written.length;
  }

  /** Those that the topic took. */
  async #write(group: readonly Letter[]): Promise<Letter[]> {
    const records = group.map((letter) => toRedriven(letter, this.#options.inputTopic));
    try {
      await this.#sink.publish(records, nothingToKeep);
      return [...group];
    } catch (error) {
      if (!(error instanceof RecordTooLargeError)) throw error;
      const refused = new Set(error.records);
      const isRefused = (_: Letter, i: number) => refused.has(records[i]!);
      for (const letter of group.filter(isRefused)) this.skip(letter, 'too large');
      return group.filter((letter, i) => !isRefused(letter, i));
    }
  }
}

/** Whoever has to mend something wants to know what; what is done already is only counted. */
function named(why: Skipped, { count, ids }: { count: number; ids: readonly string[] }): string {
  return why === 'redriven before' ? '' : ` (${ids.join(' ')}${count > ids.length ? ' ...' : ''})`;
}

async function nothingToKeep(): Promise<void> {
  // There is no group membership to keep.
}
