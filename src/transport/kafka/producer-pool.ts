import type { Message, Producer } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { KafkaClient } from './client.ts';
import { type Compression, compressionType } from './compression.ts';
import { isProducerDead } from './failure.ts';
import { partitionOfMessage } from './partitioner.ts';
import { checkAnswers } from './transaction-plan.ts';

export interface ProducerPoolOptions {
  readonly client: KafkaClient;
  readonly compression: Compression;
  /** Milliseconds that the broker may wait for the replicas. */
  readonly acksTimeoutMs: number;
  /** Records per partition after which the producer is replaced. */
  readonly maxRecordsPerProducer: number;
}

interface Session {
  readonly producer: Producer;
  readonly connected: Promise<void>;
  readonly recordsByPartition: Map<string, number>;
  inFlight: number;
  retired: boolean;
}

/** Holds the one idempotent producer in use, and lets those it replaced finish what they have in flight. */
export class ProducerPool {
  readonly #options: ProducerPoolOptions;
  #current: Session | undefined;
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(options: ProducerPoolOptions) {
    this.#options = options;
  }

  /**
   * Sends records of one partition and checks that the broker's answer covers them: kafkajs resolves with an answer that
   * leaves a partition out when its leader has moved, or the partition is unknown (tulios/kafkajs#1303).
   * A retry of the same records must pass equal `messages`: the broker recognises a repetition by place and count only.
   */
  async send(topic: string, partition: number, messages: Message[]): Promise<void> {
    const session = this.#session();
    session.inFlight += 1;
    try {
      await session.connected;
      const metadata = await session.producer.send({
        topic,
        messages,
        acks: -1,
        timeout: this.#options.acksTimeoutMs,
        compression: compressionType(this.#options.compression),
      });
      checkAnswers([{ topic, partition }], metadata);
      this.#count(session, `${topic}/${partition}`, messages.length);
    } catch (error) {
      if (isProducerDead(error)) this.#retire(session);
      throw error;
    } finally {
      session.inFlight -= 1;
      if (session.retired && session.inFlight === 0) this.#end(session);
    }
  }

  /**
   * Must be called when records are given up after a failure that leaves open whether they were written: the broker
   * would take other records in their place, of equal count, for a repetition and drop them.
   */
  renew(): void {
    if (this.#current !== undefined) this.#retire(this.#current);
  }

  /** Resolves when every producer is disconnected, which waits for what is in flight. */
  async close(): Promise<void> {
    this.#closed = true;
    this.renew();
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #session(): Session {
    if (this.#closed) throw new TriageError('transport', 'The sink is closed.', { retriable: true });
    this.#current ??= this.#connect();
    return this.#current;
  }

  #connect(): Session {
    const producer = this.#options.client.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: () => partitionOfMessage,
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500, factor: 0.2, multiplier: 2 },
    });
    const connected = producer.connect();
    const session: Session = { producer, connected, recordsByPartition: new Map(), inFlight: 0, retired: false };
    connected.catch(() => this.#retire(session));
    return session;
  }

  #count(session: Session, partition: string, records: number): void {
    const total = (session.recordsByPartition.get(partition) ?? 0) + records;
    session.recordsByPartition.set(partition, total);
    if (total >= this.#options.maxRecordsPerProducer) this.#retire(session);
  }

  #retire(session: Session): void {
    if (this.#current === session) this.#current = undefined;
    if (session.retired) return;
    session.retired = true;
    if (session.inFlight === 0) this.#end(session);
  }

  #end(session: Session): void {
    const ending = disconnect(session, this.#options.client).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

async function disconnect({ producer }: Session, { logger }: KafkaClient): Promise<void> {
  try {
    await producer.disconnect();
  } catch (error) {
    logger.debug({ error }, 'a producer did not disconnect cleanly');
  }
}
