import { afterEach, describe, expect, inject, test } from 'vitest';
import { createTopics } from '../../src/transport/kafka/admin.ts';
import { KafkaSink, type KafkaSinkOptions } from '../../src/transport/kafka/kafka-sink.ts';
import { partitionOf } from '../../src/transport/kafka/partitioner.ts';
import { RecordTooLargeError } from '../../src/transport/record-too-large.ts';
import { eventually, newName, newTopic, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const sinks: KafkaSink[] = [];

function sinkWith(options: Partial<KafkaSinkOptions> = {}): KafkaSink {
  const sink = new KafkaSink({ connection: connectionTo(brokers), ...options });
  sinks.push(sink);
  return sink;
}

afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
});

describe('KafkaSink on a broker', () => {
  test('keys decide the partition, and records of a key keep their order over many calls', async () => {
    const topic = await newTopic(connectionTo(brokers), 4);
    const sink = sinkWith({ maxSendRecords: 7 });
    const calls = Array.from({ length: 200 }, (_, call) =>
      sink.publish(
        ['a', 'b', 'c', 'd', 'e'].map((key) => outbound(topic, `${key}${call}`, key)),
        noKeepAlive,
      ),
    );
    await Promise.all(calls);
    const records = await readTopic(brokers, topic);
    expect(records).toHaveLength(1_000);
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      const ofKey = records.filter((record) => String(record.key) === key);
      expect(ofKey.map(({ value }) => String(value))).toEqual(
        Array.from({ length: 200 }, (_, call) => `${key}${call}`),
      );
      expect(new Set(ofKey.map(({ partition }) => partition))).toEqual(new Set([partitionOf(Buffer.from(key), 4)]));
    }
  });

  test('records without a key go where the hint says; key, value, headers and timestamp arrive as they are', async () => {
    const topic = await newTopic(connectionTo(brokers), 3);
    const timestampMs = Date.now() - 86_400_000;
    const headers = { one: Buffer.from('1'), many: [Buffer.from('a'), Buffer.from('b')] };
    await sinkWith().publish(
      [
        { topic, key: null, value: Buffer.from([0xff, 0]), headers, timestampMs, partitionHint: 5 },
        { topic, key: Buffer.from('k'), value: null, headers: {}, partitionHint: 0 },
      ],
      noKeepAlive,
    );
    const records = await readTopic(brokers, topic);
    expect(records.find(({ key }) => key === null)).toMatchObject({
      partition: 2,
      timestampMs,
      headers,
      value: Buffer.from([0xff, 0]),
    });
    expect(records.find(({ key }) => key !== null)).toMatchObject({ value: null, key: Buffer.from('k') });
  });

  test.each(['none', 'gzip'] as const)(
    'more bytes than one send may hold are split (compression %s)',
    async (compression) => {
      const topic = await newTopic(connectionTo(brokers));
      const values = Array.from({ length: 40 }, (_, index) => `${index}:`.padEnd(200_000, String(index)));
      await sinkWith({ compression }).publish(
        values.map((value) => outbound(topic, value)),
        noKeepAlive,
      );
      const records = await readTopic(brokers, topic);
      expect(records.map(({ value }) => String(value))).toEqual(values);
    },
  );

  test('a record above the limit of the broker is refused alone, and all others are written', async () => {
    const topic = await newTopic(connectionTo(brokers), 1, { 'max.message.bytes': '20000' });
    const large = outbound(topic, 'x'.repeat(30_000));
    const small = Array.from({ length: 30 }, (_, index) => outbound(topic, `small ${index}`));
    const records = [...small.slice(0, 11), large, ...small.slice(11)];
    const sink = sinkWith();
    const error = await sink.publish(records, noKeepAlive).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RecordTooLargeError);
    expect(error).toMatchObject({ records: [large], message: expect.stringMatching(/max\.message\.bytes/) });
    await sink.publish([outbound(topic, 'after')], noKeepAlive);
    const written = (await readTopic(brokers, topic)).map(({ value }) => String(value));
    expect(written).toEqual([...small.map(({ value }) => String(value)), 'after']);
  });

  test('a timestamp that the topic does not take is replaced by the time of writing', async () => {
    const topic = await newTopic(connectionTo(brokers), 1, { 'message.timestamp.before.max.ms': '60000' });
    const before = Date.now();
    await sinkWith().publish([{ ...outbound(topic, 'old'), timestampMs: 1_000 }], noKeepAlive);
    const [record] = await readTopic(brokers, topic);
    expect(record?.timestampMs).toBeGreaterThanOrEqual(before - 1_000);
  });

  test('the producer is replaced before its sequence ends, without loss', async () => {
    const topic = await newTopic(connectionTo(brokers));
    const sink = sinkWith({ maxRecordsPerProducer: 10 });
    for (let index = 0; index < 35; index++) await sink.publish([outbound(topic, String(index))], noKeepAlive);
    const records = await readTopic(brokers, topic);
    expect(records.map(({ value }) => String(value))).toEqual(Array.from({ length: 35 }, (_, index) => String(index)));
  });

  test('a topic that does not exist is waited for, and said so once', async () => {
    const topic = newName('late');
    const states: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const sink = sinkWith({
      keepAliveIntervalMs: 20,
      onState: (state, reason) => {
        states.push(`${state}: ${reason}`);
        waiting.resolve();
      },
    });
    let beats = 0;
    const publishing = sink.publish([outbound(topic, 'patient')], async () => {
      beats += 1;
    });
    await waiting.promise;
    await eventually(() => beats).toBeGreaterThan(2);
    await createTopics(connectionTo(brokers), [{ topic, partitions: 1 }]);
    await publishing;
    expect(states).toEqual([
      expect.stringMatching(`^waiting: .*has no topic ${topic}.*triage topics create`),
      expect.stringMatching(/^ok: /),
    ]);
    expect((await readTopic(brokers, topic)).map(({ value }) => String(value))).toEqual(['patient']);
  });

  test('an abort ends the waiting with a retriable error, and later calls too', async () => {
    const abort = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const sink = sinkWith({ signal: abort.signal, onState: () => waiting.resolve() });
    const publishing = sink.publish([outbound(newName('never'), 'x')], noKeepAlive);
    await waiting.promise;
    abort.abort();
    await expect(publishing).rejects.toMatchObject({ kind: 'transport', retriable: true });
    await expect(sink.publish([outbound('any', 'y')], noKeepAlive)).rejects.toMatchObject({ retriable: true });
  });
});
