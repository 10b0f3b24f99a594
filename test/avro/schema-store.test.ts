import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MAX_ANSWER_BYTES, NoAnswerError } from '../../src/avro/registry-http.ts';
import { TlsFiles } from '../../src/credentials/tls-files.ts';
import { createAuthority, issue } from '../local-kafka/certificates.ts';
import { startFakeRegistry } from './fake-registry.ts';
import { EVENT_SCHEMA, partsFor } from './support.ts';

const SCHEMA = JSON.stringify(EVENT_SCHEMA);
const never = new AbortController().signal;

describe('a schema', () => {
  it('is asked for once, however many need it at once and later', async () => {
    const registry = await startFakeRegistry();
    registry.schemas.set(1, { schema: SCHEMA });
    const { store } = partsFor(registry);
    const found = await Promise.all(Array.from({ length: 50 }, () => store.get(1)));
    await store.get(1);
    expect(new Set(found)).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: 'readable', name: 'com.acme.Event' });
    expect(registry.requests).toEqual(['GET /schemas/ids/1']);
  });

  it('that was not used for longest is forgotten first', async () => {
    const registry = await startFakeRegistry();
    for (const id of [1, 2, 3]) registry.schemas.set(id, { schema: SCHEMA });
    const { store } = partsFor({ url: registry.url, cacheSize: 2 });
    for (const id of [1, 2, 1, 3]) await store.get(id);
    expect([1, 2, 3].map((id) => store.cached(id) !== undefined)).toEqual([true, false, true]);
  });

  it('that the registry does not know is asked for again only after a while', async () => {
    const registry = await startFakeRegistry();
    let nowMs = 0;
    const { store } = partsFor({ url: registry.url, now: () => nowMs });
    expect(await store.get(9)).toEqual({ kind: 'unknown' });
    registry.schemas.set(9, { schema: SCHEMA });
    nowMs = 9_999;
    expect(await store.get(9)).toEqual({ kind: 'unknown' });
    nowMs = 10_000;
    expect(await store.get(9)).toMatchObject({ kind: 'readable' });
  });

  it('that one registry node has not heard of yet is asked for a second time', async () => {
    const registry = await startFakeRegistry();
    registry.schemas.set(1, { schema: SCHEMA });
    registry.trouble = (_, response) => {
      registry.trouble = undefined;
      response.writeHead(404).end('{"error_code":40403,"message":"Schema not found"}');
    };
    expect(await partsFor(registry).store.get(1)).toMatchObject({ kind: 'readable' });
  });

  it('that refers to a subject whose name no address can hold is unusable', async () => {
    const registry = await startFakeRegistry();
    registry.schemas.set(1, { schema: SCHEMA, references: [{ name: 'x', subject: '\ud800', version: 1 }] });
    expect(await partsFor(registry).store.get(1)).toMatchObject({
      kind: 'unusable',
      reason: expect.stringContaining('which the registry does not have'),
    });
  });

  it('comes with those that it refers to, each once', async () => {
    const registry = await startFakeRegistry();
    const record = (name: string, ...fields: [string, string][]) =>
      JSON.stringify({ type: 'record', name, fields: fields.map(([field, type]) => ({ name: field, type })) });
    const to = (name: string) => ({ name, subject: name, version: 1 });
    registry.schemas.set(1, { schema: record('a.Inner', ['x', 'int']) });
    registry.schemas.set(2, { schema: record('a.Middle', ['inner', 'a.Inner']), references: [to('a.Inner')] });
    registry.schemas.set(3, {
      schema: record('a.Outer', ['message', 'string'], ['middle', 'a.Middle'], ['inner', 'a.Inner']),
      references: [to('a.Middle'), to('a.Inner')],
    });
    registry.subjects.set('a.Inner', [1]);
    registry.subjects.set('a.Middle', [2]);
    const { store } = partsFor(registry);
    const schema = await store.get(3);
    expect(registry.requests).toHaveLength(3);
    expect(schema.kind === 'readable' && schema.read(Buffer.from([2, 97, 4, 6]), 0)).toEqual({
      message: 'a',
      middle: { inner: { x: 2 } },
      inner: { x: 3 },
    });
  });

  it('that is larger than any with those that it refers to cannot be used', async () => {
    const registry = await startFakeRegistry();
    const to = (version: number) => ({ name: 'x', subject: 's', version });
    const schema = JSON.stringify({ ...EVENT_SCHEMA, doc: 'x'.repeat(MAX_ANSWER_BYTES / 2) });
    for (const id of [1, 2, 3]) registry.schemas.set(id, { schema, references: [to(id + 1)] });
    registry.subjects.set('s', [1, 2, 3]);
    expect(await partsFor(registry).store.get(1)).toMatchObject({
      kind: 'unusable',
      reason: 'it has more than 2097152 characters with the schemas that it refers to',
    });
    expect(registry.requests).toHaveLength(2);
  });

  it.each([
    ['of another kind', { schema: '{}', schemaType: 'PROTOBUF' }, /^it is a PROTOBUF schema; expected AVRO$/],
    ['that is no JSON', { schema: '{' }, /JSON/],
    ['of a type that there is not', { schema: '{"type":"recrod"}' }, /unknown type: "recrod"/],
    [
      'without message',
      { schema: '{"type":"record","name":"R","fields":[{"name":"text","type":"string"}]}' },
      /^it has no field "message"; its fields: text$/,
    ],
    ['of no record', { schema: '"string"' }, /^it is of type string; expected a record$/],
    [
      'nested without end',
      { schema: `${'{"type":"array","items":'.repeat(20_000)}"int"${'}'.repeat(20_000)}` },
      /^types are nested more than 100 deep$/,
    ],
    [
      'that refers to nothing',
      { schema: SCHEMA, references: [{ name: 'x', subject: 'x', version: 3 }] },
      /^it refers to subject x, version 3, which the registry does not have$/,
    ],
    ['larger than any', { schema: 'x'.repeat(MAX_ANSWER_BYTES) }, /more than 2097152 bytes/],
  ])('%s cannot be used, and says why', async (_, schema, reason) => {
    const registry = await startFakeRegistry();
    registry.schemas.set(1, schema);
    expect(await partsFor(registry).store.get(1)).toMatchObject({
      kind: 'unusable',
      reason: expect.stringMatching(reason),
    });
  });
});

describe('while the registry', () => {
  it.each([
    ['is broken', 503, '{"error_code":50301,"message":"no leader"}', / answered 503 \(no leader\)$/],
    ['answers nonsense', 200, '<html>', / answered 200, but not what was asked for: check registry.url$/],
    [
      'is a page that is not there',
      404,
      '<html>',
      / answered 404, which no schema registry does: check registry.url and its path$/,
    ],
    [
      'refuses the login',
      401,
      '{"error_code":40101,"message":"Unauthorized"}',
      /check registry.username and registry.password, or registry.token$/,
    ],
    ['sends us elsewhere', 302, '', / answered 302, which no schema registry does/],
  ])('%s, everybody waits, and it is told once each way', async (_, status, body, reason) => {
    const registry = await startFakeRegistry();
    for (const id of [1, 2]) registry.schemas.set(id, { schema: SCHEMA });
    registry.trouble = (_request, response) => {
      if (registry.requests.length > 5) registry.trouble = undefined;
      response.writeHead(status, { location: 'http://localhost:1/' }).end(body);
    };
    const { store, states } = partsFor(registry);
    const found = await Promise.all([store.get(1), store.get(2)]);
    expect(found.map(({ kind }) => kind)).toEqual(['readable', 'readable']);
    expect(states).toEqual([expect.stringMatching(/^waiting: /), 'ok: nothing is waited for any more']);
    expect(states[0]).toMatch(reason);
  });

  it('is away, it is told where and why; the end of the service ends the wait', async () => {
    const stop = new AbortController();
    const { store, states } = partsFor({ url: 'http://localhost:1', signal: stop.signal });
    const waiting = store.get(1);
    await vi.waitUntil(() => states.length > 0);
    expect(states[0]).toMatch(/^waiting: http:\/\/localhost:1 cannot be reached: .*ECONNREFUSED/);
    stop.abort(new Error('the end'));
    await expect(waiting).rejects.toThrow('the end');
  });
});

describe('a request', () => {
  it('carries the login of the moment', async () => {
    const registry = await startFakeRegistry();
    let token = 'one';
    const { client } = partsFor({ url: registry.url, authorization: () => `Bearer ${token}` });
    await client.ping(never);
    token = 'two';
    await client.ping(never);
    expect(registry.logins).toEqual(['Bearer one', 'Bearer two']);
  });

  it('goes over TLS to a registry that is trusted, with our certificate, and to no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'triage-registry-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const authority = createAuthority('registry-ca');
    const server = issue(authority, { name: 'registry', hosts: ['registry.internal'] });
    const ours = issue(authority, { name: 'triage' });
    const write = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const caFile = await write('ca.pem', authority.certificate);
    const certFile = await write('cert.pem', ours.certificate);
    const keyFile = await write('key.pem', ours.key);
    const registry = await startFakeRegistry({
      cert: server.certificate,
      key: server.key,
      ca: readFileSync(caFile),
      requestCert: true,
      rejectUnauthorized: true,
    });
    const names = { caFile: 'ca', certFile: 'cert', keyFile: 'key' };
    const logger = { info: () => undefined, warn: () => undefined };
    const tls = (files: object) => new TlsFiles({ names, logger, ...files });
    const ping = (files: object) => partsFor({ url: registry.url, tls: tls(files) }).client.ping(never);
    const own = { caFile, certFile, keyFile };
    await expect(ping({ ...own, serverName: 'registry.internal' })).resolves.toBeUndefined();
    await expect(ping(own)).rejects.toThrow(/localhost/);
    await expect(ping({ certFile, keyFile, serverName: 'registry.internal' })).rejects.toThrow(NoAnswerError);
    await expect(ping({ caFile, serverName: 'registry.internal' })).rejects.toThrow(NoAnswerError);
    await expect(partsFor({ url: registry.url.replace('https', 'http') }).client.ping(never)).rejects.toThrow(
      NoAnswerError,
    );
  });
});
