import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolutionEventSchema } from '../../src/events/resolution-event.ts';
import { runCli, startCli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = [
  { id: '1', app: 'Box', message: 'BoxServerException: Unauthorized - Cannot authorize with this service' },
  { id: '2', app: 'Slack', message: 'something new' },
  { id: '3', app: 'Okta', message: 'polled 12 events', severity: 'info' },
  { id: '4', app: 'O365', message: 'class org.apache.ignite.IgniteException: x' },
];
const NDJSON = LINES.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('triage', () => {
  it('lists its commands and exit codes with --help, on stdout', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const part of ['run', 'classify', 'explain', 'catalog', 'topics', 'config', 'demo', 'Exit codes:'])
      expect(stdout).toContain(part);
  });

  it.each([
    [['no-such-command'], 'unknown command'],
    [['classify', '--format', 'xml'], 'Allowed choices are json, table'],
    [['explain', ''], 'expected a message'],
    [['explain', ' \n'], 'expected a message'],
    [['explain'], "missing required argument 'message'"],
    [['run', '--http-port', 'x'], 'http.port (from flag --http-port)'],
    [['catalog', 'show', 'box.nothing'], 'no entry box.nothing; near: box.app-deleted'],
    [['demo', '--events', '-1'], 'expected a whole number of at least 1'],
  ])('ends %j with exit code 2 and a sentence on stderr', async (args, sentence) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
  });
});

describe('triage classify', () => {
  it('gives one line per line, in order, and a summary on stderr', async () => {
    const { code, stdout, stderr } = await runCli(['classify'], { stdin: NDJSON });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(
      lines.map(({ id, outcome, error_type, confidence, seed_row }) => [id, outcome, error_type, confidence, seed_row]),
    ).toEqual([
      ['1', 'resolved', 'box.app-deleted', 'exact', 9],
      ['2', 'unclassified', null, null, null],
      ['3', 'ignored', null, null, null],
      ['4', 'resolved', 'microsoft-365.ignite-exception', 'exact', 24],
    ]);
    for (const line of lines) if (line.outcome !== 'ignored') resolutionEventSchema.parse(line);
    expect(stderr).toBe('4 records: 2 resolved, 1 unclassified, 1 ignored, 0 dead-lettered\n');
  });

  it('reads a file, leaves ignored records out with --errors-only, and prints a table', async () => {
    const file = join(folder, 'in.ndjson');
    writeFileSync(file, NDJSON);
    const { stdout } = await runCli(['classify', file, '--errors-only', '--format', 'table']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(0, 4));
    expect(rows).toEqual([
      ['id', 'app', 'confidence', 'error type'],
      ['1', 'box', 'exact', 'box.app-deleted'],
      ['2', 'slack', '(unclassified)', 'something new'],
      ['4', 'microsoft-365', 'exact', 'microsoft-365.ignite-exception'],
    ]);
  });

  it('reports malformed lines with their number, keeps their bytes, and goes on', async () => {
    const letters = join(folder, 'letters.ndjson');
    const bad = Buffer.concat([
      Buffer.from(`${JSON.stringify(LINES[0])}\n\n{"message":\n`),
      Buffer.from([0xff, 0xfe, 10]),
      Buffer.from('[1]\n'),
      Buffer.from(JSON.stringify(LINES[3])),
    ]);
    const { code, stdout, stderr } = await runCli(['classify', '-', '--dead-letters', letters], { stdin: bad });
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['1', '4']);
    expect(stderr.split('\n').map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      '-:3: not-json',
      '-:4: not-json',
      '-:5: not-an-object',
      expect.stringContaining('5 records'),
      '',
    ]);
    expect(readFileSync(letters)).toEqual(
      Buffer.concat([Buffer.from('{"message":\n'), Buffer.from([0xff, 0xfe, 10]), Buffer.from('[1]\n')]),
    );
  });

  it('ends with exit code 1 when malformed lines were not kept', async () => {
    expect((await runCli(['classify'], { stdin: 'x\n' })).code).toBe(1);
  });

  it('names an input that is not there and a dead letter file that cannot be written', async () => {
    expect(await runCli(['classify', '/no/such'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no file /no/such'),
    });
    expect(await runCli(['classify', '--dead-letters', '/no/such/x'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('Cannot write /no/such/x: its folder does not exist'),
    });
  });
});

describe('triage explain', () => {
  it('marks the match, says what was undone and what to do', async () => {
    const { code, stdout } = await runCli([
      'explain',
      '--app',
      'O365',
      'x {\\"code\\":\\"AF20012\\",\\"message\\":\\"The specified tenant ID (contoso) is incorrectly configured in the system',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^App {8}microsoft-365$/m);
    expect(stdout).toMatch(/^Confidence partial$/m);
    expect(stdout).toContain('»tenant ID (contoso) is incorrectly configured in the system«');
    expect(stdout).toMatch(/^Captured {3}tenant = contoso$/m);
    expect(stdout).toMatch(/^Error type microsoft-365\.license-missing \(row 18 /m);
    expect(stdout).toMatch(/^Retry {6}not worth it/m);
  });

  it('says what lost and why', async () => {
    const { stdout } = await runCli([
      'explain',
      '--app',
      'Salesforce',
      'SocketTimeoutException: Read timed out; HttpRequestFailure: Server returned: 400 Bad Request',
    ]);
    expect(stdout).toMatch(/^Lost {7}salesforce\.\S+: the winner names the condition, not only its kind$/m);
  });

  it('names what comes near and what it lacks, with exit code 1', async () => {
    const { code, stdout } = await runCli(['explain', '--app', 'box', 'Cannot authorize with that service']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Near {7}box\.app-deleted \(\d+ %\): lacks this$/m);
  });

  it('names the apps that have the text when none is given', async () => {
    const { code, stdout } = await runCli(['explain', 'NullPointerException']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Possible {3}aws\.null-pointer/m);
    expect(stdout).toMatch(/^Possible {3}microsoft-365\.null-pointer/m);
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await runCli(['explain', '--json', '--app', 'slack', 'TEAM_NOT_AUTHORIZED']);
    expect(JSON.parse(stdout)).toMatchObject({
      match: {
        error_type: 'slack.discovery-api-disabled',
        confidence: 'normalized',
        undone: ['letter case'],
        seed_row: 30,
      },
    });
  });

  it('shows control characters of a message as harmless ones', async () => {
    const { stdout } = await runCli(['explain', '--app', 'slack', '\u001b[2Jteam_not_authorized\u0007\u202e']);
    expect(stdout).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f\u202e]*$/);
  });
});

describe('triage catalog', () => {
  it('checks the bundled catalog without finding anything', async () => {
    expect(await runCli(['catalog', 'check'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('36 entries'),
    });
  });

  it('lists and shows entries', async () => {
    const list = await runCli(['catalog', 'list']);
    expect(list.stdout.trim().split('\n')).toHaveLength(37);
    const { stdout } = await runCli(['catalog', 'show', 'zendesk.not-admin']);
    expect(stdout).toMatch(/^Error type zendesk\.not-admin \(row 36 of /m);
    expect(stdout).toMatch(/^Patterns {3}exact: Get user: Success/m);
  });

  it('ends with exit code 4 and every problem when the catalog cannot be loaded', async () => {
    writeFileSync(join(folder, 'catalog.yaml'), 'version: one\ndocuments: {}\n');
    const { code, stderr } = await runCli(['catalog', 'list', '--catalog', folder]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/catalog\.yaml:1:10: version: expected a version such as "1\.0\.0"; found "one"/);
  });
});

describe('triage config', () => {
  it('prints the effective settings as a file that can be given back, with where each comes from', async () => {
    const { code, stdout } = await runCli(['config', '--brokers', 'k1:9092,k2:9092'], {
      env: { TRIAGE_LOG_LEVEL: 'debug' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# kafka\.brokers +flag --brokers$/m);
    expect(stdout).toMatch(/^# log\.level +environment TRIAGE_LOG_LEVEL$/m);
    const file = join(folder, 'printed.yaml');
    writeFileSync(file, stdout);
    const again = await runCli(['config', '--config', file]);
    expect(again.stdout.split('\n#')[0]).toBe(stdout.split('\n#')[0]);
  });
});

describe('triage config, with a name in the environment that is no setting', () => {
  it('warns on stderr', async () => {
    const { code, stderr } = await runCli(['config'], { env: { TRIAGE_KAFKA_BROKER: 'a:1' } });
    expect([code, stderr]).toEqual([0, 'triage: TRIAGE_KAFKA_BROKER in the environment is no setting\n']);
  });
});

describe('triage run', () => {
  it('says in a sentence that no broker can be reached, with exit code 3', async () => {
    const free = await freePort();
    const { code, stderr } = await runCli([
      'run',
      '--brokers',
      `127.0.0.1:${free}`,
      '--http-port',
      '0',
      '--log-level',
      'error',
    ]);
    expect(code).toBe(3);
    expect(stderr).toContain(`127.0.0.1:${free}`);
    expect(stderr).not.toContain('    at ');
  });
});

describe('triage run, while it starts', () => {
  it('ends at once on SIGTERM, as nothing is in hand yet', async () => {
    const silent = createServer((socket) => socket.resume());
    const port = await listen(silent);
    const cli = startCli(['run', '--brokers', `127.0.0.1:${port}`, '--http-port', '0']);
    await new Promise((resolve) => silent.once('connection', resolve));
    cli.kill('SIGTERM');
    expect((await cli.ended).code).toBe(0);
    await new Promise((resolve) => silent.close(resolve));
  });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
