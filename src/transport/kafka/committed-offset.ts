/**
 * Reads a committed offset, if wanted one that no open transaction can change any more. kafkajs asks in a version of OffsetFetch that
 * knows nothing of transactions: until the group's coordinator has seen the end of one, it answers with the offset from
 * before, and the records in between would be written twice. Version 7 has `require_stable` (KIP-447).
 */
import { TriageError } from '../../errors.ts';
import type { KafkaConnection } from './client.ts';
import { withCluster } from './low-level.ts';
import {
  type Api,
  type Decoder,
  type LowLevelBroker,
  newEncoder,
  newestVersion,
  protocolError,
  type Request,
  send,
} from './low-level-request.ts';
import type { TopicPartition } from './source-options.ts';

const OFFSET_FETCH: Api = { key: 9, version: 7, name: 'OffsetFetch' };

interface Question extends TopicPartition {
  readonly groupId: string;
  /** Whether the end of open transactions is to be known; else what was committed before them counts. */
  readonly requireStable: boolean;
}

/**
 * The position that the group has committed for the partition, `null` when it has none.
 * @throws kafkajs' error, `UNSTABLE_OFFSET_COMMIT` while a transaction is being ended and `requireStable` is set;
 * {TriageError} `transport`, when the broker is older than Kafka 2.5. `signal` cuts the question short.
 */
export function committedOffset(
  connection: KafkaConnection,
  question: Question,
  signal: AbortSignal,
): Promise<number | null> {
  return withCluster(connection, signal, async (cluster) => {
    const { groupId } = question;
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as LowLevelBroker;
    checkVersion(coordinator, connection.brokers);
    return send(coordinator, offsetFetch(question));
  });
}

function checkVersion(coordinator: LowLevelBroker, brokers: readonly string[]): void {
  const newest = newestVersion(coordinator, OFFSET_FETCH);
  if (newest >= OFFSET_FETCH.version) return;
  throw new TriageError(
    'transport',
    `Kafka at ${brokers.join(', ')} is too old for delivery exactly-once: expected OffsetFetch version ` +
      `${OFFSET_FETCH.version} (Kafka 2.5), found ${newest}. Update the brokers, or use delivery at-least-once.`,
    { cause: { type: 'UNSUPPORTED_VERSION' } },
  );
}

function offsetFetch({ groupId, topic, partition, requireStable }: Question): Request<number | null> {
  return {
    api: OFFSET_FETCH,
    write: (encoder) => {
      const partitions = [newEncoder().writeInt32(partition)];
      const topics = [
        newEncoder().writeUVarIntString(topic).writeUVarIntArray(partitions).writeUVarInt(NO_TAGGED_FIELDS),
      ];
      return encoder
        .writeUVarInt(NO_TAGGED_FIELDS)
        .writeUVarIntString(groupId)
        .writeUVarIntArray(topics)
        .writeBoolean(requireStable)
        .writeUVarInt(NO_TAGGED_FIELDS);
    },
    read: (decoder) => {
      decoder.readTaggedFields();
      decoder.readInt32(); // Milliseconds of throttling.
      const [answer] = decoder.readUVarIntArray((ofTopics) => {
        ofTopics.readUVarIntString();
        const [first] = ofTopics.readUVarIntArray(readPartition);
        ofTopics.readTaggedFields();
        return first;
      });
      const errorCode = decoder.readInt16() || (answer?.errorCode ?? 0);
      if (errorCode !== 0) throw protocolError(errorCode);
      if (answer === undefined || answer.partition !== partition) {
        throw new TriageError('transport', `the broker's answer has no offset of ${topic}/${partition}`, {
          retriable: true,
        });
      }
      // Negative: none, or one of kafkajs' special positions for the oldest and the next record.
      return answer.offset < 0 ? null : answer.offset;
    },
  };
}

const NO_TAGGED_FIELDS = 0;

interface PartitionAnswer {
  readonly partition: number;
  readonly offset: number;
  readonly errorCode: number;
}

function readPartition(decoder: Decoder): PartitionAnswer {
  const partition = decoder.readInt32();
  const offset = Number(decoder.readInt64());
  decoder.readInt32(); // Leader epoch.
  decoder.readUVarIntString(); // Metadata.
  const errorCode = decoder.readInt16();
  decoder.readTaggedFields();
  return { partition, offset, errorCode };
}
