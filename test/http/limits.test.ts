import { describe, expect, it } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import { ask, open, ROUTES, SIGNED_IN, serve, TOKEN } from './serve.ts';

const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const PROBE = { method: 'GET', path: '/livez', access: 'probe', handle: () => ({ status: 200, body: '' }) } as const;

describe('requests', () => {
  it('beyond the rate are refused until some time has passed', async () => {
    const { url, clock } = await serve({ limits: { requestsPerSecond: 1 } });
    const statuses = async (count: number) => {
      const all = [];
      for (let i = 0; i < count; i++) all.push((await ask(url)).status);
      return all;
    };
    expect(await statuses(5)).toEqual([200, 200, 200, 200, 429]);
    expect(await ask(url)).toMatchObject({ headers: { 'retry-after': '1' } });
    clock.ms += 2_000;
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it('to probes are always answered', async () => {
    const { url } = await serve({ routes: [...ROUTES, PROBE], limits: { requestsPerSecond: 1 } });
    for (let i = 0; i < 5; i++) await ask(url);
    expect(await ask(url)).toMatchObject({ status: 429 });
    expect(await ask(`${url}/livez`)).toMatchObject({ status: 200 });
  });

  it('that try tokens cost ten times as much', async () => {
    const guesses = [
      { path: '/', asked: { headers: { authorization: 'Bearer a-guess-at-the-token' } } },
      { path: '/login', asked: { method: 'POST', headers: FORM_TYPE, body: 'token=a-guess-at-the-token' } },
    ];
    for (const { path, asked } of guesses) {
      const { url } = await serve({ token: TOKEN, limits: { requestsPerSecond: 5 } });
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await ask(`${url}${path}`, asked)).status);
      expect(statuses).toEqual([401, 401, 429]);
      expect(await ask(url, { headers: SIGNED_IN })).toMatchObject({ status: 429 });
    }
  });

  it('of who shows no token cost no more than others', async () => {
    const { url } = await serve({ token: TOKEN, limits: { requestsPerSecond: 5 } });
    const statuses = [];
    for (let i = 0; i < 20; i++) statuses.push((await ask(url)).status);
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(await ask(url)).toMatchObject({ status: 429 });
  });

  it('with too many headers are refused', async () => {
    const { url } = await serve({ limits: { headerBytes: 1_024 } });
    expect(await ask(url, { headers: { 'x-long': 'x'.repeat(2_000) } })).toMatchObject({ status: 431 });
  });
});

describe('slow clients', () => {
  it('that never finish their headers are cut off', async () => {
    const { port } = await serve({ limits: { headersMs: 100, requestMs: 60_000 } });
    const { socket, ended } = open(port);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n');
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that never finish their body are cut off', async () => {
    const { port } = await serve({ limits: { headersMs: 50, requestMs: 100 } });
    const { socket, ended } = open(port);
    socket.write(
      'POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
    );
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that say nothing are cut off', async () => {
    const { port } = await serve({ limits: { headersMs: 100, requestMs: 100 } });
    expect(await open(port).ended).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('that do not read their answer are cut off', async () => {
    const routes = [{ ...PROBE, handle: () => ({ status: 200, body: Buffer.alloc(50_000_000) }) }, ...ROUTES];
    const { port, url } = await serve({ routes, limits: { idleMs: 100, connectionsPerClient: 1 } });
    const { socket } = open(port);
    socket.pause();
    socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
    // There is room for another connection once the server has ended that one.
    const status = () => ask(url).then((answer) => answer.status, messageOf);
    expect(await status()).not.toBe(200);
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
  });
});

describe('connections', () => {
  it('of one client are limited', async () => {
    const { port, url } = await serve({ limits: { connectionsPerClient: 2 } });
    const held = [open(port), open(port)];
    await Promise.all(held.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await open(port).ended).toBe('');
    held[0]!.socket.end();
    await held[0]!.ended;
    expect(await ask(url)).toMatchObject({ status: 200 });
  });

  it('are limited in all', async () => {
    const { port, url } = await serve({ limits: { connections: 1 } });
    const held = open(port);
    await new Promise((resolve) => held.socket.once('connect', resolve));
    expect(await open(port).ended).toBe('');
    held.socket.end();
    await held.ended;
    expect(await ask(url)).toMatchObject({ status: 200 });
  });

  it('carry so many requests and no more', async () => {
    const { port } = await serve({ limits: { requestsPerConnection: 2 } });
    const { socket, ended } = open(port);
    socket.end('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(3));
    expect((await ended).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 503']);
  });
});
