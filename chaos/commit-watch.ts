/** Looks at a group's committed offsets again and again, while faults go on. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';

const INTERVAL_MS = 250;

export class CommitWatch {
  /** By input partition, as of the last look that succeeded; a partition without a commit is absent. */
  committed: ReadonlyMap<number, number> = new Map();
  readonly #kafka: Kafka;
  readonly #groupId: string;
  readonly #topic: string;
  #admin: Admin | undefined;
  #stopping = false;
  readonly #running: Promise<void>;

  constructor(kafka: Kafka, groupId: string, topic: string) {
    this.#kafka = kafka;
    this.#groupId = groupId;
    this.#topic = topic;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.#admin?.disconnect();
    this.#admin = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#look();
      } catch {
        // A broker is away: the next look goes to others, over new connections.
        await this.#admin?.disconnect();
        this.#admin = undefined;
      }
      await sleep(INTERVAL_MS);
    }
  }

  async #look(): Promise<void> {
    if (this.#admin === undefined) {
      const admin = this.#kafka.admin();
      await admin.connect();
      this.#admin = admin;
    }
    const [found] = await this.#admin.fetchOffsets({ groupId: this.#groupId, topics: [this.#topic] });
    const committed = (found?.partitions ?? [])
      .map(({ partition, offset }) => [partition, Number(offset)] as const)
      .filter(([, offset]) => offset >= 0);
    this.committed = new Map(committed);
  }
}
