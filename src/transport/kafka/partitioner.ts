import type { Message } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { OutboundRecord } from '../port.ts';

/** The partition that a record goes to, of `partitionCount`, 1 or more. */
export function choosePartition({ key, partitionHint }: OutboundRecord, partitionCount: number): number {
  return key === null ? partitionHint % partitionCount : partitionOf(key, partitionCount);
}

/**
 * The partition that Kafka's Java client and kafkajs' default partitioner choose for a key: murmur2, made positive,
 * modulo the partition count. kafkajs' own murmur2 calculates with BigInt, ten times as slow.
 */
export function partitionOf(key: Buffer, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}

/** For kafkajs' producers. Every message says its partition; one that does not is a bug here. */
export function partitionOfMessage({ message }: { message: Message }): number {
  if (message.partition === undefined) throw new TriageError('internal', 'A message without a partition was sent.');
  return message.partition;
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

function murmur2(data: Buffer): number {
  const { length } = data;
  const tail = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(data.readInt32LE(i), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  const rest = length & 3;
  if (rest === 3) hash ^= byteAt(data, tail + 2) << 16;
  if (rest >= 2) hash ^= byteAt(data, tail + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(data, tail), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

function byteAt(data: Buffer, index: number): number {
  return data[index] ?? 0;
}
