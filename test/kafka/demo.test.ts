/** `npm start`, as in the README: a Kafka of its own, a table, a summary that adds up. */
import { describe, expect, it } from 'vitest';
import { runCli, startCli } from '../commands/cli.ts';

describe('triage demo', () => {
  it('shows resolution events and ends with a summary that adds up', async () => {
    const { code, stdout, stderr } = await runCli(['demo', '--events', '600', '--rate', '600', '--http-port', '0']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Apache Kafka \S+ is ready at 127\.0\.0\.1:\d+/);
    expect(stderr).toMatch(/The live page is at http:\/\/127\.0\.0\.1:\d+\//);
    expect(stderr).toMatch(/Metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics/);
    expect(stdout).toMatch(/^time +connector +error type/m);
    const [, ...counts] = stdout.match(
      /^(\d+) resolved \+ (\d+) unclassified \+ (\d+) ignored \+ (\d+) dead-lettered = (\d+) records consumed$/m,
    )!;
    const [resolved, unclassified, ignored, deadLettered, consumed] = counts.map(Number);
    expect(resolved! + unclassified! + ignored! + deadLettered!).toBe(600);
    expect(consumed).toBe(600);
    expect(resolved).toBeGreaterThan(20);
  });

  it('serves metrics while it runs and ends cleanly on Ctrl-C', async () => {
    const cli = startCli(['demo', '--http-port', '0']);
    const [, url] = await cli.printed(/Metrics are at (http:\S+)/);
    await cli.printed(/^time +connector/m);
    expect(await (await fetch(url!)).text()).toMatch(/^triage_errors_total\{app="[^"]+",error_type="[^"]+"\} [1-9]/m);
    cli.kill('SIGINT');
    const { code, stdout } = await cli.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/records consumed$/m);
  });

  it('runs without Kafka, and says so, where none can be had', async () => {
    const env = { PATH: '/nowhere', JAVA_HOME: '', DOCKER_HOST: 'tcp://127.0.0.1:1', HOME: '/nowhere' };
    const { code, stdout, stderr } = await runCli(['demo', '--events', '200', '--rate', '1000', '--http-port', '0'], {
      env,
    });
    expect(code).toBe(0);
    expect(stderr).toContain('this demo runs WITHOUT Kafka');
    expect(stderr).toMatch(/Java/);
    expect(stdout).toMatch(/= 200 records consumed$/m);
  });
});
