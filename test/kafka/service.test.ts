/** `triage run` against a real Kafka, as a user starts it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { DEAD_LETTER_HEADERS } from '../../src/events/dead-letter.ts';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { type Cli, runCli, startCli } from '../commands/cli.ts';
import { readTopic } from '../transport/kafka-support.ts';

const brokers = inject('brokers');
const kafka = new Kafka({ brokers, clientId: 'service-test', logLevel: logLevel.NOTHING });

const ERROR = {
  app: 'Box',
  connector_id: 'box-1',
  message: 'BoxServerException: Unauthorized - Cannot authorize with this service',
};
const INFO = { app: 'Okta', severity: 'info', message: 'polled 3 events' };

/** Bad input of every kind; the message of 5 MB needs a topic that takes it. */
const BAD: (Buffer | string | null)[] = [
  '{"message":',
  '[1,2]',
  '{"app":"Box"}',
  `{"app":"Box","message":"${'x'.repeat(5_000_000)}"}`,
  Buffer.concat([Buffer.from('{"message":"Service timeout '), Buffer.from([0xff, 0xc3]), Buffer.from('"}')]),
  '{"message":"Service\\u0000 timeout"}',
  '{"message":"Service timeout \\ud800"}',
  '{"message":"Service timeout","app":"No Such"}',
  '{"message":"Service timeout","app":[7]}',
  JSON.stringify({
    message: 'Service timeout',
    ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i])),
  }),
  '{"message":"Service timeout","__proto__":{"x":1}}',
  null,
  '',
];

interface Topics {
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
}

let testNumber = 0;

/** Topics of their own for each test, made by `triage topics create`. */
async function createTopics(): Promise<{ topics: Topics; flags: string[] }> {
  const prefix = `service-${process.pid}-${++testNumber}`;
  const topics = { input: `${prefix}.in`, output: `${prefix}.out`, deadLetter: `${prefix}.dlq` };
  const flags = [
    '--brokers',
    brokers.join(','),
    '--input',
    topics.input,
    '--output',
    topics.output,
    '--dead-letter-topic',
    topics.deadLetter,
  ];
  expect(await runCli(['topics', 'create', '--replication', '1', ...flags])).toMatchObject({
    code: 0,
    stdout: `created  ${topics.input}\ncreated  ${topics.output}\ncreated  ${topics.deadLetter}\n`,
  });
  return { topics, flags: [...flags, '--group', prefix] };
}

async function run(flags: readonly string[]): Promise<{ cli: Cli; url: string }> {
  const cli = startCli(['run', '--http-port', '0', '--log-format', 'json', ...flags]);
  onTestFinished(async () => {
    cli.kill('SIGKILL');
    await cli.ended;
  });
  const [, url] = await cli.printed(/"http":"(http:[^"]+)"/);
  return { cli, url: url! };
}

async function produce(topic: string, values: readonly (string | Buffer | null)[]): Promise<void> {
  const producer = kafka.producer({ maxInFlightRequests: 1 });
  await producer.connect();
  for (const value of values) {
    await producer.send({ topic, messages: [{ value, key: '', headers: { origin: 'test' } }] });
  }
  await producer.disconnect();
}

async function setMessageSize(bytes: number, ...topics: string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map((name) => ({ type: 2, name, configEntries })),
  });
  await admin.disconnect();
}

/** Everything that the topic holds now. */
async function read(topic: string) {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const total = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  const messages: { value: Buffer | null; key: Buffer | null; headers: Record<string, string> }[] = [];
  if (total === 0) return messages;
  const consumer = kafka.consumer({ groupId: `read-${topic}-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    consumer.run({
      eachMessage: async ({ message: { value, key, headers } }) => {
        const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]);
        messages.push({ value, key, headers: Object.fromEntries(texts) });
        if (messages.length === total) resolve();
      },
    });
  });
  await consumer.disconnect();
  return messages;
}

/** Polls /metrics until the outcomes sum up to `records`; gives them. */
async function outcomes(url: string, records: number): Promise<Record<string, number>> {
  for (;;) {
    const body = await (await fetch(`${url}/metrics`)).text();
    const counts = [...body.matchAll(/^triage_record_outcomes_total\{outcome="([^"]+)"\} (\d+)$/gm)].map(
      ([, name, n]) => [name!, Number(n)] as const,
    );
    const sum = counts.reduce((total, [, n]) => total + n, 0);
    if (sum >= records) return { ...Object.fromEntries(counts), sum };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function lagOf(topic: string, group: string): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  await admin.disconnect();
  return ends.reduce((sum, { partition, high }) => {
    const offset = Number(committed!.partitions.find((each) => each.partition === partition)!.offset);
    return sum + Number(high) - Math.max(0, offset);
  }, 0);
}

describe('triage run', () => {
  it('turns every record into exactly one outcome, commits what it published, and goes on where it was', async () => {
    const { topics, flags } = await createTopics();
    await produce(topics.input, [JSON.stringify(ERROR), JSON.stringify(INFO), '{"message":"never seen"}', 'no json']);
    const first = await run(flags);
    expect(await outcomes(first.url, 4)).toEqual({
      resolved: 1,
      unclassified: 1,
      ignored: 1,
      'dead-lettered': 1,
      sum: 4,
    });
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    first.cli.kill('SIGTERM');
    expect((await first.cli.ended).code).toBe(0);
    expect(await lagOf(topics.input, flags.at(-1)!)).toBe(0);

    await produce(topics.input, [JSON.stringify(ERROR)]);
    const second = await run(flags);
    expect(await outcomes(second.url, 1)).toMatchObject({ resolved: 1, sum: 1 });
    second.cli.kill('SIGINT');
    expect((await second.cli.ended).code).toBe(0);

    const events = (await read(topics.output)).map(({ value }) =>
      resolutionEventSchema.parse(JSON.parse(value!.toString())),
    );
    expect(events.map(({ error_type }) => error_type).sort()).toEqual(['box.app-deleted', 'box.app-deleted', null]);
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3);
    const [letter] = await read(topics.deadLetter);
    expect(letter).toMatchObject({
      value: Buffer.from('no json'),
      key: Buffer.alloc(0),
      headers: { origin: 'test', [DEAD_LETTER_HEADERS.reason]: 'not-json', [DEAD_LETTER_HEADERS.topic]: topics.input },
    });
  });

  it('survives bad input of every kind, and the counts add up', async () => {
    const { topics, flags } = await createTopics();
    await setMessageSize(6_000_000, topics.input);
    await produce(topics.input, [...BAD, JSON.stringify(ERROR)]);
    const { cli, url } = await run(flags);
    expect(await outcomes(url, BAD.length + 1)).toEqual({
      resolved: 8,
      unclassified: 1,
      ignored: 1,
      'dead-lettered': 4,
      sum: 14,
    });
    cli.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
    expect(await read(topics.output)).toHaveLength(9);
    expect(await read(topics.deadLetter)).toHaveLength(4);
  });

  it('cuts a dead letter that the dead letter topic does not take, and tells its size', async () => {
    const { topics, flags } = await createTopics();
    await setMessageSize(6_000_000, topics.input);
    await setMessageSize(1_000_000, topics.deadLetter);
    await produce(topics.input, ['x'.repeat(3_000_000)]);
    const { url } = await run(flags);
    expect(await outcomes(url, 1)).toMatchObject({ 'dead-lettered': 1 });
    const [letter] = await read(topics.deadLetter);
    expect(letter!.headers[DEAD_LETTER_HEADERS.valueBytes]).toBe('3000000');
    expect(letter!.value).toHaveLength(65_536);
  });

  it('waits while a topic does not even take the smallest form of a record, says so, and goes on when it does', async () => {
    const { topics, flags } = await createTopics();
    await setMessageSize(200, topics.output);
    await produce(topics.input, [JSON.stringify(ERROR)]);
    const { cli, url } = await run(flags);
    const reasons = async () => (await fetch(`${url}/readyz`)).text();
    await expect.poll(reasons, { timeout: 20_000 }).toContain('publishing waits: Kafka refused 1 record(s)');
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^triage_sink_waiting 1$/m);
    await cli.printed(/"event":"sink-waiting"/);
    await setMessageSize(1_000_000, topics.output);
    expect(await outcomes(url, 1)).toMatchObject({ resolved: 1, sum: 1 });
    await expect.poll(reasons, { timeout: 5_000 }).toContain('"ok":true');
    await cli.printed(/"event":"sink-ok"/);
    cli.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
    expect(await read(topics.output)).toHaveLength(1);
  });

  it('with --delivery exactly-once leaves one event for each record, however often it is killed', async () => {
    const { topics, flags } = await createTopics();
    const group = flags.at(-1)!;
    const total = 6_000;
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: total }, (_, i) => ({
      value: i % 10 === 0 ? `no json ${i}` : JSON.stringify({ ...ERROR, connector_id: `box-${i % 20}` }),
    }));
    await producer.send({ topic: topics.input, messages });
    await producer.disconnect();
    const args = [...flags, '--delivery', 'exactly-once', '--limits-batch-records', '20'];
    // So long the group waits for a killed member before it gives its partitions away.
    const once = [...args, '--kafka-session-timeout-ms', '6000'];
    for (const left of [5_000, 3_000]) {
      const { cli } = await run(once);
      await expect.poll(() => lagOf(topics.input, group), { timeout: 40_000, interval: 10 }).toBeLessThan(left);
      cli.kill('SIGKILL');
      await cli.ended;
    }
    expect(await lagOf(topics.input, group)).toBeGreaterThan(0);
    const { cli } = await run(once);
    await expect.poll(() => lagOf(topics.input, group), { timeout: 40_000 }).toBe(0);
    cli.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
    const [events, letters] = [await readTopic(brokers, topics.output), await readTopic(brokers, topics.deadLetter)];
    const ids = events.map(({ value }) => JSON.parse(String(value)).event_id);
    expect(ids).toHaveLength(total * 0.9);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(letters.map(({ value }) => String(value))).size).toBe(total * 0.1);
    expect(letters).toHaveLength(total * 0.1);
  });

  it('names every topic that is missing and how to create it, with exit code 3', async () => {
    const flags = ['--brokers', brokers.join(','), '--input', 'not.there', '--output', 'nor.this', '--http-port', '0'];
    const { code, stderr } = await runCli(['run', ...flags]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/has no topics not\.there, nor\.this, connector\.events\.dlq\. .*triage topics create/);
  });

  it('takes a changed catalog into use on SIGHUP, refuses a broken one, and goes on', async () => {
    const { topics, flags } = await createTopics();
    const folder = mkdtempSync(join(tmpdir(), 'triage-reload-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync('catalog', folder, { recursive: true });
    const file = join(folder, 'slack.yaml');
    const text = readFileSync(file, 'utf8');
    const { cli, url } = await run([...flags, '--catalog', folder, '--catalog-watch', 'false']);
    await cli.printed(/"event":"assignment"/);

    writeFileSync(file, `${text}\n  - {`);
    cli.kill('SIGHUP');
    await cli.printed(/"event":"catalog-reload-failed"/);
    writeFileSync(file, text.replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n'));
    cli.kill('SIGHUP');
    await cli.printed(/"event":"catalog-reloaded"/);

    await produce(topics.input, ['{"app":"Slack","message":"team_is_frozen"}']);
    expect(await outcomes(url, 1)).toMatchObject({ resolved: 1 });
    const body = await (await fetch(`${url}/metrics`)).text();
    expect(body).toMatch(/^triage_catalog_reloads_total\{result="failed"\} 1$/m);
    expect(body).toMatch(/^triage_catalog_reloads_total\{result="swapped"\} 1$/m);
    const [event] = await read(topics.output);
    const [, digest] = body.match(/^triage_catalog_info\{version="[^"]+",digest="([^"]+)"\} 1$/m)!;
    expect(JSON.parse(event!.value!.toString()).catalog.digest).toBe(digest);
  });

  it('leaves existing topics as they are', async () => {
    const { flags } = await createTopics();
    const again = await runCli(['topics', 'create', ...flags.slice(0, -2)]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(exists {3}\S+\n){3}$/) });
  });

  it('prints none of the stack traces and warnings of its Kafka client', async () => {
    const { flags } = await createTopics();
    const { cli } = await run(flags);
    await cli.printed(/"event":"assignment"/);
    cli.kill('SIGTERM');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/TimeoutNegativeWarning|KafkaJS|"stack"/);
  });
});
