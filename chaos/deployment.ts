/** One deployment under test: its topics, its processes, its load, and what is known about them. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../src/demo/random.ts';
import { messageOf } from '../src/errors.ts';
import { CommitWatch } from './commit-watch.ts';
import type { CommitRecord, Delivery, Disturbance, History, OutputRecord, RecoveryMark } from './history.ts';
import { Load } from './load.ts';
import { OFFSETS_TOPIC, readTopic, toCommit, toDeadLetter, toInput, toResolution } from './read-history.ts';
import type { Testbed } from './testbed.ts';
import { until } from './until.ts';
import { Worker } from './worker.ts';

export const INPUT_PARTITIONS = 6;
const OUTPUT_PARTITIONS = 3;
const START_LIMIT_MS = 60_000;
const COMMITS_LIMIT_MS = 60_000;
const ENDS_LIMIT_MS = 60_000;
/** Milliseconds from the end of a fault within which output must be there again. */
export const RECOVERY_LIMIT_MS = 10_000;
/** How long is waited for a recovery that took too long: the verdict is to say so, and of the rest. */
const RECOVERY_WAIT_MS = 120_000;
/** Records that a partition gets on with before it counts as flowing: of so many, some leave something. */
const PROGRESS_RECORDS = 15;

export interface DeploymentOptions {
  readonly testbed: Testbed;
  /** Of topics, group and processes; no other deployment has it. */
  readonly name: string;
  readonly delivery: Delivery;
  readonly workers: number;
  /** Records per second. */
  readonly rate: number;
  readonly random: Random;
  /** Milliseconds until a silent worker's partitions are given away. */
  readonly sessionMs: number;
  /** Milliseconds in which everything must be committed after the load has ended. */
  readonly drainLimitMs: number;
  /** Further settings of the processes, as the environment has them. */
  readonly settings: Readonly<Record<string, string>>;
}

export class Deployment {
  readonly topics: { readonly input: string; readonly output: string; readonly deadLetter: string };
  readonly groupId: string;
  readonly workers: Worker[] = [];
  readonly load: Load;
  readonly random: Random;
  readonly delivery: Delivery;
  readonly sessionMs: number;
  /** See `History.maxDuplicates`. */
  maxDuplicates: number | undefined;
  readonly #options: DeploymentOptions;
  readonly #watch: CommitWatch;
  readonly #folder: string;
  readonly #marks: RecoveryMark[] = [];
  readonly #faults: Disturbance[] = [];
  #faultSinceMs: number | undefined;
  readonly #incidents: string[] = [];
  readonly #saved: OutputRecord[] = [];
  readonly #incarnations = { output: 0, deadLetter: 0 };
  readonly #crashed = Promise.withResolvers<never>();
  #workersMade = 0;

  constructor(options: DeploymentOptions, folder: string) {
    const { name, testbed } = options;
    this.#options = options;
    this.#folder = folder;
    this.topics = topicsOf(name);
    this.groupId = name;
    this.random = options.random;
    this.delivery = options.delivery;
    this.sessionMs = options.sessionMs;
    this.load = new Load({ ...options, brokers: testbed.directBrokers, topic: this.topics.input });
    this.#watch = new CommitWatch(testbed.kafka, this.groupId, this.topics.input);
    // Only `run` of the scenario waits for it; there may be none at that moment.
    this.#crashed.promise.catch(() => undefined);
  }

  /** Rejects when a worker ends by itself; never resolves. */
  get crashed(): Promise<never> {
    return this.#crashed.promise;
  }

  /** Starts another process. Resolves at once. */
  addWorker(): Worker {
    const worker = new Worker({
      name: `${this.#options.name}-${++this.#workersMade}`,
      settings: this.#settings(),
      dnsFailureFile: this.#dnsFailureFile,
      onUnexpectedEnd: (ended, how) => {
        this.incident(`worker ${ended.name} ended by itself (${how}); the end of its log:\n${ended.logTail(15)}`);
        this.#crashed.reject(new Error(`worker ${ended.name} ended by itself`));
      },
    });
    this.workers.push(worker);
    return worker;
  }

  /** The processes that have not been ended. */
  get running(): Worker[] {
    return this.workers.filter(({ running }) => running);
  }

  /** Something went wrong that cannot be seen in the topics: the scenario has failed. */
  incident(what: string): void {
    this.#incidents.push(what);
  }

  /** What is written from now on until `recovered` may be written again. */
  faultBegins(): void {
    this.#faultSinceMs ??= Date.now();
  }

  /** The fault is over. Every partition must give new output within `limitMs`; resolves once all have committed some. */
  async recovered(what: string, limitMs = RECOVERY_LIMIT_MS): Promise<void> {
    const atMs = Date.now();
    this.#marks.push({ what, atMs, limitMs });
    await this.progressEverywhere(limitMs + RECOVERY_WAIT_MS);
    this.#faults.push({ fromMs: this.#faultSinceMs ?? atMs, toMs: Date.now() });
    this.#faultSinceMs = undefined;
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#watch.committed;
  }

  /** Resolves once the group has committed something that is written after now. */
  async progress(limitMs = 60_000): Promise<void> {
    const ends = await this.#inputEnds();
    await until(`${this.#options.name} commits more`, limitMs, () =>
      [...this.committed].some(([partition, offset]) => offset > (ends.get(partition) ?? 0)),
    );
  }

  /** Resolves once the group has committed some records of every partition that are written after now. */
  async progressEverywhere(limitMs = 60_000): Promise<void> {
    const ends = await this.#inputEnds();
    await until(`${this.#options.name} commits more of every partition`, limitMs, () =>
      [...ends].every(([partition, end]) => (this.committed.get(partition) ?? 0) >= end + PROGRESS_RECORDS),
    );
  }

  /** Resolves once all that was acknowledged to the load is committed by the group. Call it while the load rests. */
  async drained(limitMs = this.#options.drainLimitMs): Promise<void> {
    await until('all input committed', limitMs, async () => {
      const ends = await this.#inputEnds();
      return [...ends].every(([partition, end]) => (this.committed.get(partition) ?? 0) === end);
    });
  }

  async failDns(): Promise<void> {
    await writeFile(this.#dnsFailureFile, '');
  }

  async mendDns(): Promise<void> {
    await rm(this.#dnsFailureFile, { force: true });
  }

  /** Keeps what the topic holds for the verdict, and deletes it. The deployment must be drained. */
  async deleteTopic(which: 'output' | 'deadLetter'): Promise<void> {
    this.#saved.push(...(await this.#readOutput(which)));
    this.#incarnations[which] += 1;
    await this.#options.testbed.withAdmin((admin) => admin.deleteTopics({ topics: [this.topics[which]] }));
  }

  async recreateTopic(which: 'output' | 'deadLetter'): Promise<void> {
    await createTopic(this.#options.testbed, this.topics[which], OUTPUT_PARTITIONS);
  }

  /** Ends the load, waits until everything is committed, ends the processes. */
  async finish(): Promise<void> {
    await this.load.stop();
    try {
      await Promise.race([this.drained(), this.crashed]);
    } catch (error) {
      this.incident(`${messageOf(error)}; the ends of the workers' logs:\n${this.logTails()}`);
    }
    await Promise.all(
      this.running.map(async (worker) => {
        const { how } = await worker.stop();
        if (how !== 'exit code 0') this.incident(`${worker.name} ended with ${how}, expected exit code 0`);
      }),
    );
    await this.#watch.stop();
  }

  /** Reads everything back. After `finish`. */
  async history(): Promise<History> {
    const { testbed, delivery } = this.#options;
    const input = await readTopic(testbed.kafka, this.topics.input);
    const commits = await this.#readCommits();
    return {
      inputTopic: this.topics.input,
      delivery,
      acknowledged: this.load.acknowledged,
      input: input.map(toInput),
      output: [...this.#saved, ...(await this.#readOutput('output')), ...(await this.#readOutput('deadLetter'))],
      commits,
      inputEnds: await this.#inputEnds(),
      marks: this.#marks,
      disturbances: [...this.#faults, ...this.workers.flatMap((worker) => worker.disturbances)],
      incidents: this.#incidents,
      ...(this.maxDuplicates === undefined ? {} : { maxDuplicates: this.maxDuplicates }),
    };
  }

  logTails(): string {
    return this.running.map((worker) => `--- ${worker.name}\n${worker.logTail(8)}`).join('\n');
  }

  /** What every process has logged, by its name; of a long log the end. */
  get logs(): ReadonlyMap<string, string> {
    return new Map(this.workers.map((worker) => [worker.name, worker.logTail()]));
  }

  /** Ends what still runs, whatever has happened. May be called more than once. */
  async dispose(): Promise<void> {
    await Promise.all([this.load.abort(), this.#watch.stop(), ...this.running.map((worker) => worker.kill())]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * All commits up to those known. The offsets topic is read up to its first open transaction, and that may be another
   * deployment's: it is read again then. What is still missing at the limit is for the verdict to say.
   */
  async #readCommits(): Promise<CommitRecord[]> {
    const deadlineMs = performance.now() + COMMITS_LIMIT_MS;
    for (;;) {
      const records = await readTopic(this.#options.testbed.kafka, OFFSETS_TOPIC);
      const commits = records.flatMap((record) => toCommit(record, this.groupId, this.topics.input));
      const last = new Map(commits.map(({ partition, offset }) => [partition, offset]));
      const complete = [...this.committed].every(([partition, offset]) => last.get(partition) === offset);
      if (complete || performance.now() > deadlineMs) return commits;
    }
  }

  /** Offset after the last record, by input partition; as soon as the brokers tell. */
  async #inputEnds(): Promise<ReadonlyMap<number, number>> {
    const ends = new Map<number, number>();
    await until(`the brokers tell the ends of ${this.topics.input}`, ENDS_LIMIT_MS, async () => {
      const found = await this.#options.testbed.withAdmin((admin) => admin.fetchTopicOffsets(this.topics.input));
      for (const { partition, high } of found) ends.set(partition, Number(high));
      return ends.size === INPUT_PARTITIONS;
    });
    return ends;
  }

  async #readOutput(which: 'output' | 'deadLetter'): Promise<OutputRecord[]> {
    const records = await readTopic(this.#options.testbed.kafka, this.topics[which]);
    const convert = which === 'output' ? toResolution : toDeadLetter;
    return records.map((record) => convert(record, this.#incarnations[which]));
  }

  get #dnsFailureFile(): string {
    return join(this.#folder, 'dns-fails');
  }

  #settings(): Record<string, string> {
    const { testbed, delivery, sessionMs, settings } = this.#options;
    return {
      ...settings,
      TRIAGE_KAFKA_BROKERS: testbed.bootstrap.join(','),
      TRIAGE_KAFKA_GROUP_ID: this.groupId,
      TRIAGE_KAFKA_SESSION_TIMEOUT_MS: String(sessionMs),
      TRIAGE_TOPICS_INPUT: this.topics.input,
      TRIAGE_TOPICS_OUTPUT: this.topics.output,
      TRIAGE_TOPICS_DEAD_LETTER: this.topics.deadLetter,
      ...(delivery === 'at-least-once' ? {} : { TRIAGE_DELIVERY: delivery }),
    };
  }
}

/** Resolves when all workers read partitions, records flow and the first are committed. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { testbed, name } = options;
  const { input, output, deadLetter } = topicsOf(name);
  await Promise.all([
    createTopic(testbed, input, INPUT_PARTITIONS),
    createTopic(testbed, output, OUTPUT_PARTITIONS),
    createTopic(testbed, deadLetter, OUTPUT_PARTITIONS),
  ]);
  const folder = await mkdtemp(join(tmpdir(), 'connector-triage-chaos-'));
  const deployment = new Deployment(options, folder);
  try {
    for (let i = 0; i < options.workers; i++) deployment.addWorker();
    const ready = until(`${name}: all workers read partitions`, START_LIMIT_MS, () =>
      deployment.workers.every(({ assigned }) => assigned),
    );
    await Promise.race([ready, deployment.crashed]);
    deployment.load.start();
    await Promise.race([deployment.progress(), deployment.crashed]);
    return deployment;
  } catch (error) {
    const tails = deployment.logTails();
    await deployment.dispose();
    throw new Error(`${messageOf(error)}\n${tails}`);
  }
}

function topicsOf(name: string) {
  return { input: `${name}.in`, output: `${name}.out`, deadLetter: `${name}.dlq` };
}

/** Records get the broker's time: when they were written, whatever their writer says. */
async function createTopic(testbed: Testbed, topic: string, partitions: number): Promise<void> {
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  await testbed.withAdmin((admin) =>
    admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, configEntries }] }),
  );
  // Not every broker knows of it at once.
  await testbed.whole([topic]);
}
