/** `triage replay`, and where `triage run` starts. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config-sources.ts';
import { TriageError } from '../../src/errors.ts';
import { startReplay } from '../../src/replay.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createTopics, groupLag } from '../../src/transport/kafka/admin.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { RangeSource } from '../../src/transport/kafka/range-source.ts';
import { setStartOffsets } from '../../src/transport/kafka/start-offsets.ts';
import { runCli, startCli } from '../commands/cli.ts';
import { collector, newName, newTopic, plainKafka, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const connection = connectionTo(brokers);
const T0 = Date.UTC(2026, 0, 1);

/** `count` error records, a minute apart, in turn over the partitions. */
async function history(count: number, partitions = 2) {
  const input = newName('in');
  const output = newName('out');
  const other = newName('other');
  await createTopics(connection, [
    { topic: input, partitions },
    { topic: output, partitions },
    { topic: other, partitions },
  ]);
  const sink = new KafkaSink({ connection });
  onTestFinished(() => sink.close());
  const records = Array.from({ length: count }, (_, i) => ({
    topic: input,
    key: null,
    value: Buffer.from(
      i % 10 === 9 ? 'no JSON' : JSON.stringify({ app: 'Box', message: 'Service timeout', id: String(i) }),
    ),
    headers: {},
    partitionHint: i % partitions,
    timestampMs: T0 + i * 60_000,
  }));
  await sink.publish(records, noKeepAlive);
  return { input, output, other, flags: ['--brokers', brokers.join(','), '--input', input] };
}

function idsOf(records: readonly { value: Buffer | null }[]): number[] {
  return records
    .map(({ value }) => Number(JSON.parse(String(value)).input_id ?? JSON.parse(String(value)).id))
    .sort((a, b) => a - b);
}

describe('triage replay', () => {
  it('writes the events of a time range into another topic, with the event ids of the first time', async () => {
    const { input, output, other, flags } = await history(40);
    const dlq = await newTopic(connection);
    const service = startCli([
      'run',
      '--http-port',
      '0',
      '--output',
      output,
      '--dead-letter-topic',
      dlq,
      '--group',
      input,
      ...flags,
    ]);
    onTestFinished(() => service.kill('SIGKILL'));
    await expect.poll(async () => (await readTopic(brokers, output)).length, { timeout: 40_000 }).toBe(36);
    const range = ['--from', '2026-01-01T00:10', '--to', '2026-01-01T00:30Z'];
    const { code, stdout } = await runCli(['replay', ...range, '--output-topic', other, '--json', ...flags]);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ complete: true, records: 20, outcomes: { 'dead-lettered': 2, ignored: 0 } });
    expect(summary.outcomes.resolved + summary.outcomes.unclassified).toBe(18);
    const eventIds = async (topic: string) =>
      (await readTopic(brokers, topic)).map(({ value }) => JSON.parse(String(value)).event_id);
    const again = await eventIds(other);
    expect(new Set(again).size).toBe(18);
    expect(await eventIds(output)).toEqual(expect.arrayContaining(again));
    expect((await readTopic(brokers, dlq)).length).toBe(4);
  });

  it('leaves no consumer group behind', async () => {
    const { other, flags } = await history(10);
    const admin = plainKafka(brokers).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const before = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    expect((await runCli(['replay', '--output-topic', other, ...flags])).stdout).toContain('10 records in');
    const after = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    expect(after.filter((group) => !before.includes(group) && /unused|replay/.test(group))).toEqual([]);
  });

  it('goes on where its checkpoint says, without writing anything twice, and knows when all is done', async () => {
    const { input, output, other, flags } = await history(40);
    const folder = mkdtempSync(join(tmpdir(), 'triage-replay-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const checkpoint = join(folder, 'checkpoint.json');
    const { config } = loadConfig({
      flags: { 'kafka.brokers': brokers.join(','), 'topics.input': input, 'limits.batchRecords': '1' },
      env: {},
      file: undefined,
    });
    let stop: () => void = () => undefined;
    const interrupted = await startReplay({
      config: { ...config, topics: { ...config.topics, output: other } },
      range: {},
      checkpoint,
      logger: createLogger({
        level: 'error',
        format: 'json',
        destination: process.stderr,
        redaction: config.redaction,
      }),
      onProgress: ({ records }) => records > 3 && stop(),
    });
    stop = () => void interrupted.stop();
    expect(interrupted.start).toBe('anew');
    await interrupted.done;
    const before = (await readTopic(brokers, other)).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(36);

    const replay = (to: string) => runCli(['replay', '--checkpoint', checkpoint, '--output-topic', to, ...flags]);
    expect(await replay(output)).toMatchObject({ code: 2, stderr: expect.stringContaining('another replay (output') });
    expect(await replay(other)).toMatchObject({ code: 0, stderr: expect.stringContaining('going on as') });
    const eventIds = (await readTopic(brokers, other)).map(({ value }) => JSON.parse(String(value)).event_id);
    expect(eventIds.length).toBe(36);
    expect(new Set(eventIds).size).toBe(36);
    expect(await replay(other)).toMatchObject({ code: 0, stderr: expect.stringContaining('all is done') });
    expect((await readTopic(brokers, other)).length).toBe(36);
  });

  it('refuses topics that would be read again or that others read', async () => {
    const { input, other, flags } = await history(1);
    const replay = (...args: string[]) => runCli(['replay', ...args, ...flags]);
    expect(await replay('--output-topic', input)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is the input topic'),
    });
    expect(await replay('--output-topic', 'connector.resolutions')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--into-output'),
    });
    expect(await replay('--output-topic', 'no.such.topic')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no.such.topic'),
    });
    expect(await replay('--output-topic', other, '--from', '2026-01-02', '--to', '2026-01-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from must be before --to'),
    });
  });
});

describe('RangeSource', () => {
  it('ends at transaction markers, aborted records and empty partitions, and gives committed records only', async () => {
    const topic = await newTopic(connection, 3);
    const producer = plainKafka(brokers).producer({
      transactionalId: newName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    for (const [value, how] of [
      ['a', 'commit'],
      ['b', 'abort'],
      ['c', 'commit'],
      ['d', 'abort'],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value, partition: 1 }] });
      await transaction[how]();
    }
    const { handle, values } = collector();
    await new RangeSource({ connection, topic }).run(handle);
    expect(values()).toEqual(['a', 'c']);
  });

  it('passes over what retention deletes meanwhile', async () => {
    const topic = await newTopic(connection);
    const sink = new KafkaSink({ connection });
    onTestFinished(() => sink.close());
    // So large that they come in several fetches.
    const value = 'x'.repeat(300_000);
    await sink.publish(
      Array.from({ length: 15 }, () => outbound(topic, value)),
      noKeepAlive,
    );
    const admin = plainKafka(brokers).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.fetchTopicMetadata({ topics: [topic] });
    const offsets: number[] = [];
    const listening = connectionTo(brokers);
    await new RangeSource({ connection: listening, topic, maxBatchRecords: 1 }).run(async ({ records }) => {
      offsets.push(...records.map(({ offset }) => offset));
      if (offsets.length > 1) return;
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '12' }] });
    });
    expect(offsets.slice(-3)).toEqual([12, 13, 14]);
    expect(offsets).not.toContain(11);
    const [warning] = listening.logger.at('warn');
    expect(warning).toMatchObject({ message: expect.stringContaining('were deleted'), fields: { to: 12 } });
    expect(offsets[0]).toBe(0);
  });

  it('waits for records that were there before and cannot be read for now', async () => {
    const { input } = await history(10, 1);
    const sink = new KafkaSink({ connection });
    onTestFinished(() => sink.close());
    const { handle, records } = collector();
    const states: string[] = [];
    await new RangeSource({
      connection,
      topic: input,
      parts: [{ partition: 0, startOffset: 8, endOffset: 12 }],
      onState: (state) => {
        states.push(state);
        if (state === 'waiting') void sink.publish([outbound(input, 'a'), outbound(input, 'b')], noKeepAlive);
      },
    }).run(handle);
    expect(records.map(({ offset }) => offset)).toEqual([8, 9, 10, 11]);
    expect(states).toEqual(['waiting', 'ok']);
  });

  it('says so when what was to be read is not there any more', async () => {
    const { input } = await history(10, 1);
    const parts = [{ partition: 0, startOffset: 50, endOffset: 60 }];
    const source = new RangeSource({ connection, topic: input, parts });
    await expect(source.run(collector().handle)).rejects.toThrow(
      /Partition 0 of topic .* had records up to offset 60 and now has none from 50 on/,
    );
  });

  it('reads four partitions at a time, and parts of them only', async () => {
    const { input } = await history(80, 8);
    let reading = 0;
    let most = 0;
    const read = new Set<number>();
    const othersHadTime = Promise.withResolvers<void>();
    await new RangeSource({ connection, topic: input }).run(async ({ partition }) => {
      most = Math.max(most, ++reading);
      // A whole other reading takes longer than a fetch of this one would.
      if (reading === 4) othersHadTime.resolve(new RangeSource({ connection, topic: input }).run(collector().handle));
      await othersHadTime.promise;
      reading--;
      read.add(partition);
    });
    expect(read.size).toBe(8);
    expect(most).toBe(4);
    const { handle, records } = collector();
    const parts = [
      { partition: 2, startOffset: 7 },
      { partition: 9, startOffset: 0 },
    ];
    await new RangeSource({ connection, topic: input, parts }).run(handle);
    expect(records.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual(['2:7', '2:8', '2:9']);
  });

  it('takes a time before 1970 for the beginning', async () => {
    const { input } = await history(10, 1);
    const { handle, records } = collector();
    await new RangeSource({ connection, topic: input, fromMs: -1 }).run(handle);
    expect(records.length).toBe(10);
  });

  it('tells the handler contiguous ranges that end where the partition ended at the start', async () => {
    const { input } = await history(23, 1);
    const ranges: [number, number][] = [];
    await new RangeSource({ connection, topic: input, maxBatchRecords: 10 }).run(
      async ({ startOffset, nextOffset }) => {
        ranges.push([startOffset, nextOffset]);
      },
    );
    expect(ranges).toEqual([
      [0, 10],
      [10, 20],
      [20, 23],
    ]);
  });

  it('rejects with what the handler rejects with, and stops on demand', async () => {
    const { input } = await history(20, 2);
    const failing = new RangeSource({ connection, topic: input });
    await expect(
      failing.run(async () => {
        throw new Error('no more');
      }),
    ).rejects.toThrow('no more');
    const source = new RangeSource({ connection, topic: input, maxBatchRecords: 1 });
    let handled = 0;
    await source.run(async () => {
      handled++;
      void source.stop();
    });
    expect(handled).toBeLessThan(20);
  });

  it('ends without an error when it is stopped while a batch waits for what will pass', async () => {
    const { input } = await history(4, 1);
    const source = new RangeSource({ connection, topic: input });
    let handled = 0;
    await source.run(async () => {
      handled++;
      void source.stop();
      throw new TriageError('transport', 'not yet', { retriable: true });
    });
    expect(handled).toBe(1);
  });
});

describe('triage run --from-timestamp', () => {
  it('starts a new group there, and leaves one that has read before where it is', async () => {
    const { input, output, flags } = await history(20);
    const dlq = await newTopic(connection);
    const run = async (until: RegExp) => {
      const args = ['run', '--from-timestamp', '2026-01-01T00:10:00', '--http-port', '0', '--log-format', 'json'];
      const service = startCli([...args, '--output', output, '--dead-letter-topic', dlq, '--group', input, ...flags]);
      onTestFinished(() => service.kill('SIGKILL'));
      await service.printed(until);
      return service;
    };
    const first = await run(/"event":"start-offsets-set"/);
    await expect.poll(async () => (await readTopic(brokers, output)).length, { timeout: 40_000 }).toBe(9);
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(idsOf(await readTopic(brokers, output))).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
    const second = await run(/"event":"start-offsets-kept".*"event":"assignment"/s);
    second.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    expect((await readTopic(brokers, output)).length).toBe(9);
  });
});

describe('triage run that does not come to reading', () => {
  const refused = async (flags: readonly string[]) => {
    const { input, output, flags: kafkaFlags } = await history(4, 1);
    const dlq = await newTopic(connection);
    const args = ['run', '--from-timestamp', '2026-01-01', '--http-port', '0', '--group', input, ...kafkaFlags];
    const { code, stderr } = await runCli([...args, '--output', output, '--dead-letter-topic', dlq, ...flags]);
    const positions = await groupLag(connection, input, [input]);
    return { code, stderr, committed: positions.map(({ committedOffset }) => committedOffset) };
  };

  it('leaves no start offsets: the corrected command starts where it is told', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const taken = await refused(['--http-host', '127.0.0.1', '--http-port', String(port)]);
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('EADDRINUSE'), committed: [null] });
    expect(await refused(['--catalog', '/nonexistent'])).toMatchObject({ code: 4, committed: [null] });
  });

  it('names every topic that is missing', async () => {
    const missing = ['--output', 'not.there', '--dead-letter-topic', 'nor.this'];
    const { code, stderr, committed } = await refused(missing);
    expect(stderr).toMatch(/has no topics not\.there, nor\.this\. .*triage topics create/);
    expect({ code, committed }).toEqual({ code: 3, committed: [null] });
    expect((await refused(['--input', 'no.input', ...missing])).stderr).toMatch(
      /has no topics no\.input, not\.there, nor\.this\. /,
    );
  });
});

describe('setStartOffsets', () => {
  it('leaves partitions that were added while members of the group read to those members', async () => {
    const { input } = await history(4, 1);
    const groupId = newName('group');
    const start = { groupId, topic: input, fromMs: T0 };
    expect(await setStartOffsets(connection, start)).toMatchObject({ set: [{ partition: 0, offset: 0 }], left: [] });
    const kafka = plainKafka(brokers);
    const member = kafka.consumer({ groupId });
    await member.connect();
    onTestFinished(() => member.disconnect());
    await member.subscribe({ topics: [input] });
    const joined = new Promise((resolve) => member.on('consumer.group_join', resolve));
    await member.run({ autoCommit: false, eachMessage: async () => undefined });
    await joined;
    const admin = kafka.admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.createPartitions({ topicPartitions: [{ topic: input, count: 3 }] });
    await expect.poll(async () => (await setStartOffsets(connection, start)).left, { timeout: 30_000 }).toEqual([1, 2]);
    const { set, kept } = await setStartOffsets(connection, start);
    expect(set).toEqual([]);
    expect(kept).toMatchObject([{ partition: 0, committedOffset: 0 }]);
  });

  it('waits for the positions of a group that another program has just joined, and keeps them', async () => {
    const { input } = await history(4, 1);
    const groupId = newName('group');
    const member = plainKafka(brokers).consumer({ groupId });
    await member.connect();
    onTestFinished(() => member.disconnect());
    await member.subscribe({ topics: [input] });
    const joined = new Promise((resolve) => member.on('consumer.group_join', resolve));
    await member.run({ autoCommit: false, eachMessage: async () => undefined });
    await joined;
    const started = setStartOffsets(connection, { groupId, topic: input, fromMs: T0 });
    await member.commitOffsets([{ topic: input, partition: 0, offset: '2' }]);
    expect(await started).toMatchObject({ set: [], kept: [{ partition: 0, committedOffset: 2 }] });
  });
});

describe('triage run --from-beginning false', () => {
  it('keeps the place where a new group starts, also when it is killed before it has read anything', async () => {
    const { input, output, flags } = await history(10, 1);
    const dlq = await newTopic(connection);
    const args = ['run', '--from-beginning', 'false', '--http-port', '0', '--log-format', 'json', '--output', output];
    const start = () => {
      const service = startCli([...args, '--dead-letter-topic', dlq, '--group', input, ...flags]);
      onTestFinished(() => service.kill('SIGKILL'));
      return service;
    };
    const first = start();
    await first.printed(/"event":"start-offsets-set"/);
    first.kill('SIGKILL');
    await first.ended;
    const sink = new KafkaSink({ connection });
    onTestFinished(() => sink.close());
    const message = JSON.stringify({ app: 'Box', message: 'Service timeout', id: '77' });
    await sink.publish([outbound(input, message)], noKeepAlive);
    start();
    await expect.poll(async () => idsOf(await readTopic(brokers, output)), { timeout: 50_000 }).toEqual([77]);
  });
});
