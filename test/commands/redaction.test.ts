import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const KNOWN = 'BoxServerException: Unauthorized - Cannot authorize with this service';
const MESSAGE = `password=hunter2Abc ${KNOWN} ann@acme.com`;

describe('triage explain', () => {
  it('marks the match in the redacted message', async () => {
    const { code, stdout } = await runCli(['explain', '--app', 'box', MESSAGE]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Message    password=[redacted:password] »${KNOWN}« [redacted:email]`);
  });

  it('gives places in the redacted message as JSON', async () => {
    const { stdout } = await runCli(['explain', '--json', '--app', 'box', MESSAGE]);
    expect(stdout).not.toMatch(/hunter2Abc|ann@/);
    const { start, end } = JSON.parse(stdout).match.span;
    expect(`password=[redacted:password] ${KNOWN}`.slice(start, end)).toBe(KNOWN);
  });

  it('shows everything when told so', async () => {
    const { stdout } = await runCli(['explain', '--redaction', 'off', '--app', 'box', MESSAGE]);
    expect(stdout).toContain(`password=hunter2Abc »${KNOWN}« ann@acme.com`);
  });
});

describe('triage classify', () => {
  const stdin = `${JSON.stringify({ app: 'box', message: `${MESSAGE} ticket AB-12` })}\n{"password":"hunter2Abc"\n`;

  it('writes redacted events; dead letters stay as they are', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'triage-')), 'letters.ndjson');
    const { stdout, stderr } = await runCli(['classify', '--dead-letters', file], { stdin });
    expect(stdout + stderr).not.toMatch(/hunter2Abc|ann@/);
    expect(JSON.parse(stdout).error_type).toBe('box.app-deleted');
    expect(readFileSync(file, 'utf8')).toBe('{"password":"hunter2Abc"\n');
  });

  it('redacts what it shows of an ignored record', async () => {
    const ignored = { severity: 'info', message: 'fine', id: 'ann@acme.com', app: 'x password=hunter2Abc' };
    const { stdout } = await runCli(['classify'], { stdin: `${JSON.stringify(ignored)}\n` });
    const shown = { id: '[redacted:email]', error_type: null, app: 'x password=[redacted:password]' };
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'ignored', ...shown });
    const table = await runCli(['classify', '--format', 'table'], { stdin: `${JSON.stringify(ignored)}\n` });
    expect(table.stdout).toMatch(/^\[redacted\S+ +x password=\[r\S+ +\(ignored\)$/m);
  });

  it('takes a record that is nested 3,500 deep, as the first of a process', async () => {
    const deep = '['.repeat(3_500) + ']'.repeat(3_500);
    const file = join(mkdtempSync(join(tmpdir(), 'triage-')), 'letters.ndjson');
    const flags = ['--dead-letters', file, '--redaction-dead-letters', 'redact'];
    const event = await runCli(['classify', ...flags], { stdin: `{"message":"Service timeout","x":${deep}}\n` });
    expect(event.stderr).toContain('1 resolved, 0 unclassified, 0 ignored, 0 dead-lettered');
    const array = await runCli(['classify', ...flags], { stdin: `${deep}\n` });
    expect(array.stderr).toContain('-:1: not-an-object');
  });

  it('takes rules, and redacts dead letters when told so', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'triage-')), 'letters.ndjson');
    const flags = ['--redaction-rules', 'ticket {id}', '--redaction-dead-letters', 'redact'];
    const { stdout } = await runCli(['classify', '--dead-letters', file, ...flags], { stdin });
    expect(JSON.parse(stdout).message).toContain('ticket [redacted:custom]');
    expect(readFileSync(file, 'utf8')).toBe('{"password":"[redacted:password]"\n');
  });

  it('says what is wrong with a rule', async () => {
    const { code, stderr } = await runCli(['classify', '--redaction-rules', 'ticket {...}'], { stdin: '' });
    expect(code).toBe(2);
    expect(stderr).toContain('redaction.rules (from flag --redaction-rules): expected words with placeholders such as');
  });
});

describe('errors of the command line', () => {
  const SECRET = 'hunter2Abc';

  it.each<[name: string, args: readonly string[], env: Record<string, string>, shown: string]>([
    [
      'a setting',
      ['config'],
      { TRIAGE_KAFKA_SASL_TOKEN_ENDPOINT: `ftp://bob:${SECRET}@idp.example/` },
      'found "ftp://[redacted:url-credentials]@idp.example/"',
    ],
    ['a flag', ['explain', `--password=${SECRET}`, 'x'], {}, '--password=[redacted:password]'],
    ['a file name', ['classify', `/no/such?api_key=${SECRET}`], {}, 'api_key=[redacted:api-key]'],
    [
      'a name and what mends it',
      ['config'],
      { TRIAGE_KAFKA_SASL_MECHANISM: 'plain' },
      'kafka.sasl.password (from default): expected to be set (or kafka.sasl.passwordFile) for mechanism plain',
    ],
  ])('show no secret in %s, with settings that say otherwise', async (_name, args, env, shown) => {
    const { code, stderr } = await runCli(args, { env: { ...env, TRIAGE_REDACTION_MODE: 'off' } });
    expect(code).not.toBe(0);
    expect(stderr).not.toContain(SECRET);
    expect(stderr).toContain(shown);
  });
});
