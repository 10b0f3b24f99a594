/** Records in several formats through `triage run` and `triage dlq redrive`, on a real Kafka. */
import { expect, inject, it, onTestFinished } from 'vitest';
import { createTopics } from '../../src/transport/kafka/admin.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import type { Headers } from '../../src/transport/port.ts';
import { runCli, startCli } from '../commands/cli.ts';
import { eventually, newName, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const connection = connectionTo(brokers);

const KNOWN = 'BoxServerException: Unauthorized - Cannot authorize with this service';
const logRecord = (stringValue: string) => ({ severityNumber: 17, body: { stringValue } });
const BATCH = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'box-connector' } }] },
      scopeLogs: [{ logRecords: [logRecord(KNOWN), { severityNumber: 17 }, logRecord('strange')] }],
    },
  ],
};
const CONNECT: Headers = { '__connect.errors.stage': 'TASK_PUT', '__connect.errors.exception.message': KNOWN };

it('tells the formats apart, counts every log record once, and sends back only what could not be used', async () => {
  const topics = ['in', 'out', 'dlq'].map(newName) as [string, string, string];
  const [input, output, deadLetter] = topics;
  await createTopics(
    connection,
    topics.map((topic) => ({ topic, partitions: 1, config: {} })),
  );
  const sink = new KafkaSink({ connection });
  onTestFinished(() => sink.close());
  const records: [value: unknown, headers?: Headers][] = [
    [BATCH],
    [{ app: 'Box', message: KNOWN }],
    [
      {
        '@timestamp': '2026-01-01T00:00:00Z',
        'ecs.version': '1.2.0',
        'log.level': 'ERROR',
        message: KNOWN,
        'event.module': 'box',
      },
    ],
    [
      { app: 'Box', message: KNOWN },
      { ce_specversion: '1.0', ce_id: 'e', ce_source: 's', ce_type: 't' },
    ],
    [{ message: 'not to be looked at' }, CONNECT],
    [{ resourceLogs: [] }],
  ];
  await sink.publish(
    records.map(([value, headers = {}]) => ({ ...outbound(input, JSON.stringify(value)), headers })),
    noKeepAlive,
  );
  const flags = ['--brokers', brokers.join(','), '--input', input, '--dead-letter-topic', deadLetter];
  const cli = startCli([
    'run',
    '--http-port',
    '0',
    '--log-format',
    'json',
    '--output',
    output,
    '--group',
    input,
    ...flags,
  ]);
  onTestFinished(async () => {
    cli.kill('SIGKILL');
    await cli.ended;
  });
  const [, url] = await cli.printed(/"http":"(http:[^"]+)"/);
  const metric = async (series: string) => {
    const body = await (await fetch(`${url}/metrics`)).text();
    return Number(
      body
        .split('\n')
        .find((line) => line.startsWith(`${series}{`) || line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    );
  };
  const outcome = (kind: string) => metric(`triage_record_outcomes_total{outcome="${kind}"}`);
  await eventually(() => metric('triage_log_records_consumed_total')).toBe(8);
  expect(await metric('triage_records_consumed_total')).toBe(6);
  expect(await Promise.all(['resolved', 'unclassified', 'ignored', 'dead-lettered'].map(outcome))).toEqual([
    5, 1, 1, 1,
  ]);

  const ids = async () =>
    (await readTopic(brokers, output)).map(({ value }) => JSON.parse(String(value)).event_id.slice(input.length));
  expect((await ids()).sort()).toEqual([':0:0#0', ':0:0#2', ':0:1', ':0:2', ':0:3', ':0:4']);
  expect((await readTopic(brokers, output)).map(({ value }) => String(value)).join()).not.toContain('looked at');

  const redrive = await runCli(['dlq', 'redrive', '--all', ...flags]);
  expect(redrive.stdout).toContain('1 sent back');
  await eventually(() => metric('triage_log_records_consumed_total')).toBe(9);
  expect(await outcome('dead-lettered')).toBe(2);
  expect(await ids()).toHaveLength(6);
});
