/** As much of the Kafka protocol as a proxy needs: frames, request headers, and the answer to a refused Produce request. */

export const API = {
  produce: 0,
  offsetCommit: 8,
  heartbeat: 12,
  addOffsetsToTxn: 25,
  endTxn: 26,
  txnOffsetCommit: 28,
} as const;

/** KAFKA_STORAGE_ERROR: what a broker says whose disk is full or broken. */
export const STORAGE_ERROR = 56;

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
}

/** Cuts a byte stream into Kafka frames, each with its length in front. */
export class FrameSplitter {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#pending.length < 4) return frames;
      const end = 4 + this.#pending.readInt32BE(0);
      if (this.#pending.length < end) return frames;
      frames.push(this.#pending.subarray(0, end));
      this.#pending = this.#pending.subarray(end);
    }
  }
}

/** Header of a whole request frame. A client without a name gets an empty one. */
export function requestHeader(frame: Buffer): RequestHeader {
  const nameLength = frame.readInt16BE(12);
  return {
    apiKey: frame.readInt16BE(4),
    apiVersion: frame.readInt16BE(6),
    correlationId: frame.readInt32BE(8),
    clientId: nameLength < 0 ? '' : frame.toString('utf8', 14, 14 + nameLength),
  };
}

/** Correlation id of a whole response frame. */
export function responseCorrelationId(frame: Buffer): number {
  return frame.readInt32BE(4);
}

/** The versions of Produce that are understood here: kafkajs 2 speaks 7, and Kafka 4 takes 3 and up. */
const PRODUCE_VERSIONS = [5, 7];

/**
 * The answer to a Produce request that says for each of its partitions that it failed with `errorCode`.
 * @throws {RangeError} for another version than 5 to 7.
 */
export function refusedProduce(request: Buffer, errorCode: number): Buffer {
  const { apiVersion, correlationId, clientId } = requestHeader(request);
  const [oldest, newest] = PRODUCE_VERSIONS as [number, number];
  if (apiVersion < oldest || apiVersion > newest) {
    throw new RangeError(`Produce version: expected ${oldest} to ${newest}, found ${apiVersion}`);
  }
  const reader = new Reader(request, 14 + Buffer.byteLength(clientId));
  reader.skip(reader.int16()); // transactional_id
  reader.skip(2 + 4); // acks, timeout
  const parts: Buffer[] = [int32Bytes(correlationId)];
  const topics = reader.int32();
  parts.push(int32Bytes(topics));
  for (let t = 0; t < topics; t++) {
    const nameAt = reader.at;
    reader.skip(reader.int16());
    parts.push(request.subarray(nameAt, reader.at));
    const partitions = reader.int32();
    parts.push(int32Bytes(partitions));
    for (let p = 0; p < partitions; p++) {
      // base_offset, log_append_time and log_start_offset are -1.
      const answer = Buffer.alloc(4 + 2 + 8 + 8 + 8, 0xff);
      answer.writeInt32BE(reader.int32(), 0);
      answer.writeInt16BE(errorCode, 4);
      parts.push(answer);
      reader.skip(reader.int32());
    }
  }
  parts.push(int32Bytes(0)); // throttle_time_ms
  const body = Buffer.concat(parts);
  return Buffer.concat([int32Bytes(body.length), body]);
}

class Reader {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  int16(): number {
    const value = this.#bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** Lengths below 0 stand for null. */
  skip(bytes: number): void {
    this.at += Math.max(0, bytes);
  }
}

function int32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
