/** What a read_committed reader sees of a topic in which aborted transactions overlap. */

import { expect, inject, test } from 'vitest';
import { newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo } from '../transport/records.ts';

const brokers = inject('brokers');

test('records of aborted transactions are not read, in whatever order these began and ended', async () => {
  const topic = await newTopic(connectionTo(brokers));
  const kafka = plainKafka(brokers);
  const begin = async () => {
    const producer = kafka.producer({ transactionalId: newName('tx'), idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    return {
      send: (value: string) => transaction.send({ topic, messages: [{ value }] }),
      end: async (how: 'commit' | 'abort') => {
        await transaction[how]();
        await producer.disconnect();
      },
    };
  };
  const [early, late, lasting, good] = [await begin(), await begin(), await begin(), await begin()];
  await early.send('aborted first, ends last');
  await late.send('aborted inside');
  await good.send('good 1');
  await early.send('aborted first, ends last, again');
  await late.end('abort');
  await lasting.send('aborted across');
  await good.end('commit');
  await early.end('abort');
  const after = await begin();
  await after.send('good 2');
  await after.end('commit');
  await lasting.end('abort');

  const read = (await readTopic(brokers, topic)).map(({ value }) => String(value));
  expect(read).toEqual(['good 1', 'good 2']);
});
