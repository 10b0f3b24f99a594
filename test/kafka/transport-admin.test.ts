import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { checkTopics, createTopics, describeTopics, groupLag } from '../../src/transport/kafka/admin.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import { newName, newTopic, plainKafka } from '../transport/kafka-support.ts';
import { connectionTo } from '../transport/records.ts';

const brokers = inject('brokers');
const connection = connectionTo(brokers);

describe('topics', () => {
  test('are created once, with the partitions and settings asked for', async () => {
    const [first, second] = [newName('topic'), newName('topic')];
    const specs = [{ topic: first, partitions: 3, config: { 'retention.ms': '1000' } }, { topic: second }];
    expect(await createTopics(connection, specs.slice(0, 1))).toEqual([{ topic: first, result: 'created' }]);
    expect(await createTopics(connection, specs)).toEqual([
      { topic: first, result: 'exists' },
      { topic: second, result: 'created' },
    ]);
    expect(await describeTopics(connection, [first, newName('missing')])).toEqual([
      { topic: first, found: true, partitions: 3, replicationFactor: 1 },
      { topic: expect.stringMatching(/^missing/), found: false },
    ]);
  });

  test('checkTopics names what is missing and how to mend it', async () => {
    const topic = await newTopic(connection);
    const [one, two] = [newName('missing'), newName('missing')];
    await expect(checkTopics(connection, [topic])).resolves.toBeUndefined();
    await expect(checkTopics(connection, [topic, one, two])).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringMatching(`has no topics ${one}, ${two}\\. .*triage topics create`),
    });
  });

  test('a topic that cannot be created is an error that says why', async () => {
    await expect(createTopics(connection, [{ topic: newName('t'), replicationFactor: 9 }])).rejects.toMatchObject({
      message: expect.stringMatching(/too few brokers/),
    });
    await expect(createTopics(connection, [{ topic: 'not a name' }])).rejects.toMatchObject({
      message: expect.stringMatching(/refuses the topic name "not a name"/),
    });
  });
});

describe('a broker that cannot be used', () => {
  test.each([
    ['refused', { brokers: ['127.0.0.1:1'] }, /127\.0\.0\.1:1 refused the connection.*correct the address/],
    ['unknown', { brokers: ['no-such-host.invalid:9092'] }, /no-such-host\.invalid:9092: the host name is unknown/],
  ])('%s: the error names it, what happened and what to do', async (_name, overrides, message) => {
    await expect(checkTopics({ ...connection, ...overrides }, ['any'])).rejects.toMatchObject({
      kind: 'transport',
      retriable: true,
      message: expect.stringMatching(message),
    });
    expect(connection.logger.at('info', 'warn', 'error')).toEqual([]);
  });
});

describe('a port that takes connections and says nothing', () => {
  const silent = createServer();
  let address: string;

  beforeAll(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  });
  afterAll(() => silent.close());

  test('is an error that says so, long before the end of a request', async () => {
    const mute = { ...connection, brokers: [address], connectionTimeoutMs: 100 };
    await expect(checkTopics(mute, ['any'])).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringMatching(/does not answer as Kafka.*wrong port/i),
    });
  });

  test('does not matter where another bootstrap broker answers', async () => {
    const topic = await newTopic(connection);
    // Keeps the brokers in their order: the silent one is asked first.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    try {
      const half = { ...connection, brokers: [address, ...brokers], connectionTimeoutMs: 100 };
      await expect(checkTopics(half, [topic])).resolves.toBeUndefined();
    } finally {
      random.mockRestore();
    }
  });
});

test('groupLag counts from the committed offset, or from the oldest record', async () => {
  const topic = await newTopic(connection, 2);
  const groupId = newName('group');
  const kafka = plainKafka(brokers);
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ value, partition: 1 })) });
  await producer.disconnect();
  const source = new KafkaSource({ connection, topic, groupId, maxBatchRecords: 1, maxWaitTimeMs: 100 });
  await source.run(async () => void source.stop());
  expect(await groupLag(connection, groupId, [topic])).toEqual([
    { topic, partition: 0, committedOffset: null, endOffset: 0, lag: 0 },
    { topic, partition: 1, committedOffset: 1, endOffset: 3, lag: 2 },
  ]);
});
