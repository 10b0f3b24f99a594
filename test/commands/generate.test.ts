import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addGenerateCommands } from '../../src/commands/generate.ts';

/** What the command writes into a file; rejects as `triage` would end. */
async function generate(...args: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'triage-generate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'rules.yml');
  const program = new Command('triage').exitOverride().configureOutput({ writeErr: () => undefined });
  addGenerateCommands(program);
  await program.parseAsync(['generate', 'prometheus', '--out', file, ...args], { from: 'user' });
  return readFileSync(file, 'utf8');
}

describe('triage generate prometheus', () => {
  it('writes what is in deploy/prometheus', async () => {
    expect(await generate()).toBe(readFileSync('deploy/prometheus/connector-triage.rules.yml', 'utf8'));
  });

  it('takes every option', async () => {
    const text = await generate(
      ...['--job', 'triage-prod', '--runbooks', 'https://wiki.example/triage/', '--shorten', '60'],
      ...['--spike-floor', '5', '--connector-floor', '2'],
    );
    expect(text).toContain('absent(triage_build_info{job="triage-prod"})');
    expect(text).toContain('runbook_url: https://wiki.example/triage/TriageAbsent.md');
    expect(text).toContain('rate(triage_errors_total[5s])');
    expect(text).toContain('rate5m * 5 >= 5');
    expect(text).toContain('increase10m >= 2');
  });

  it.each([
    [['--job', 'a"} or up{x="'], /--job <name>.*expected letters, digits/],
    [['--runbooks', 'x/{{ .Labels }}'], /--runbooks .*expected a folder or an address without/],
    [['--runbooks', ''], /--runbooks .*expected a folder or an address without/],
    [['--shorten', '0'], /--shorten .*expected a whole number from 1 to 1000/],
    [['--shorten', '1001'], /--shorten .*expected a whole number from 1 to 1000/],
    [['--spike-floor', '-1'], /--spike-floor .*expected a whole number of at least 1/],
    [['--connector-floor', '1.5'], /--connector-floor .*expected a whole number of at least 1/],
    [['--catalog', '/no/such'], /the catalog folder \/no\/such cannot be read/],
  ])('refuses %j and says what is expected', async (args, message) => {
    await expect(generate(...args)).rejects.toThrow(message);
  });
});
