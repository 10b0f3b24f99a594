/** Retention was faster than reading: the group's next record is gone. */
import { expect, inject, it, onTestFinished } from 'vitest';
import { createTopics, groupLag } from '../../src/transport/kafka/admin.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { startCli } from '../commands/cli.ts';
import { newName, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const connection = connectionTo(brokers);

it.each(['at-least-once', 'exactly-once'])('reading goes on at the oldest record left (%s)', async (delivery) => {
  const [input, output, deadLetter] = [newName('in'), newName('out'), newName('dlq')];
  await createTopics(
    connection,
    [input, output, deadLetter].map((topic) => ({ topic })),
  );
  const sink = new KafkaSink({ connection });
  const admin = plainKafka(brokers).admin();
  await admin.connect();
  onTestFinished(async () => {
    await admin.disconnect();
    await sink.close();
  });
  const write = (from: number, to: number) =>
    sink.publish(
      Array.from({ length: to - from }, (_, i) =>
        outbound(input, JSON.stringify({ app: 'Box', message: 'Service timeout', id: String(from + i) })),
      ),
      noKeepAlive,
    );
  const runUntilLagIs0 = async () => {
    const flags = ['--input', input, '--output', output, '--dead-letter-topic', deadLetter, '--group', input];
    const service = startCli([
      'run',
      '--http-port',
      '0',
      '--log-format',
      'json',
      '--delivery',
      delivery,
      '--brokers',
      brokers.join(','),
      ...flags,
    ]);
    onTestFinished(() => service.kill('SIGKILL'));
    const lag = async () =>
      (await groupLag(connection, input, [input])).map((each) => [each.committedOffset, each.lag]);
    await expect
      .poll(lag, { timeout: 40_000 })
      .toEqual((await admin.fetchTopicOffsets(input)).map(({ high }) => [Number(high), 0]));
    service.kill('SIGTERM');
    return service.ended;
  };
  await write(0, 10);
  expect((await runUntilLagIs0()).code).toBe(0);
  await write(10, 20);
  await admin.fetchTopicMetadata({ topics: [input] });
  await admin.deleteTopicRecords({ topic: input, partitions: [{ partition: 0, offset: '15' }] });
  const { code, stderr } = await runUntilLagIs0();
  expect(code).toBe(0);
  const ids = (await readTopic(brokers, output)).map(({ value }) =>
    Number(JSON.parse(String(value)).event_id.split(':')[2]),
  );
  expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19]);
  expect(stderr).toContain('"event":"records-gone"');
});
