/** `triage dlq` on a real dead letter topic. */
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { REDRIVE_HEADERS } from '../../src/dead-letters/letter.ts';
import { type DeadLetterReason, toDeadLetterRecord } from '../../src/events/dead-letter.ts';
import { createTopics } from '../../src/transport/kafka/admin.ts';
import { KafkaSink } from '../../src/transport/kafka/kafka-sink.ts';
import type { OutboundRecord, SourceRecord } from '../../src/transport/port.ts';
import { runCli, startCli } from '../commands/cli.ts';
import { newName, readTopic } from '../transport/kafka-support.ts';
import { connectionTo, noKeepAlive, outbound } from '../transport/records.ts';

const brokers = inject('brokers');
const connection = connectionTo(brokers);
const T0 = Date.UTC(2026, 0, 1);

interface Queue {
  readonly input: string;
  readonly dlq: string;
  readonly flags: readonly string[];
  letter(value: string, given?: Partial<SourceRecord> & { reason?: DeadLetterReason }): OutboundRecord;
  write(...records: readonly OutboundRecord[]): Promise<void>;
}

async function newQueue(inputBytes = 12_000_000): Promise<Queue> {
  const input = newName('in');
  const dlq = newName('dlq');
  const config = { 'max.message.bytes': '12000000', 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) };
  await createTopics(connection, [
    { topic: input, partitions: 2, config: { ...config, 'max.message.bytes': String(inputBytes) } },
    { topic: dlq, partitions: 2, config },
  ]);
  const sink = new KafkaSink({ connection });
  onTestFinished(() => sink.close());
  const flags = ['--brokers', brokers.join(','), '--dead-letter-topic', dlq];
  return {
    input,
    dlq,
    flags,
    letter: (value, { reason = 'not-json', ...given } = {}) => {
      const record: SourceRecord = {
        topic: input,
        partition: 0,
        offset: 41,
        timestampMs: T0,
        key: null,
        value: Buffer.from(value),
        headers: { origin: 'a', twice: ['1', '2'] },
        ...given,
      };
      return toDeadLetterRecord(
        record,
        { reason, stage: 'decode', error: `no good: ${value.slice(0, 20)}` },
        dlq,
        '1.0.0',
      );
    },
    write: (...records) => sink.publish(records, noKeepAlive),
  };
}

describe('triage dlq', () => {
  it('lists how many there are of which reason and app, and the newest ones in 80 columns', async () => {
    const { flags, letter, write, dlq } = await newQueue();
    await write(
      letter('{"app":"Box"}', { reason: 'missing-message' }),
      letter('{"app":"Box","x":1}', { reason: 'missing-message', timestampMs: T0 + 2_000 }),
      letter('\u001b[31m{{{{', { timestampMs: T0 + 1_000 }),
    );
    const { code, stdout } = await runCli(['dlq', 'list', '--limit', '2', ...flags]);
    expect(code).toBe(0);
    expect(stdout).toContain(`${dlq}: 3 dead letters, 3 waiting, 0 redriven`);
    expect(stdout).toMatch(/^2 +0 +missing-message +Box$/m);
    expect(stdout).toMatch(/^1 +0 +not-json +-$/m);
    expect(stdout.split('The newest 2:')[1]).toMatch(/2026-01-01 00:00:02 .*\n.*2026-01-01 00:00:01 /);
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('finds by reason, app and time, as JSON too', async () => {
    const { flags, letter, write } = await newQueue();
    await write(
      letter('{"app":"Box"}'),
      letter('x', { timestampMs: T0 + 60_000 }),
      letter('y', { reason: 'empty-value' }),
    );
    const found = async (...filter: string[]) => {
      const { stdout } = await runCli(['dlq', 'list', '--json', ...filter, ...flags]);
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).error);
    };
    const limited = await runCli(['dlq', 'list', '--json', '--limit', '1', ...flags]);
    expect(limited.stdout.trim().split('\n')).toHaveLength(1);
    expect(limited.stderr).toContain('the newest 1 of 3 dead letters');
    expect(await found('--since', '1969-12-31')).toHaveLength(3);
    expect(await found('--app', 'box')).toEqual(['no good: {"app":"Box"}']);
    expect(await found('--reason', 'empty-value')).toEqual(['no good: y']);
    expect(await found('--since', '2026-01-01T00:00:30')).toEqual(['no good: x']);
    expect(await found('--until', '2026-01-01T01:00:30+01:00', '--reason', 'not-json')).toEqual([
      'no good: {"app":"Box"}',
    ]);
  });

  it('shows one whole, safe for a terminal, binary values in hex', async () => {
    const { flags, letter, write } = await newQueue();
    await write({ ...letter('a\u001b[2Jb'), key: Buffer.from('box-1') });
    const text = await runCli(['dlq', 'show', '0:0', ...flags]);
    const shown = text.code === 0 ? text : await runCli(['dlq', 'show', '1:0', ...flags]);
    expect(shown.stdout).toContain('Reason      not-json: the value is not JSON');
    expect(shown.stdout).toContain('Key         box-1');
    expect(shown.stdout).toContain('Header      twice: 2');
    expect(shown.stdout).toContain('a\ufffd[2Jb');
    await write({ ...letter(''), key: Buffer.from('box-1'), value: Buffer.from([0, 0xff, 0xfe, 0x41, 0, 0, 0, 0]) });
    const id = /0:0/.test(text.stdout) ? '0:1' : '1:1';
    expect((await runCli(['dlq', 'show', id, ...flags])).stdout).toMatch(/^00000000 {2}00 ff fe 41 .*A\.\.\.\.$/m);
    expect(await runCli(['dlq', 'show', '0:99', ...flags])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no dead letter 0:99'),
    });
  });

  it('sends back what it is told to, as it was, once, and counts the attempts', async () => {
    const { flags, input, letter, write, dlq } = await newQueue();
    await write(
      { ...letter('first'), key: Buffer.from('k') },
      letter('second', { reason: 'empty-value' }),
      letter('third time', { headers: { [REDRIVE_HEADERS.attempt]: '3' } }),
      letter('elsewhere', { topic: 'another.topic' }),
      outbound(dlq, 'by another program'),
    );
    const redrive = (...args: string[]) => runCli(['dlq', 'redrive', '--input', input, ...args, ...flags]);
    expect(await redrive()).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') });
    expect((await redrive('--all', '--dry-run')).stdout).toContain('2 would be sent back');
    expect(await readTopic(brokers, input)).toEqual([]);

    expect((await redrive('--reason', 'not-json')).stdout).toContain(`1 sent back to ${input}`);
    const [first, ...others] = await readTopic(brokers, input);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('first'), timestampMs: T0 });
    expect(String(first!.headers[REDRIVE_HEADERS.attempt])).toBe('1');
    expect(String(first!.headers.origin)).toBe('a');
    expect(Object.keys(first!.headers).filter((name) => name.startsWith('triage.dlq'))).toEqual([]);

    const { stdout } = await redrive('--all');
    expect(stdout).toContain(`1 sent back to ${input}`);
    expect(stdout).toContain('1 left: they were sent back before');
    expect(stdout).toContain('1 left: they were sent back --max-attempts times already');
    expect(stdout).toContain('1 left: they come from another topic');
    expect(stdout).toContain('1 left: they were written by another program');
    expect((await readTopic(brokers, input)).map(({ value }) => String(value)).sort()).toEqual(['first', 'second']);
    expect((await runCli(['dlq', 'list', ...flags])).stdout).toContain('5 dead letters, 3 waiting, 2 redriven');
  });

  it('sends the others when one is too large for the input topic or names no source, and says which are left', async () => {
    const { flags, input, letter, write } = await newQueue(10_000);
    const odd = letter('odd');
    await write(
      letter('x'.repeat(20_000)),
      { ...odd, headers: { ...odd.headers, 'triage.dlq.source.partition': 'abc' } },
      letter('fits'),
      letter('of the future', { timestampMs: 9e15 }),
    );
    const redrive = async () => (await runCli(['dlq', 'redrive', '--all', '--input', input, ...flags])).stdout;
    const first = await redrive();
    expect(first).toContain(`2 sent back to ${input}`);
    expect(first).toMatch(/1 left: they are too large for the input topic: .* \(\d:\d\)/);
    expect(first).toMatch(/1 left: they were written by another program .* \(\d:\d\)/);
    expect(await redrive()).toContain(`0 sent back to ${input}`);
    expect((await readTopic(brokers, input)).map(({ value }) => String(value)).sort()).toEqual([
      'fits',
      'of the future',
    ]);
    const list = await runCli(['dlq', 'list', ...flags]);
    expect(list.stdout).toContain('after 9999');
    expect(list.code).toBe(0);
  });

  it('sends all after a kill, at most a tenth of a second of it twice', async () => {
    const { flags, input, letter, write } = await newQueue();
    const values = Array.from({ length: 60 }, (_, i) => `v${i}`);
    await write(...values.map((value) => letter(value)));
    const args = ['dlq', 'redrive', '--all', '--input', input, ...flags];
    const killed = startCli([...args, '--rate', '20']);
    await expect.poll(async () => (await readTopic(brokers, input)).length, { timeout: 30_000 }).toBeGreaterThan(1);
    killed.kill('SIGKILL');
    await killed.ended;
    expect((await runCli(args)).code).toBe(0);
    const sent = (await readTopic(brokers, input)).map(({ value }) => String(value));
    expect(new Set(sent)).toEqual(new Set(values));
    expect(sent.length).toBeLessThanOrEqual(values.length + 2);
  });

  it('does not send again what an interrupted redrive has sent', async () => {
    const { flags, input, letter, write } = await newQueue();
    const values = Array.from({ length: 60 }, (_, i) => `v${i}`);
    await write(...values.map((value) => letter(value)));
    const args = ['dlq', 'redrive', '--all', '--input', input, ...flags];
    const interrupted = startCli([...args, '--rate', '20']);
    await expect.poll(async () => (await readTopic(brokers, input)).length, { timeout: 30_000 }).toBeGreaterThan(1);
    interrupted.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('stopped before the end'),
    });
    expect((await runCli(args)).code).toBe(0);
    const sent = (await readTopic(brokers, input)).map(({ value }) => String(value));
    expect(sent.length).toBe(values.length);
    expect(new Set(sent)).toEqual(new Set(values));
  });

  it('goes round with a running service: a record that fails again is a dead letter again, with its count', async () => {
    const { flags, input, letter, write, dlq } = await newQueue();
    const output = newName('out');
    await createTopics(connection, [{ topic: output }]);
    await write(letter('{"message":"Service timeout","app":"Box"}'), letter('never JSON'));
    await runCli(['dlq', 'redrive', '--all', '--input', input, ...flags]);
    const service = startCli([
      'run',
      '--http-port',
      '0',
      '--input',
      input,
      '--output',
      output,
      '--group',
      input,
      ...flags,
    ]);
    onTestFinished(() => service.kill('SIGKILL'));
    await expect.poll(async () => (await readTopic(brokers, dlq)).length, { timeout: 40_000 }).toBe(5);
    const again = (await readTopic(brokers, dlq)).at(-1)!;
    expect((await readTopic(brokers, output)).map(({ value }) => JSON.parse(String(value)).message)).toEqual([
      'Service timeout',
    ]);
    const shown = (await runCli(['dlq', 'list', ...flags])).stdout;
    expect(shown).toContain('3 dead letters, 1 waiting, 2 redriven');
    expect(shown).toContain('waiting (1x)');
    expect(again.topic).toBe(dlq);
  });

  it('says what is wrong with what it is given', async () => {
    const { flags } = await newQueue();
    const cases: [string[], number, string][] = [
      [['list', '--reason', 'bad'], 2, 'not-json'],
      [['list', '--since', 'yesterday'], 2, 'expected a time: ISO 8601'],
      [['redrive', '--all', '--rate', '0'], 2, 'expected a whole number from 1'],
      [['redrive', '7'], 2, 'expected partition:offset'],
      [['list', '--dead-letter-topic', 'no.such.topic'], 3, 'has no topic no.such.topic'],
      [['redrive', '--all', '--input', 'no.such.topic'], 3, 'has no topic no.such.topic'],
    ];
    for (const [args, code, text] of cases) {
      const [command, ...rest] = args;
      const result = await runCli(['dlq', command!, ...flags, ...rest]);
      expect(result).toMatchObject({ code, stderr: expect.stringContaining(text) });
    }
    expect((await runCli(['dlq', 'list', ...flags])).stdout).toContain('0 dead letters');
  });
});
