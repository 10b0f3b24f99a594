import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toCommit } from '../../chaos/read-history.ts';

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(Buffer.byteLength(value));
  return Buffer.concat([length, Buffer.from(value)]);
}

/** A record of Kafka's offsets topic, as far as it matters here. */
function offsetsRecord(keyVersion: number, group: string, topic: string, offset: bigint | null) {
  const version = Buffer.alloc(2);
  version.writeInt16BE(keyVersion);
  const partition = Buffer.alloc(4);
  partition.writeInt32BE(5);
  const value = Buffer.alloc(20);
  value.writeBigInt64BE(offset ?? 0n, 2);
  const key = Buffer.concat([version, text(group), text(topic), partition]);
  const batchContext = { producerId: '42', producerEpoch: 3, inTransaction: true };
  const message = {
    key,
    value: offset === null ? null : value,
    timestamp: '123',
    batchContext,
  } as unknown as KafkaMessage;
  return { partition: 0, message };
}

describe('what a record of the offsets topic says', () => {
  it('is a commit of the group for a partition of the topic', () => {
    const record = offsetsRecord(1, 'group', 'in', 5_000_000_000n);
    expect(toCommit(record, 'group', 'in')).toEqual([
      { partition: 5, offset: 5_000_000_000, atMs: 123, writer: { producer: '42/3', inTransaction: true } },
    ]);
  });

  it.each([
    ["another group's", offsetsRecord(1, 'group-2', 'in', 1n)],
    ["another topic's", offsetsRecord(1, 'group', 'in-2', 1n)],
    ['a forgotten one', offsetsRecord(1, 'group', 'in', null)],
    ['the group itself', offsetsRecord(2, 'group', 'in', 1n)],
  ])('is no commit of ours when it is %s', (_what, record) => {
    expect(toCommit(record, 'group', 'in')).toEqual([]);
  });
});
