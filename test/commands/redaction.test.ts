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
