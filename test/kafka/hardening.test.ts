/** `triage run` as it is meant to be deployed: under Node's permission model, with a token, over TLS. */
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { runCli, startCli } from '../commands/cli.ts';
import { ROOT, service } from '../deploy/files.ts';
import { ask } from '../http/serve.ts';
import { createAuthority, issue } from '../local-kafka/certificates.ts';
import { plainKafka, readTopic } from '../transport/kafka-support.ts';

const brokers = inject('brokers');
const TOKEN = 'a-token-for-this-test';

/** Node's options of the compose file, with the folders of this checkout and of the test in place of the container's. */
function permissions(folder: string): string {
  return service('triage')
    .entrypoint!.filter((option) => option.startsWith('--'))
    .map((option) => option.replace('=/app/', `=${fileURLToPath(ROOT)}`).replace('=/run/triage/', `=${folder}/`))
    .join(' ');
}

function temporary(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'triage-hardening-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('reads, publishes, serves and takes a changed catalog into use with no more rights than the compose file gives', async () => {
  const folder = temporary();
  const catalog = join(folder, 'catalog');
  cpSync('catalog', catalog, { recursive: true });
  const authority = createAuthority('a');
  const { certificate, key } = issue(authority, { name: 'triage', hosts: ['127.0.0.1'] });
  for (const [name, text] of Object.entries({ token: TOKEN, cert: certificate, key }))
    writeFileSync(join(folder, name), text);
  const prefix = `hardening-${process.pid}`;
  const topics = ['--input', `${prefix}.in`, '--output', `${prefix}.out`, '--dead-letter-topic', `${prefix}.dlq`];
  const kafka = ['--brokers', brokers.join(','), ...topics];
  const env = {
    NODE_OPTIONS: permissions(folder),
    TRIAGE_HTTP_PORT: '0',
    TRIAGE_HTTP_TOKEN_FILE: join(folder, 'token'),
    TRIAGE_HTTP_TLS_CERT_FILE: join(folder, 'cert'),
    TRIAGE_HTTP_TLS_KEY_FILE: join(folder, 'key'),
  };
  expect(await runCli(['topics', 'create', '--replication', '1', ...kafka], { env })).toMatchObject({ code: 0 });
  const args = ['run', '--group', prefix, '--catalog', catalog, '--log-format', 'json', ...kafka];
  const cli = startCli(args, { env });
  onTestFinished(async () => {
    cli.kill('SIGKILL');
    await cli.ended;
  });
  const [, url = ''] = await cli.printed(/"http":"(https:[^"]+)"/);
  await cli.printed(/"event":"assignment"/);
  const file = join(catalog, 'slack.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n'));
  await cli.printed(/"event":"catalog-reloaded"/);
  const producer = plainKafka(brokers).producer();
  await producer.connect();
  await producer.send({ topic: `${prefix}.in`, messages: [{ value: '{"app":"Slack","message":"team_is_frozen"}' }] });
  await producer.disconnect();
  await expect.poll(async () => (await readTopic(brokers, `${prefix}.out`)).length, { timeout: 30_000 }).toBe(1);

  const tls = { ca: authority.certificate };
  expect(await ask(`${url}/readyz`, { tls })).toMatchObject({ status: 200 });
  expect(await ask(`${url}/metrics`, { tls })).toMatchObject({ status: 401 });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const metrics = await ask(`${url}/metrics`, { tls, headers });
  expect(metrics.body).toMatch(/^triage_record_outcomes_total\{outcome="resolved"\} 1$/m);
  expect(metrics.body).toMatch(/^triage_certificate_expiry_timestamp_seconds\{use="http",kind="server"\} \d+$/m);
  cli.kill('SIGTERM');
  const { code, stdout, stderr } = await cli.ended;
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).not.toContain(TOKEN);
});

it('cannot write, nor read elsewhere, with these rights', async () => {
  const [allowed, elsewhere] = [temporary(), temporary()];
  const env = { NODE_OPTIONS: permissions(allowed) };
  const input = join(allowed, 'in.ndjson');
  const output = join(elsewhere, 'out.ndjson');
  writeFileSync(input, '{"message":"x"}\n');
  writeFileSync(join(elsewhere, 'in.ndjson'), '{"message":"x"}\n');
  expect(await runCli(['classify', input], { env })).toMatchObject({ code: 0 });
  for (const args of [
    ['classify', join(elsewhere, 'in.ndjson')],
    ['classify', input, '--output', output],
  ]) {
    expect(await runCli(args, { env })).toMatchObject({ code: 5, stderr: expect.stringContaining('restricted') });
  }
  expect(existsSync(output)).toBe(false);
});
