import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownSchemaText } from '../src/avro/own-schemas.ts';
import { MAX_ANSWER_BYTES } from '../src/avro/registry-http.ts';
import { configWith } from '../src/config.ts';
import { checkRegistry } from '../src/doctor/registry-checks.ts';
import { openRegistry } from '../src/registry.ts';
import { type FakeRegistry, startFakeRegistry } from './avro/fake-registry.ts';

const logger = { info: () => undefined, warn: () => undefined };
const OURS = ownSchemaText('resolution-event');

function configFor({ url }: { url: string }, registry: object = {}) {
  return configWith({ registry: { url, ...registry }, format: { output: 'avro' }, topics: { output: 'out' } });
}

function outputOf(fake: FakeRegistry, settings: object = {}) {
  const options = { logger, signal: new AbortController().signal, now: Date.now };
  const registry = openRegistry(configFor(fake, settings), options)!;
  onTestFinished(() => registry.close());
  return registry.outputCodec();
}

function give(fake: FakeRegistry, subject: string, schema: string): void {
  fake.schemas.set(7, { schema });
  fake.subjects.set(subject, [7]);
}

describe('the schema of resolution events', () => {
  it.each([
    ['topic', 'out-value'],
    ['record', 'io.github.connector_triage.ResolutionEvent'],
  ])('is looked for by %s', async (subject, name) => {
    const fake = await startFakeRegistry();
    give(fake, name, OURS);
    const event = { attributes: {}, source: {}, outcome: 'resolved' };
    const codec = await outputOf(fake, { subject });
    expect(() => codec.encode(event as never)).toThrow(/invalid/);
    expect(fake.requests).toEqual([`POST /subjects/${name}`]);
  });

  it('may be registered with other documentation, but not with other fields', async () => {
    const fake = await startFakeRegistry();
    const schema = JSON.parse(OURS);
    give(fake, 'out-value', JSON.stringify({ ...schema, doc: 'an older text' }));
    await expect(outputOf(fake)).resolves.toBeDefined();
    give(fake, 'out-value', JSON.stringify({ ...schema, fields: schema.fields.slice(1) }));
    await expect(outputOf(fake)).rejects.toThrow(
      /does not have schemas\/resolution-event.avsc in the subject out-value, which format.output avro needs. Register it with/,
    );
  });

  it('is never registered unless that is asked for', async () => {
    const fake = await startFakeRegistry();
    await expect(outputOf(fake)).rejects.toMatchObject({ kind: 'transport' });
    expect(fake.requests.filter((request) => /^POST .*versions/.test(request))).toEqual([]);
    await expect(outputOf(fake, { autoRegister: true })).resolves.toBeDefined();
    expect(fake.subjects.get('out-value')).toHaveLength(1);
  });

  it('is not registered again where it is, in an older release of the same fields or a newer one', async () => {
    const fake = await startFakeRegistry();
    give(fake, 'out-value', JSON.stringify({ ...JSON.parse(OURS), doc: 'a later text' }));
    // Who may only read would be refused.
    fake.refusal = 422;
    await expect(outputOf(fake, { autoRegister: true })).resolves.toBeDefined();
    fake.schemas.set(8, { schema: '"string"' });
    fake.schemas.set(7, { schema: OURS });
    fake.subjects.set('out-value', [7, 8]);
    await expect(outputOf(fake, { autoRegister: true })).resolves.toBeDefined();
    expect(fake.requests.filter((request) => /^POST .*versions/.test(request))).toEqual([]);
  });

  it('may be one among texts that are no schema, or larger than any', async () => {
    const fake = await startFakeRegistry();
    give(fake, 'out-value', '{');
    await expect(outputOf(fake)).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringContaining('does not have'),
    });
    give(fake, 'out-value', 'x'.repeat(MAX_ANSWER_BYTES));
    await expect(outputOf(fake)).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringContaining('more than 2097152 bytes'),
    });
  });

  it('is refused on one line, whatever the registry says', async () => {
    const fake = await startFakeRegistry();
    fake.trouble = (_, response) => {
      const isKnown = fake.requests.length < 3;
      const answer = isKnown ? { error_code: 40401 } : { message: '\u001b[2Jevil\r\nline 2' };
      response.writeHead(isKnown ? 404 : 409).end(JSON.stringify(answer));
    };
    await expect(outputOf(fake, { autoRegister: true })).rejects.toThrow(/before: \[2Jevil line 2\. Check/);
  });

  it('that the registry refuses ends the start with its reason', async () => {
    const fake = await startFakeRegistry();
    fake.refusal = 409;
    await expect(outputOf(fake, { autoRegister: true })).rejects.toThrow(
      /refuses the schema for subject out-value as not compatible with the one before: field x is missing/,
    );
  });
});

describe('the login', () => {
  it('is HTTP Basic with user name and password, read anew at each request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'triage-registry-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'one\n');
    const fake = await startFakeRegistry();
    give(fake, 'out-value', OURS);
    const registry = openRegistry(configFor(fake, { username: 'user', passwordFile }), {
      logger,
      signal: new AbortController().signal,
      now: Date.now,
    })!;
    await registry.outputCodec();
    await writeFile(passwordFile, 'another');
    await registry.outputCodec();
    registry.close();
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(fake.logins).toEqual([basic('user:one'), basic('user:another')]);
  });

  it('from a file that is not there keeps the start from beginning', async () => {
    const fake = await startFakeRegistry();
    await expect(async () => outputOf(fake, { tokenFile: '/nowhere/token' })).rejects.toThrow(
      /^registry.tokenFile: \/nowhere\/token cannot be read/,
    );
    expect(fake.requests).toEqual([]);
  });
});

describe('triage doctor', () => {
  const found = async (config: Parameters<typeof checkRegistry>[0]) =>
    (await checkRegistry(config, logger, Date.now)).map(({ status, what }) => `${status} ${what}`);

  it('says nothing of a registry that is not used', async () => {
    expect(await found(configWith({}))).toEqual([]);
  });

  it('says whether the registry is there and has what the output needs', async () => {
    const fake = await startFakeRegistry();
    expect(await found(configFor(fake))).toEqual(['ok schema registry', 'problem subject out-value']);
    expect(await found(configFor(fake, { autoRegister: true }))).toEqual([
      'ok schema registry',
      'unknown subject out-value',
    ]);
    give(fake, 'out-value', OURS);
    expect(await found(configFor(fake, { token: 't' }))).toEqual(['warning schema registry', 'ok subject out-value']);
    fake.trouble = (_, response) => response.writeHead(401).end();
    expect(await found(configFor(fake))).toEqual(['problem schema registry']);
    expect(await found(configFor({ url: 'http://localhost:1' }))).toEqual(['problem schema registry']);
    expect(await found(configFor(fake, { tokenFile: '/nowhere' }))).toEqual(['problem schema registry']);
  });
});
