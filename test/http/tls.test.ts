import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { TlsFiles } from '../../src/credentials/tls-files.ts';
import { createAuthority, issue } from '../local-kafka/certificates.ts';
import { RecordingLogger } from '../transport/recording-logger.ts';
import { ask, open, ROUTES, type Settings, SIGNED_IN, serve, TOKEN } from './serve.ts';

const servers = createAuthority('servers');
const clients = createAuthority('clients');
const strangers = createAuthority('strangers');
const server = issue(servers, { name: 'triage', hosts: ['127.0.0.1'] });
const names = { caFile: 'http.tls.clientCaFile', certFile: 'http.tls.certFile', keyFile: 'http.tls.keyFile' };
const trusted = { ca: servers.certificate };
const probe = { method: 'GET', path: '/livez', access: 'probe', handle: () => ({ status: 200, body: '' }) } as const;

function showing({ certificate, key }: ReturnType<typeof issue>) {
  return { tls: { ...trusted, cert: certificate, key } };
}

/** `clientCa`: whose client certificates sign in. */
async function serveTls({ clientCa, token, limits }: { clientCa?: string; token?: string } & Pick<Settings, 'limits'>) {
  const folder = mkdtempSync(join(tmpdir(), 'triage-https-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const logger = new RecordingLogger();
  const tls = new TlsFiles({
    names,
    certFile: write('cert.pem', server.certificate),
    keyFile: write('key.pem', server.key),
    caFile: clientCa === undefined ? undefined : write('client-ca.pem', clientCa),
    logger,
  });
  const signIn = { token: token === undefined ? undefined : () => token, clientCertificates: clientCa !== undefined };
  const { url, close } = await serve({ signIn, tls, routes: [...ROUTES, probe], ...(limits && { limits }) });
  return { url, close, write, logger };
}

it('a client certificate of the authority signs in, others do not; probes need none', async () => {
  const { url } = await serveTls({ clientCa: clients.certificate });
  expect(url).toMatch(/^https:/);
  expect(await ask(url, showing(issue(clients, { name: 'prometheus' })))).toMatchObject({
    status: 200,
    body: 'secret',
  });
  const refused = [
    { tls: trusted },
    showing(issue(strangers, { name: 'prometheus' })),
    showing(issue(clients, { name: 'prometheus', days: [-9, -1] })),
    showing(issue(servers, { name: 'triage' })),
  ];
  for (const asked of refused) {
    const { status, body } = await ask(url, asked);
    expect([status, body]).toEqual([401, expect.stringContaining('client certificate')]);
  }
  expect(await ask(`${url}/livez`, { tls: trusted })).toMatchObject({ status: 200 });
});

it('either a certificate or the token suffices where both are set', async () => {
  const { url } = await serveTls({ clientCa: clients.certificate, token: TOKEN });
  expect(await ask(url, showing(issue(clients, { name: 'prometheus' })))).toMatchObject({ status: 200 });
  expect(await ask(url, { tls: trusted, headers: SIGNED_IN })).toMatchObject({ status: 200 });
  expect(await ask(url, { tls: trusted })).toMatchObject({ status: 401 });
});

it('with a token alone, any client may connect and must sign in with it, in a cookie for this host only', async () => {
  const { url } = await serveTls({ token: TOKEN });
  expect(await ask(url, { tls: trusted })).toMatchObject({ status: 401 });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask(`${url}/login`, { method: 'POST', tls: trusted, headers, body: `token=${TOKEN}` });
  const [setCookie = ''] = answer.headers['set-cookie'] ?? [];
  expect(setCookie).toMatch(/^__Host-triage-session=.*; Path=\/; HttpOnly; SameSite=Strict; .*; Secure$/);
  const [cookie] = setCookie.split(';');
  expect(await ask(url, { tls: trusted, headers: { cookie } })).toMatchObject({ status: 200 });
});

it('new connections get the certificate that the files hold now', async () => {
  const { url, write, logger } = await serveTls({ token: TOKEN });
  const next = createAuthority('next');
  const renewed = issue(next, { name: 'triage', hosts: ['127.0.0.1'] });
  write('cert.pem', renewed.certificate);
  // The key is not there yet: the pair before stays in use.
  expect(await ask(url, { tls: trusted })).toMatchObject({ status: 401 });
  expect(logger.at('warn')).toHaveLength(1);
  write('key.pem', renewed.key);
  await expect(ask(url, { tls: trusted })).rejects.toThrow(/certificate/);
  expect(await ask(url, { tls: { ca: next.certificate } })).toMatchObject({ status: 401 });
});

it('an authority that was replaced signs nobody in, also not by resuming a session from before', async () => {
  const { url, write } = await serveTls({ clientCa: clients.certificate });
  const { tls } = showing(issue(clients, { name: 'prometheus' }));
  // An agent keeps the session of a connection for the next one.
  const agent = new Agent({ keepAlive: false, maxCachedSessions: 10, ...tls });
  const statusByAgent = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(url, { agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject).end();
    });
  expect([await statusByAgent(), await statusByAgent()]).toEqual([200, 200]);
  write('client-ca.pem', strangers.certificate);
  expect(await statusByAgent()).toBe(401);
  expect(await ask(url, showing(issue(strangers, { name: 'new' })))).toMatchObject({ status: 200 });
});

it('a stranger who resumes a session stays one', async () => {
  const { url } = await serveTls({ clientCa: clients.certificate });
  const sessions: Buffer[] = [];
  const isResumed: boolean[] = [];
  const status = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const session = sessions.at(-1);
      const sent = request(url, { agent: false, ...trusted, ...(session && { session }) }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('socket', (socket) => {
        socket.on('session', (given: Buffer) => sessions.push(given));
        socket.on('secureConnect', () => isResumed.push((socket as TLSSocket).isSessionReused()));
      });
      sent.on('error', reject).end();
    });
  expect([await status(), await status()]).toEqual([401, 401]);
  expect(isResumed).toEqual([false, true]);
});

it('the end does not wait for a client that says nothing within its handshake', async () => {
  const limits = { headersMs: 3_600_000, requestMs: 3_600_000 };
  const { url, close } = await serveTls({ token: TOKEN, limits });
  const { socket, ended } = open(Number(new URL(url).port));
  await new Promise((resolve) => socket.once('connect', resolve));
  // It is accepted once a later one has been answered.
  expect(await ask(url, { tls: trusted })).toMatchObject({ status: 401 });
  await close();
  await ended;
});

it('plain HTTP to the port gets nothing', async () => {
  const { url } = await serveTls({ token: TOKEN });
  await expect(ask(url.replace('https:', 'http:'), { headers: SIGNED_IN })).rejects.toThrow();
});
