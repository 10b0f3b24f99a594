/**
 * Reads a committed offset that no open transaction can change any more. kafkajs asks in a version of OffsetFetch that
 * knows nothing of transactions: until the group's coordinator has seen the end of one, it answers with the offset from
 * before, and the records in between would be written twice. Version 7 has `require_stable` (KIP-447).
 */

import { createRequire } from 'node:module';
import { TriageError } from '../../errors.ts';
import { createKafkaClient, type KafkaConnection } from './client.ts';
import { clusterOf } from './low-level.ts';
import type { TopicPartition } from './source-options.ts';

const OFFSET_FETCH = { apiKey: 9, apiVersion: 7, apiName: 'OffsetFetch' } as const;

/**
 * The position that the group has committed for the partition, `null` when it has none.
 * @throws kafkajs' error, `UNSTABLE_OFFSET_COMMIT` while a transaction is being ended; {TriageError} `transport`, when the
 * broker is older than Kafka 2.5. `signal` cuts the question short.
 */
export async function stableOffset(
  connection: KafkaConnection,
  groupId: string,
  { topic, partition }: TopicPartition,
  signal: AbortSignal,
): Promise<number | null> {
  const client = createKafkaClient(connection);
  const cut = () => client.cutConnections();
  signal.addEventListener('abort', cut);
  try {
    if (signal.aborted) throw new Error('given up');
    const cluster = clusterOf(client);
    await cluster.connect();
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
    checkVersion(coordinator, client.brokers);
    return await coordinator.connectionPool.send(offsetFetch(groupId, topic, partition));
  } finally {
    cut();
    signal.removeEventListener('abort', cut);
  }
}

interface Coordinator {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send(protocol: Protocol): Promise<number | null> };
}

interface Protocol {
  readonly request: typeof OFFSET_FETCH & { encode(): Promise<Encoder> };
  readonly response: {
    decode(data: Buffer): Promise<Decoded>;
    parse(decoded: Decoded): Promise<number | null>;
  };
}

interface Decoded {
  readonly position: number | null;
}

function checkVersion({ versions }: Coordinator, brokers: readonly string[]): void {
  const newest = versions?.[OFFSET_FETCH.apiKey]?.maxVersion ?? 0;
  if (newest >= OFFSET_FETCH.apiVersion) return;
  throw new TriageError(
    'transport',
    `Kafka at ${brokers.join(', ')} is too old for delivery exactly-once: expected OffsetFetch version ` +
      `${OFFSET_FETCH.apiVersion} (Kafka 2.5), found ${newest}. Update the brokers, or use delivery at-least-once.`,
    { cause: { type: 'UNSUPPORTED_VERSION' } },
  );
}

function offsetFetch(groupId: string, topic: string, partition: number): Protocol {
  const { Encoder, Decoder, createErrorFromCode } = codec();
  return {
    request: {
      ...OFFSET_FETCH,
      encode: async () => {
        const partitions = [new Encoder().writeInt32(partition)];
        const topics = [
          new Encoder().writeUVarIntString(topic).writeUVarIntArray(partitions).writeUVarInt(NO_TAGGED_FIELDS),
        ];
        return new Encoder()
          .writeUVarInt(NO_TAGGED_FIELDS)
          .writeUVarIntString(groupId)
          .writeUVarIntArray(topics)
          .writeBoolean(true)
          .writeUVarInt(NO_TAGGED_FIELDS);
      },
    },
    response: {
      decode: async (data) => {
        const decoder = new Decoder(data);
        decoder.readTaggedFields();
        decoder.readInt32(); // Milliseconds of throttling.
        const [answer] = decoder.readUVarIntArray((ofTopics) => {
          ofTopics.readUVarIntString();
          const [first] = ofTopics.readUVarIntArray(readPartition);
          ofTopics.readTaggedFields();
          return first;
        });
        const errorCode = decoder.readInt16() || (answer?.errorCode ?? 0);
        if (errorCode !== 0) throw createErrorFromCode(errorCode);
        if (answer === undefined || answer.partition !== partition) {
          throw new TriageError('transport', `the broker's answer has no offset of ${topic}/${partition}`, {
            retriable: true,
          });
        }
        // Negative: none, or one of kafkajs' special positions for the oldest and the next record.
        return { position: answer.offset < 0 ? null : answer.offset };
      },
      parse: async ({ position }) => position,
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

interface Encoder {
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeUVarIntArray(items: readonly Encoder[]): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): unknown;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readTaggedFields(): unknown;
}

interface Codec {
  readonly Encoder: new () => Encoder;
  readonly Decoder: new (data: Buffer) => Decoder;
  readonly createErrorFromCode: (code: number) => Error;
}

let loaded: Codec | undefined;

function codec(): Codec {
  const load = createRequire(import.meta.url);
  loaded ??= {
    Encoder: load('kafkajs/src/protocol/encoder.js'),
    Decoder: load('kafkajs/src/protocol/decoder.js'),
    createErrorFromCode: load('kafkajs/src/protocol/error.js').createErrorFromCode,
  };
  return loaded;
}
