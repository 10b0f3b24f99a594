import type { TriageError } from '../../errors.ts';
import { backoffMs, sleep } from './backoff.ts';
import { isUnknownTopic, needsAPerson, reasonOf, toTransportError } from './failure.ts';
import { type Entry, PartitionQueue, type QueueContext } from './partition-queue.ts';
import { choosePartition } from './partitioner.ts';

export interface RouteContext extends QueueContext {
  /** The partitions a topic has now. @throws when it cannot be found out, or the topic does not exist. */
  readonly countPartitions: (topic: string) => Promise<number>;
  /** Milliseconds after which the count is asked for again. */
  readonly partitionCountMaxAgeMs: number;
}

/** Milliseconds between two questions for the partition count that failed sends cause. */
const REFRESH_PAUSE_MS = 1_000;

/**
 * Knows the partitions of one topic and has a queue for each. Until the count is known records wait here, in order. A
 * topic that does not exist is waited for: losing what was meant for it would be worse.
 */
export class TopicRoute {
  readonly #topic: string;
  readonly #context: RouteContext;
  readonly #queues = new Map<number, PartitionQueue>();
  readonly #started = new Set<PartitionQueue>();
  #unrouted: Entry[] = [];
  #count: number | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking = false;
  #findingOut = false;

  constructor(topic: string, context: RouteContext) {
    this.#topic = topic;
    this.#context = context;
  }

  add(entry: Entry): void {
    if (this.#count === undefined) this.#unrouted.push(entry);
    else this.#route(entry, this.#count);
  }

  /** Sends what was added. */
  start(): void {
    if (this.#count === undefined) {
      if (!this.#findingOut) void this.#findOut();
      return;
    }
    for (const queue of this.#started) queue.start();
    this.#started.clear();
    this.refresh(this.#context.partitionCountMaxAgeMs);
  }

  /** Asks for the count again if the last answer is older, without holding anything up. */
  refresh(maxAgeMs: number = REFRESH_PAUSE_MS): void {
    if (this.#asking || this.#count === undefined || performance.now() - this.#askedAtMs < maxAgeMs) return;
    void this.#ask();
  }

  #route(entry: Entry, count: number): void {
    const partition = choosePartition(entry.record, count);
    let queue = this.#queues.get(partition);
    if (queue === undefined) {
      queue = new PartitionQueue(this.#topic, partition, this.#context);
      this.#queues.set(partition, queue);
    }
    queue.add(entry);
    this.#started.add(queue);
  }

  async #findOut(): Promise<void> {
    const { signal, backoff, state } = this.#context;
    this.#findingOut = true;
    for (let attempt = 0; !signal.aborted && this.#unrouted.some(({ call }) => !call.settled); attempt++) {
      const error = await this.#ask();
      if (error === undefined) break;
      if (needsAPerson(error)) {
        this.#failUnrouted(toTransportError(error, this.#failureContext()));
        break;
      }
      state.waiting(this.#topic, reasonOf(error, this.#failureContext()));
      await sleep(backoffMs(attempt, backoff), signal);
    }
    this.#findingOut = false;
    state.over(this.#topic);
    const entries = this.#unrouted;
    this.#unrouted = [];
    // Nobody waits for what is left without a count.
    if (this.#count === undefined) return;
    for (const entry of entries) this.#route(entry, this.#count);
    this.start();
  }

  /** The error, if there was one. */
  async #ask(): Promise<unknown> {
    this.#asking = true;
    this.#askedAtMs = performance.now();
    try {
      this.#count = await this.#context.countPartitions(this.#topic);
      return undefined;
    } catch (error) {
      const unknown = isUnknownTopic(error);
      this.#context.logger.debug({ topic: this.#topic, unknown, error }, 'the partition count could not be found out');
      return error;
    } finally {
      this.#asking = false;
    }
  }

  #failUnrouted(failure: TriageError): void {
    for (const { call } of this.#unrouted) call.fail(failure);
  }

  #failureContext() {
    return { brokers: this.#context.brokers, doing: `write to topic ${this.#topic}`, topic: this.#topic };
  }
}
