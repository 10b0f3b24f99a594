/** `triage run` with Avro, a real Kafka and a real schema registry, as a user starts it. */
import http from 'node:http';
import avro from 'avsc';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { withHeader } from '../../src/avro/wire-format.ts';
import { DEAD_LETTER_HEADERS } from '../../src/events/dead-letter.ts';
import { freePort } from '../../src/local-kafka/ports.ts';
import { type Apicurio, findJava21, startApicurio } from '../avro/apicurio.ts';
import { EVENT_SCHEMA } from '../avro/support.ts';
import { type Cli, runCli, startCli } from '../commands/cli.ts';
import { newName, plainKafka, readTopic } from '../transport/kafka-support.ts';

const brokers = inject('brokers');
const java = await findJava21();
if ('problem' in java) {
  if (process.env.CI) throw new Error(java.problem);
  console.warn(`skipped: test/kafka/avro.test.ts: ${java.problem}`);
}

const MESSAGE = 'BoxServerException: Unauthorized - Cannot authorize with this service';

let apicurio: Apicurio;

async function register(subject: string, schema: object): Promise<number> {
  const response = await fetch(`${apicurio.url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  return ((await response.json()) as { id: number }).id;
}

/** By a plain Avro library, without a line of ours but for the header. */
function encoded(id: number, message: string): Buffer {
  const type = avro.Type.forSchema(EVENT_SCHEMA as never);
  return withHeader(id, type.toBuffer({ message, app: 'Box' }));
}

async function decodedOutput(value: Buffer | null) {
  const response = await fetch(`${apicurio.url}/schemas/ids/${value!.readUInt32BE(1)}`);
  const { schema } = (await response.json()) as { schema: string };
  return avro.Type.forSchema(JSON.parse(schema)).fromBuffer(value!.subarray(5));
}

async function setUp(values: readonly (Buffer | string)[]) {
  const prefix = newName('avro');
  const topics = { input: `${prefix}.in`, output: `${prefix}.out`, deadLetter: `${prefix}.dlq` };
  const names = ['--input', topics.input, '--output', topics.output, '--dead-letter-topic', topics.deadLetter];
  const flags = ['--brokers', brokers.join(','), ...names];
  expect(await runCli(['topics', 'create', '--replication', '1', '--partitions', '1', ...flags])).toMatchObject({
    code: 0,
  });
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  await producer.send({ topic: topics.input, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
  return { topics, flags: [...flags, '--group', prefix] };
}

function run(flags: readonly string[]): Cli {
  const cli = startCli(['run', '--http-port', '0', '--log-format', 'json', ...flags]);
  onTestFinished(async () => {
    cli.kill('SIGKILL');
    await cli.ended;
  });
  return cli;
}

async function read(topic: string, count: number) {
  let records = await readTopic(brokers, topic);
  while (records.length < count) records = await readTopic(brokers, topic);
  return records;
}

/** Stands before the registry, and is away until it is told to begin. */
async function doorTo(target: string): Promise<{ readonly url: string; open(): Promise<void> }> {
  const port = await freePort();
  const server = http.createServer((request, response) => {
    const { origin } = new URL(target);
    const onward = http.request(
      `${origin}${request.url}`,
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: target.replace(/:\d+/, `:${port}`),
    open: () => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve)),
  };
}

describe.skipIf('problem' in java)('with a schema registry', () => {
  beforeAll(async () => {
    if ('path' in java) apicurio = await startApicurio(java.path);
  }, 600_000);

  afterAll(() => apicurio?.stop());

  it('reads Avro beside JSON, writes Avro that any client reads, and says of every broken record what is wrong', async () => {
    const id = await register(newName('subject'), EVENT_SCHEMA);
    const bombSchema = {
      ...EVENT_SCHEMA,
      fields: [...EVENT_SCHEMA.fields, { name: 'list', type: { type: 'array', items: 'null' } }],
    };
    const bombId = await register(newName('subject'), bombSchema);
    const good = encoded(id, MESSAGE);
    const { topics, flags } = await setUp([
      good,
      JSON.stringify({ message: MESSAGE, app: 'Box' }),
      good.subarray(0, -8),
      Buffer.concat([good, Buffer.from('x')]),
      withHeader(2_000_000_000, Buffer.from('x')),
      withHeader(bombId, Buffer.from([2, 97, 0, 0x80, 0xe1, 0xeb, 0x17, 0])),
    ]);
    const all = [...flags, '--registry-url', apicurio.url, '--output-format', 'avro'];

    const early = await runCli(['run', '--http-port', '0', ...all]);
    expect(early.code).toBe(3);
    expect(early.stderr).toContain(`does not have schemas/resolution-event.avsc in the subject ${topics.output}-value`);
    expect(early.stderr).toContain(`Register it with \`triage schemas register --output ${topics.output}\``);

    const registration = ['schemas', 'register', '--registry-url', apicurio.url, '--output', topics.output];
    const registered = await runCli(registration);
    expect(registered).toMatchObject({ code: 0 });
    expect((await runCli(registration)).stdout).toBe(registered.stdout);
    const doctor = await runCli(['doctor', '--http-port', '0', ...all]);
    expect(doctor.stdout).toContain(`ok       schema registry: ${apicurio.url}`);
    expect(doctor.stdout).toContain(
      `ok       subject ${topics.output}-value: the schema of resolution events is schema`,
    );

    run(all);
    const events = await Promise.all((await read(topics.output, 2)).map(({ value }) => decodedOutput(value)));
    expect(events.map(({ event_id }) => event_id)).toEqual([`${topics.input}:0:0`, `${topics.input}:0:1`]);
    for (const event of events) expect(event).toMatchObject({ outcome: 'resolved', app: 'box', message: MESSAGE });
    const letters = await read(topics.deadLetter, 4);
    const header = (name: 'reason' | 'error') =>
      letters.map(({ headers }) => String(headers[DEAD_LETTER_HEADERS[name]]));
    expect(header('reason')).toEqual(['not-avro', 'not-avro', 'unknown-schema', 'unusable-schema']);
    expect(header('error')).toEqual([
      expect.stringMatching(
        /^schema com.acme.Event \(id \d+\): message at byte 7: a text has 69 bytes, but \d+ are left$/,
      ),
      expect.stringMatching(/: 1 bytes follow after the end of the data$/),
      'the schema registry knows no schema with the id 2000000000',
      expect.stringContaining('an array of null, which takes no bytes'),
    ]);
    expect(letters.map(({ value }) => value?.length)).toEqual([good.length - 8, good.length + 1, 6, 13]);
  });

  it('waits for it when it is away, says so, and reads everything later: nothing is set aside or lost', async () => {
    const id = await register(newName('subject'), EVENT_SCHEMA);
    const { topics, flags } = await setUp([encoded(id, MESSAGE)]);
    const door = await doorTo(apicurio.url);
    const all = [...flags, '--registry-url', door.url];

    const first = run([...all, '--drain-timeout-ms', '300']);
    const [, url] = await first.printed(/"http":"(http:[^"]+)"/);
    await first.printed(/"event":"registry-waiting","reason":"[^"]+ cannot be reached: connect ECONNREFUSED/);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toMatch(/reading waits: .*cannot be reached/);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^triage_source_waiting 1$/m);
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(6);

    const second = run(all);
    await second.printed(/"event":"registry-waiting"/);
    await door.open();
    await second.printed(/"event":"registry-ok"/);
    const [record] = await read(topics.output, 1);
    expect(JSON.parse(String(record!.value))).toMatchObject({ outcome: 'resolved', message: MESSAGE });
    second.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    expect(await readTopic(brokers, topics.deadLetter)).toEqual([]);
  });

  it('starts when it comes, and registers its schema where it may', async () => {
    const { topics, flags } = await setUp([JSON.stringify({ message: MESSAGE, app: 'Box' })]);
    const door = await doorTo(apicurio.url);
    const cli = run([
      ...flags,
      '--registry-url',
      door.url,
      '--output-format',
      'avro',
      '--registry-auto-register',
      'true',
      '--registry-subject',
      'record',
    ]);
    await cli.printed(/"event":"registry-waiting"/);
    await door.open();
    const [record] = await read(topics.output, 1);
    expect(await decodedOutput(record!.value)).toMatchObject({ outcome: 'resolved' });
    const subjects = (await (await fetch(`${apicurio.url}/subjects`)).json()) as string[];
    expect(subjects).toContain('io.github.connector_triage.ResolutionEvent');
  });
});
