import type { Message } from 'kafkajs';
import { TriageError } from '../../errors.ts';
import type { OutboundRecord } from '../port.ts';
import { toMessage, wireBytes } from './partition-queue.ts';
import { choosePartition } from './partitioner.ts';

/** Records of one partition that go in one request. */
export interface Chunk {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutboundRecord[];
}

export interface ChunkLimits {
  /** Bytes per chunk, before compression; a larger record goes alone. */
  readonly maxSendBytes: number;
  readonly maxSendRecords: number;
}

/**
 * The requests that write the records: in each at most one chunk of a partition, so that the order within partitions
 * holds and each one's answer can be checked.
 */
export async function planRequests(
  records: readonly OutboundRecord[],
  countPartitions: (topic: string) => Promise<number>,
  limitsOf: (topic: string) => ChunkLimits,
): Promise<Chunk[][]> {
  const byPartition = new Map<string, { topic: string; partition: number; records: OutboundRecord[] }>();
  const counts = new Map<string, number>();
  for (const record of records) {
    const { topic } = record;
    const count = counts.get(topic) ?? (await countPartitions(topic));
    counts.set(topic, count);
    const partition = choosePartition(record, count);
    const key = `${topic}/${partition}`;
    const group = byPartition.get(key);
    if (group === undefined) byPartition.set(key, { topic, partition, records: [record] });
    else group.records.push(record);
  }
  const requests: Chunk[][] = [];
  for (const { topic, partition, records: all } of byPartition.values()) {
    splitBySize(all, limitsOf(topic)).forEach((part, place) => {
      requests[place] ??= [];
      requests[place].push({ topic, partition, records: part });
    });
  }
  return requests;
}

function splitBySize(records: readonly OutboundRecord[], limits: ChunkLimits): OutboundRecord[][] {
  const parts: OutboundRecord[][] = [];
  let current: OutboundRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = wireBytes(record);
    if (current.length > 0 && (bytes + size > limits.maxSendBytes || current.length >= limits.maxSendRecords)) {
      parts.push(current);
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += size;
  }
  if (current.length > 0) parts.push(current);
  return parts;
}

/** `keepsTimestamps` false: the broker gives each record the time of writing. */
export function toTopicMessages(
  chunks: readonly Chunk[],
  keepsTimestamps: boolean,
): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, partition, records } of chunks) {
    const messages = byTopic.get(topic) ?? [];
    byTopic.set(topic, messages);
    for (const record of records) {
      const { timestamp, ...rest } = toMessage(record, partition);
      messages.push(keepsTimestamps && timestamp !== undefined ? { ...rest, timestamp } : rest);
    }
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

interface Answer {
  readonly topicName: string;
  readonly partition: number;
  readonly errorCode: number;
}

/**
 * kafkajs resolves with an answer that leaves out a partition whose leader has moved (tulios/kafkajs#1303).
 * @throws {TriageError} unless every chunk was acknowledged exactly once.
 */
export function checkAnswers(chunks: readonly Pick<Chunk, 'topic' | 'partition'>[], answers: readonly Answer[]): void {
  for (const { topic, partition } of chunks) {
    const own = answers.filter((answer) => answer.topicName === topic && answer.partition === partition);
    if (own.length === 1 && own[0]?.errorCode === 0) continue;
    throw new TriageError('transport', `the broker's answer does not acknowledge ${topic}/${partition}`, {
      retriable: true,
    });
  }
}
