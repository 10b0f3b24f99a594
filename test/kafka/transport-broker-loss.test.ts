/** A broker that dies, freezes and comes back. Each test has it for itself: others would notice. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchKafka } from '../../src/local-kafka/launch.ts';
import { KafkaSink, type KafkaSinkOptions } from '../../src/transport/kafka/kafka-sink.ts';
import { KafkaSource } from '../../src/transport/kafka/kafka-source.ts';
import type { KafkaSourceOptions } from '../../src/transport/kafka/source-options.ts';
import type { BatchHandler, OutboundRecord } from '../../src/transport/port.ts';
import { eventually, newName, newTopic, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

let kafka: Awaited<ReturnType<typeof launchKafka>>;
const sources: KafkaSource[] = [];
const sinks: KafkaSink[] = [];

beforeAll(async () => {
  kafka = await launchKafka({ order: ['jars'], env: process.env, log: () => undefined });
});

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
});

afterAll(() => kafka.stop());

function sinkWith(options: Partial<KafkaSinkOptions> = {}): KafkaSink {
  const sink = new KafkaSink({ connection: connectionTo(kafka.brokers), keepAliveIntervalMs: 50, ...options });
  sinks.push(sink);
  return sink;
}

function read(options: Partial<KafkaSourceOptions> & { topic: string; groupId: string }, handle: BatchHandler) {
  const connection = connectionTo(kafka.brokers);
  const source = new KafkaSource({ connection, maxWaitTimeMs: 100, ...options });
  sources.push(source);
  const done = source.run(handle);
  return { source, done, logger: connection.logger };
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

const valuesOf = async (topic: string) => (await readTopic(kafka.brokers, topic)).map(({ value }) => String(value));

describe('a broker that is killed and comes back', () => {
  test('publish waits, keeps its callers alive, and loses nothing and no order', async () => {
    const topic = await newTopic(connectionTo(kafka.brokers));
    const states: string[] = [];
    const waiting = Promise.withResolvers<void>();
    const sink = sinkWith({
      maxSendRecords: 20,
      onState: (state) => {
        states.push(state);
        if (state === 'waiting') waiting.resolve();
      },
    });
    const calls: Promise<void>[] = [];
    let beats = 0;
    const keepAlive = async () => {
      beats += 1;
    };
    const half = Promise.withResolvers<void>();
    const publishing = (async () => {
      for (let index = 0; index < 4_000; index++) {
        const call = sink.publish([outbound(topic, String(index), 'one key')], keepAlive);
        calls.push(call);
        if (index % 50 === 0) await new Promise(setImmediate);
        if (index === 2_000) half.resolve();
      }
    })();
    await half.promise;
    await kafka.kill?.();
    await publishing;
    await waiting.promise;
    const beatsBefore = beats;
    await eventually(() => beats).toBeGreaterThan(beatsBefore + 10);
    await kafka.restart?.();
    await Promise.all(calls);
    expect(states).toEqual(['waiting', 'ok']);
    expect(await valuesOf(topic)).toEqual(numbers(0, 4_000));
  });

  test('the source goes on from what was committed, says so, and is no error', async () => {
    const topic = await newTopic(connectionTo(kafka.brokers), 2);
    const groupId = newName('group');
    const records = numbers(0, 2_000).map((value, index) => outbound(topic, value, null, index % 2));
    await sinkWith().publish(records, noKeepAlive);
    const seen: string[] = [];
    const states: string[] = [];
    const { source, done, logger } = read(
      { topic, groupId, maxBatchRecords: 50, onState: (state) => states.push(state) },
      async (batch) => {
        seen.push(...batch.records.map(({ value }) => String(value)));
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    );
    await eventually(() => seen.length).toBeGreaterThan(300);
    await kafka.kill?.();
    await eventually(() => logger.at('warn').length).toBeGreaterThan(0);
    await kafka.restart?.();
    await eventually(() => new Set(seen).size).toBe(2_000);
    await source.stop();
    await done;
    expect(logger.at('error')).toEqual([]);
    expect(logger.at('warn')[0]).toMatchObject({
      message: 'reading is interrupted, trying again',
      fields: { topic, groupId, reason: expect.stringContaining(kafka.brokers[0] ?? '') },
    });
    expect(states.at(0)).toBe('waiting');
    expect(states.at(-1)).toBe('ok');
  });

  test('an idle source joins again and reads what comes then', async () => {
    const topic = await newTopic(connectionTo(kafka.brokers));
    const seen: string[] = [];
    const states: string[] = [];
    const assigned: number[] = [];
    let committed = 0;
    const { source, done, logger } = read(
      {
        topic,
        groupId: newName('group'),
        // Longer than the test waits: the group must not have to time our former membership out.
        sessionTimeoutMs: 120_000,
        onState: (state) => states.push(state),
        onAssignment: (partitions) => assigned.push(partitions.length),
        onProgress: ({ nextOffset }) => {
          committed = nextOffset;
        },
      },
      async (batch) => {
        seen.push(...batch.records.map(({ value }) => String(value)));
      },
    );
    await sinkWith().publish([outbound(topic, 'before')], noKeepAlive);
    // Not when it is handled: a commit under way would be interrupted, too, and the source not idle.
    await eventually(() => committed).toBe(1);
    await kafka.kill?.();
    await eventually(() => states).toEqual(['waiting']);
    await kafka.restart?.();
    await sinkWith().publish([outbound(topic, 'after')], noKeepAlive);
    await eventually(() => seen).toEqual(['before', 'after']);
    expect(states).toEqual(['waiting', 'ok']);
    expect(assigned).toEqual([1, 0, 1]);
    await source.stop();
    await done;
    expect(logger.at('warn')).toHaveLength(1);
    expect(logger.at('error')).toEqual([]);
  });

  test('from source to sink every record arrives at least once, in order of its first arrival', async () => {
    const connection = connectionTo(kafka.brokers);
    const [input, output] = [await newTopic(connection, 3), await newTopic(connection, 3)];
    const records = numbers(0, 6_000).map((value, index) => outbound(input, value, null, index % 3));
    await sinkWith().publish(records, noKeepAlive);
    const sink = sinkWith();
    const progress = new Map<number, number>();
    read(
      {
        topic: input,
        groupId: newName('group'),
        maxBatchRecords: 25,
        onProgress: ({ partition, nextOffset }) => progress.set(partition, nextOffset),
      },
      async (batch, keepAlive) => {
        const copies: OutboundRecord[] = batch.records.map((record) => ({
          topic: output,
          key: record.key,
          value: record.value,
          headers: record.headers,
          partitionHint: record.partition,
        }));
        await sink.publish(copies, keepAlive);
      },
    );
    const processed = () => [...progress.values()].reduce((sum, offset) => sum + offset, 0);
    await eventually(processed).toBeGreaterThan(500);
    await kafka.kill?.();
    await kafka.restart?.();
    await eventually(processed).toBe(6_000);
    const written = await readTopic(kafka.brokers, output);
    for (const partition of [0, 1, 2]) {
      const values = written.filter((record) => record.partition === partition).map(({ value }) => Number(value));
      expect([...new Set(values)]).toEqual(Array.from({ length: 2_000 }, (_, index) => index * 3 + partition));
    }
  });
});

describe('a broker that does not answer', () => {
  test.each([
    ['killed', () => kafka.kill?.(), () => kafka.restart?.()],
    ['frozen', async () => signalBroker('SIGSTOP'), async () => signalBroker('SIGCONT')],
  ])('%s: after an abort and close nothing keeps the process alive', async (_name, disturb, mend) => {
    const topic = await newTopic(connectionTo(kafka.brokers));
    const script = fileURLToPath(new URL('../transport/publish-then-abort.ts', import.meta.url));
    const child = spawn(process.execPath, [script, kafka.brokers[0] ?? '', topic], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const lines: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
      await eventually(() => lines).toContain('first written');
      await disturb();
      child.stdin.end('go on\n');
      await eventually(() => ({ code: child.exitCode, lines })).toEqual({
        code: 0,
        lines: ['first written', 'aborted: retriable', 'closed'],
      });
    } finally {
      child.kill('SIGKILL');
      await mend();
    }
  });
});

function signalBroker(signal: NodeJS.Signals): void {
  if (kafka.pid === undefined) throw new Error('the broker is down');
  process.kill(kafka.pid, signal);
}
