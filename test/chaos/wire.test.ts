import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { API, FrameSplitter, refusedProduce, requestHeader, STORAGE_ERROR } from '../../chaos/wire.ts';

/** kafkajs' own code for requests and answers: the other end of the same protocol. */
const load = createRequire(import.meta.url);
const encodeRequest = load('kafkajs/src/protocol/request.js') as (request: object) => Promise<{ buffer: Buffer }>;
const produceV7 = load('kafkajs/src/protocol/requests/produce/v7/request.js') as (fields: object) => object;
const produceV7Answer = load('kafkajs/src/protocol/requests/produce/v7/response.js') as {
  decode(payload: Buffer): Promise<object>;
};

async function produceRequest(clientId: string): Promise<Buffer> {
  const topicData = ['out', 'a.second'].map((topic) => ({
    topic,
    partitions: [0, 7].map((partition) => ({
      partition,
      firstSequence: 0,
      messages: [{ key: 'k', value: 'v'.repeat(300), timestamp: 1, headers: {} }],
    })),
  }));
  const fields = { acks: -1, timeout: 1_000, producerId: 1, producerEpoch: 0, compression: 0, topicData };
  const request = produceV7({ ...fields, transactionalId: null });
  return (await encodeRequest({ clientId, correlationId: 77, request })).buffer;
}

describe('the proxy, reading Kafka', () => {
  it('cuts a stream into frames wherever the network cut it', async () => {
    const frame = await produceRequest('worker-1');
    const stream = Buffer.concat([frame, frame, frame]);
    for (const size of [1, 3, frame.length, frame.length + 1, stream.length]) {
      const splitter = new FrameSplitter();
      const frames: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) frames.push(...splitter.push(stream.subarray(at, at + size)));
      expect(frames).toEqual([frame, frame, frame]);
    }
  });

  it('reads who asks for what', async () => {
    expect(requestHeader(await produceRequest('wörker-1'))).toEqual({
      apiKey: API.produce,
      apiVersion: 7,
      correlationId: 77,
      clientId: 'wörker-1',
    });
  });

  it('refuses every partition of a Produce request in words that kafkajs understands', async () => {
    const answer = refusedProduce(await produceRequest('wörker-1'), STORAGE_ERROR);
    expect(answer.readInt32BE(0)).toBe(answer.length - 4);
    expect(answer.readInt32BE(4)).toBe(77);
    const refused = (partition: number) => ({
      partition,
      errorCode: STORAGE_ERROR,
      baseOffset: '-1',
      logAppendTime: '-1',
      logStartOffset: '-1',
    });
    expect(await produceV7Answer.decode(answer.subarray(8))).toMatchObject({
      topics: [
        { topicName: 'out', partitions: [refused(0), refused(7)] },
        { topicName: 'a.second', partitions: [refused(0), refused(7)] },
      ],
    });
  });

  it('says so when it does not know the version', async () => {
    const request = await produceRequest('w');
    request.writeInt16BE(9, 6);
    expect(() => refusedProduce(request, STORAGE_ERROR)).toThrow('Produce version: expected 5 to 7, found 9');
  });
});
