import kafkajs, { type Admin, type PartitionMetadata } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import { retryWhile } from './backoff.ts';
import { CONNECTION_DEFAULTS, createKafkaClient, type KafkaClient, type KafkaConnection } from './client.ts';
import { isUnknownTopic, rootOf, toTransportError } from './failure.ts';

export interface TopicSpec {
  readonly topic: string;
  /** 1 or more. Absent: the broker's default. */
  readonly partitions?: number;
  /** 1 or more. Absent: the broker's default. */
  readonly replicationFactor?: number;
  /** Topic settings as Kafka names them, for example `{ 'retention.ms': '604800000' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export type TopicCreation = { readonly topic: string; readonly result: 'created' | 'exists' };

export type TopicDescription =
  | { readonly topic: string; readonly found: true; readonly partitions: number; readonly replicationFactor: number }
  | { readonly topic: string; readonly found: false };

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Next offset that the group will read; `null` when it has not committed any. */
  readonly committedOffset: number | null;
  /** Offset that the next record written will get. */
  readonly endOffset: number;
  /** Records not yet processed, counted from the oldest one kept when nothing is committed. */
  readonly lag: number;
}

/**
 * Creates what is missing; an existing topic is left as it is, whatever its partitions.
 * @throws {TriageError} `transport`, naming the topic that failed and why.
 */
export function createTopics(connection: KafkaConnection, specs: readonly TopicSpec[]): Promise<TopicCreation[]> {
  return withAdmin(connection, 'create topics', async (admin, client) => {
    const results: TopicCreation[] = [];
    // One request per topic: kafkajs reports no topic names when some of several exist already.
    for (const spec of specs) results.push({ topic: spec.topic, result: await createTopic(admin, client, spec) });
    return results;
  });
}

/** Milliseconds. Brokers hear of a new topic, and choose its leaders, in some tens of them; a loaded one in seconds. */
const READY_TIME_MS = 10_000;

function isTopicNotReady(error: unknown): boolean {
  return isUnknownTopic(error) || rootOf(error).type === 'LEADER_NOT_AVAILABLE';
}

async function createTopic(admin: Admin, client: KafkaClient, spec: TopicSpec): Promise<TopicCreation['result']> {
  try {
    const created = await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: spec.topic,
          numPartitions: spec.partitions ?? -1,
          replicationFactor: spec.replicationFactor ?? -1,
          configEntries: Object.entries(spec.config ?? {}).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    if (!created) return 'exists';
    // kafkajs' own wait takes a broker that has not heard of the topic yet for one that has no such topic.
    const look = () => admin.fetchTopicMetadata({ topics: [spec.topic] });
    await retryWhile(look, { mayPass: isTopicNotReady, forMs: READY_TIME_MS });
    return 'created';
  } catch (error) {
    const reason = error instanceof kafkajs.KafkaJSAggregateError ? error.errors[0] : error;
    throw toTransportError(reason, { brokers: client.brokers, doing: `create topic ${spec.topic}`, topic: spec.topic });
  }
}

/** Milliseconds. A broker has the answer in memory, and somebody is waiting for the start. */
const DESCRIBE_TIMEOUT_MS = 6_000;

/**
 * `signal` cuts the question short.
 * @throws {TriageError} `transport`, when the brokers cannot be reached or refuse to describe one of them.
 */
export function describeTopics(
  connection: KafkaConnection,
  topics: readonly string[],
  signal?: AbortSignal,
): Promise<TopicDescription[]> {
  const describe: AdminWork<TopicDescription[]> = async (admin, client) => {
    const descriptions: TopicDescription[] = [];
    for (const topic of topics) descriptions.push(await describeTopic(admin, client, topic));
    return descriptions;
  };
  const requestTimeoutMs = Math.min(
    connection.requestTimeoutMs ?? CONNECTION_DEFAULTS.requestTimeoutMs,
    DESCRIBE_TIMEOUT_MS,
  );
  return withAdmin({ ...connection, requestTimeoutMs }, 'describe topics', describe, signal);
}

async function describeTopic(admin: Admin, client: KafkaClient, topic: string): Promise<TopicDescription> {
  try {
    const partitions = await partitionsOf(admin, client.brokers, topic);
    if (partitions.length === 0) return { topic, found: false };
    const replicationFactor = partitions[0]?.replicas.length ?? 0;
    return { topic, found: true, partitions: partitions.length, replicationFactor };
  } catch (error) {
    throw toTransportError(error, { brokers: client.brokers, doing: `describe topic ${topic}`, topic });
  }
}

/** None when there is no such topic. @throws kafkajs' errors; {TriageError} `transport` without an answer. */
export async function partitionsOf(
  admin: Admin,
  brokers: readonly string[],
  topic: string,
): Promise<readonly PartitionMetadata[]> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions ?? [];
  } catch (error) {
    if (isUnknownTopic(error)) return [];
    // kafkajs refreshes its metadata, then asks again, and swallows the second answer's error into a `null`.
    if (rootOf(error).name === 'TypeError') {
      throw new TriageError(
        'transport',
        `Cannot describe topic ${topic}: Kafka at ${brokers.join(', ')} gave no answer. Try again.`,
        { cause: error, retriable: true },
      );
    }
    throw error;
  }
}

/** How many partitions the topic has. @throws {TriageError} as `describeTopics`, and when it does not exist. */
export async function partitionCount(connection: KafkaConnection, topic: string, signal: AbortSignal): Promise<number> {
  const [description] = await describeTopics(connection, [topic], signal);
  if (description?.found !== true) throw missingTopics(connection.brokers, [topic]);
  return description.partitions;
}

/** @throws {TriageError} `transport`, naming every topic that does not exist and how to create it. */
export async function checkTopics(connection: KafkaConnection, topics: readonly string[]): Promise<void> {
  const descriptions = await describeTopics(connection, topics);
  const missing = descriptions.filter(({ found }) => !found).map(({ topic }) => topic);
  if (missing.length > 0) throw missingTopics(connection.brokers, missing);
}

export function missingTopics(brokers: readonly string[], topics: readonly string[]): TriageError {
  const named = topics.length === 1 ? `topic ${topics[0]}` : `topics ${topics.join(', ')}`;
  return new TriageError(
    'transport',
    `Kafka at ${brokers.join(', ')} has no ${named}. ` +
      'Create what is missing with `triage topics create`, or correct the name.',
  );
}

/** Committed and end offsets of every partition of the topics, as the brokers know them. */
export function groupLag(
  connection: KafkaConnection,
  groupId: string,
  topics: readonly string[],
): Promise<PartitionLag[]> {
  return withAdmin(connection, `read the offsets of group ${groupId}`, async (admin) => {
    const lags: PartitionLag[] = [];
    const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
    for (const topic of topics) {
      const offsets = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
      const ends = await admin.fetchTopicOffsets(topic);
      for (const { partition, high, low } of ends) {
        const offset = Number(offsets.find((entry) => entry.partition === partition)?.offset ?? -1);
        const endOffset = Number(high);
        const committedOffset = offset < 0 ? null : offset;
        lags.push({ topic, partition, committedOffset, endOffset, lag: endOffset - (committedOffset ?? Number(low)) });
      }
    }
    return lags.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
  });
}

type AdminWork<T> = (admin: Admin, client: KafkaClient) => Promise<T>;

/** One connection per call: these are rare, and an idle connection would have to survive the brokers' idle timeout. */
async function withAdmin<T>(
  connection: KafkaConnection,
  doing: string,
  work: AdminWork<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = createKafkaClient(connection);
  const cut = () => client.cutConnections();
  signal?.addEventListener('abort', cut);
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    return await work(admin, client);
  } catch (error) {
    throw toTransportError(error, { brokers: client.brokers, doing });
  } finally {
    // Nothing is in flight any more; a graceful goodbye could only wait for a broker that does not answer.
    cut();
    signal?.removeEventListener('abort', cut);
  }
}
