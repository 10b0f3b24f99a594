/** `triage classify` on files in other formats than native JSON. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from './cli.ts';

const KNOWN = 'BoxServerException: Unauthorized - Cannot authorize with this service';
const info = {
  severityNumber: 9,
  body: { stringValue: 'fine' },
  attributes: [{ key: 'log.record.uid', value: { stringValue: 'u1' } }],
};
const BATCH = {
  resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 17, body: { stringValue: KNOWN } }, {}, info] }] }],
};
const ECS = { 'ecs.version': '1.2.0', 'log.level': 'ERROR', message: KNOWN };

describe('triage classify', () => {
  it('prints a line for each log record of a batch, and keeps what it cannot use as a batch of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'triage-formats-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const letters = join(folder, 'letters');
    const { code, stdout, stderr } = await runCli(['classify', '-', '--dead-letters', letters], {
      stdin: `${JSON.stringify(BATCH)}\n${JSON.stringify(ECS)}\n`,
    });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event_id, outcome, id }) => [event_id, outcome, id])).toEqual([
      ['stdin:0:0#0', 'resolved', null],
      [undefined, 'ignored', 'u1'],
      ['stdin:0:1', 'resolved', null],
    ]);
    expect(stderr).toContain('4 records: 2 resolved, 0 unclassified, 1 ignored, 1 dead-lettered');
    expect(JSON.parse(readFileSync(letters, 'utf8'))).toEqual({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }],
    });
    expect(code).toBe(0);
  });

  it('reads what --input-format or the environment names, and nothing else then', async () => {
    const stdin = `2026-01-01 ERROR ${KNOWN}\n`;
    const byFlag = await runCli(['classify', '--input-format', 'text'], { stdin });
    expect(JSON.parse(byFlag.stdout)).toMatchObject({ error_type: 'box.app-deleted', severity: 'error' });
    const byEnvironment = await runCli(['classify'], { stdin, env: { TRIAGE_FORMAT_INPUT: 'ecs' } });
    expect(byEnvironment).toMatchObject({ code: 1, stderr: expect.stringContaining('not-json') });
  });

  it.each([
    ['nope', 'allowed: auto, native, avro, otlp, ecs, cloudevents, connect, text; found "nope"'],
    ['avro', 'registry'],
  ])('says what is wrong with --input-format %s', async (name, problem) => {
    const { code, stderr } = await runCli(['classify', '--input-format', name], { stdin: '{}\n' });
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });
});
