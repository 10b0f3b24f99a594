/**
 * Mends how kafkajs 2.2.4 leaves out the records of aborted transactions when it reads. It takes the broker's list of them
 * for sorted by first offset, and enters at most one per record. But brokers list them in the order of their abort, and a
 * fetch may begin within several. So where aborted transactions of different producers overlap, some of their records were
 * handed out as if committed.
 */

import { createRequire } from 'node:module';

interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
  isControlRecord?: boolean;
}

export interface FetchedPartition {
  abortedTransactions?: { readonly producerId: string; readonly firstOffset: string }[] | null;
  readonly messages: readonly FetchedRecord[];
}

interface FetchResponse {
  decode(data: Buffer): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
}

/** Versions of Fetch that kafkajs speaks and that know of transactions. */
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];

let patched = false;

/** Idempotent. @throws {Error} when kafkajs is another version than the one this was written for. */
export function patchAbortedRecords(): void {
  if (patched) return;
  const load = createRequire(import.meta.url);
  for (const version of VERSIONS) {
    const response: FetchResponse = load(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`);
    const decode = response.decode;
    response.decode = async (data) => {
      const decoded = await decode(data);
      for (const { partitions } of decoded.responses) for (const partition of partitions) hideAborted(partition);
      return decoded;
    };
  }
  patched = true;
}

/**
 * Marks the aborted records as control records: those kafkajs never hands out, but it counts them where it decides how far
 * it has read.
 */
export function hideAborted(partition: FetchedPartition): void {
  const aborted = (partition.abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  if (aborted.length === 0) return;
  const open = new Set<string>();
  let next = 0;
  for (const record of partition.messages) {
    for (; next < aborted.length && aborted[next]!.firstOffset <= BigInt(record.offset); next++) {
      open.add(aborted[next]!.producerId);
    }
    const { producerId, inTransaction } = record.batchContext ?? {};
    if (inTransaction !== true || producerId === undefined) continue;
    if (record.isControlRecord !== true) record.isControlRecord = open.has(producerId);
    else if (isAbortMarker(record)) open.delete(producerId);
  }
  partition.abortedTransactions = [];
}

/** Its key: version 0, type 0. */
function isAbortMarker({ key }: FetchedRecord): boolean {
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}
