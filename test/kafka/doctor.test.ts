/** `triage doctor` as a user runs it, against a real broker. */
import { expect, inject, test } from 'vitest';
import { createTopics, type TopicSpec } from '../../src/transport/kafka/admin.ts';
import type { KafkaConnection } from '../../src/transport/kafka/client.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import { runCli } from '../commands/cli.ts';
import { newName, plainKafka } from '../transport/kafka-support.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';

const brokers = inject('brokers');
const connection: KafkaConnection = { brokers, clientId: 'doctor-test', logger: new RecordingLogger() };

const DEAD_LETTER_SPEC = { config: { 'max.message.bytes': '11534336' } };

/** Topics with new names, and the flags that name them. */
async function setUp(specs: Partial<Record<'input' | 'output' | 'dead', Omit<TopicSpec, 'topic'>>>) {
  const names = { input: newName('in'), output: newName('out'), dead: newName('dlq') };
  const wanted = Object.entries(specs) as [keyof typeof names, Omit<TopicSpec, 'topic'>][];
  await createTopics(
    connection,
    wanted.map(([role, spec]) => ({ topic: names[role], partitions: 1, ...spec })),
  );
  const group = newName('group');
  const flags = ['--input', names.input, '--output', names.output, '--dead-letter-topic', names.dead, '--group', group];
  return { names, group, flags: ['--brokers', brokers.join(','), '--http-port', '0', ...flags] };
}

async function doctor(flags: readonly string[]) {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', ...flags]);
  expect(stderr).toBe('');
  const { checks } = JSON.parse(stdout) as { checks: { what: string; status: string; found: string; mend?: string }[] };
  return { code, checks, of: (what: string) => checks.filter((check) => check.what.startsWith(what)) };
}

test('a broker that lacks the output topic: says so and how to create it, and that command mends it', async () => {
  const { flags, names } = await setUp({ input: {}, dead: DEAD_LETTER_SPEC });
  const { code, stdout } = await runCli(['doctor', ...flags]);
  expect(code).toBe(1);
  expect(stdout).toContain(`problem  topic ${names.output}: does not exist\n         triage run does not start`);
  expect(stdout).toMatch(/\n1 problem, 0 warnings\n$/);
  const command = /Create it: triage (.*)\n/.exec(stdout)?.[1] ?? '';
  expect(await runCli(command.split(' '))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`created  ${names.output}`),
  });
  expect(await runCli(['doctor', ...flags])).toMatchObject({ code: 0, stdout: expect.stringContaining('0 problems') });
});

test('a cluster that is ready: every check is ok, and asking changed nothing', async () => {
  const { flags, group, names } = await setUp({ input: {}, output: {}, dead: DEAD_LETTER_SPEC });
  const { code, checks } = await doctor(flags);
  expect(code).toBe(0);
  expect(new Set(checks.map(({ status }) => status))).toEqual(new Set(['ok']));
  const admin = plainKafka(brokers).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  const ends = await Promise.all(Object.values(names).map((name) => admin.fetchTopicOffsets(name)));
  await admin.disconnect();
  expect(groups.map(({ groupId }) => groupId)).not.toContain(group);
  expect(ends.flat().map(({ high }) => high)).toEqual(['0', '0', '0']);
});

test('exactly-once: what cannot be asked is said to be unknown', async () => {
  const { flags, group, names } = await setUp({ input: {}, output: {}, dead: DEAD_LETTER_SPEC });
  const { code, of } = await doctor([...flags, '--delivery', 'exactly-once']);
  expect(code).toBe(0);
  expect(of('rights on transactional-id')).toMatchObject([
    { what: `rights on transactional-id ${group}-${names.input}-*`, status: 'unknown' },
  ]);
});

test('settings of topics that lose records', async () => {
  const { flags } = await setUp({
    input: { config: { 'cleanup.policy': 'compact' } },
    output: { config: { 'min.insync.replicas': '2' } },
    dead: { config: { 'retention.ms': '60000' } },
  });
  const { code, of } = await doctor(flags);
  expect(code).toBe(1);
  expect(of('topic in-')).toMatchObject([{ status: 'problem', found: 'cleanup.policy is compact' }]);
  expect(of('topic out-')).toMatchObject([{ status: 'problem', found: 'min.insync.replicas is 2, with 1 replica' }]);
  expect(of('topic dlq-')).toMatchObject([
    { status: 'warning', found: expect.stringContaining('after 1 minutes') },
    { status: 'warning', found: expect.stringContaining('max.message.bytes') },
  ]);
});

test('a group with a lag, and records from the future', async () => {
  const { flags, group, names } = await setUp({ input: {}, output: {}, dead: DEAD_LETTER_SPEC });
  const sink = new KafkaSink({ connection });
  const at = (timestampMs: number) => ({
    topic: names.input,
    key: null,
    value: Buffer.from('x'),
    headers: {},
    timestampMs,
    partitionHint: 0,
  });
  await sink.publish([at(Date.now()), at(Date.now() + 600_000), at(Date.now())], async () => undefined);
  await sink.close();
  const admin = plainKafka(brokers).admin();
  await admin.connect();
  await admin.setOffsets({ groupId: group, topic: names.input, partitions: [{ partition: 0, offset: '1' }] });
  await admin.disconnect();
  const { code, of } = await doctor(flags);
  expect(code).toBe(0);
  expect(of('group')).toMatchObject([{ status: 'ok', found: 'empty, 0 members, 2 records to read' }]);
  expect(of('clock')).toMatchObject([{ status: 'warning', found: expect.stringContaining('1 input partition') }]);
});

test('nothing listens: that is the one problem, and the checks of this machine are still there', async () => {
  const { code, checks, of } = await doctor(['--brokers', '127.0.0.1:1', '--http-port', '0']);
  expect(code).toBe(1);
  expect(of('kafka')).toMatchObject([{ status: 'problem', found: expect.stringContaining('refused the connection') }]);
  expect(checks.map(({ what }) => what)).toEqual(['node', 'catalog', 'http 127.0.0.1:0', 'security', 'kafka']);
});
