import { describe, expect, it } from 'vitest';
import { HttpProblem, jsonAnswer, jsonBody, type Route } from '../../src/http/route.ts';
import { serveHttp } from '../../src/http/server.ts';
import { ask, open, SIGNED_IN, serve, TOKEN } from './serve.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function get(path: string, handle: Route['handle']): Route {
  return { method: 'GET', path, access: 'guarded', handle };
}

describe('answers', () => {
  it('come from the route, with what the path and the query say', async () => {
    const echo = get('/types/:id/draft', ({ params, query, path }) =>
      jsonAnswer(200, { ...params, q: query.get('q'), path }),
    );
    const { url } = await serve({ routes: [echo] });
    const { body, headers } = await ask(`${url}/types/a%2Fb%20c/draft?q=1+2`);
    expect(JSON.parse(body)).toEqual({ id: 'a/b c', q: '1 2', path: '/types/a%2Fb%20c/draft' });
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it('have headers that keep browsers from guessing, framing, caching and telling others', async () => {
    const { url } = await serve({ token: TOKEN });
    const answers = [ask(url, { headers: SIGNED_IN }), ask(url), ask(`${url}/login`), ask(`${url}/nothing`)];
    for (const { headers } of await Promise.all(answers)) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'; style-src 'self'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
    }
  });

  it('tell no other site that it may read them', async () => {
    const { url } = await serve({ token: TOKEN });
    const origin = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
    for (const method of ['OPTIONS', 'GET']) {
      const { status, headers } = await ask(url, { method, headers: { ...SIGNED_IN, ...origin } });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(status).toBe(403);
    }
  });

  it('may be kept where the route says so', async () => {
    const headers = { 'cache-control': 'max-age=60' };
    const { url } = await serve({ routes: [get('/', () => ({ status: 200, headers, body: '' }))] });
    expect((await ask(url)).headers).toMatchObject(headers);
  });

  it('have no body for HEAD', async () => {
    const { url } = await serve();
    const { status, headers, body } = await ask(url, { method: 'HEAD' });
    expect([status, headers['content-length'], body]).toEqual([200, '6', '']);
  });

  it.each([
    ['an unknown path', '/nothing', 'GET', 404, {}],
    ['another method', '/echo', 'DELETE', 405, { allow: 'POST' }],
    ['a write where only reading is possible', '/', 'POST', 405, { allow: 'GET, HEAD' }],
    ['an address in place of a path', 'http://127.0.0.1/', 'GET', 404, {}],
    ['a path that climbs', '/../../etc/passwd', 'GET', 404, {}],
  ])('refuse %s', async (_name, path, method, status, headers) => {
    const { url } = await serve();
    const answer = await ask(url, { path, method });
    expect(answer).toMatchObject({ status, headers });
    expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) });
  });

  it('refuse a path with an encoding that is none', async () => {
    const { url } = await serve({ routes: [get('/:id', () => ({ status: 200, body: '' }))] });
    expect(await ask(url, { path: '/%ff' })).toMatchObject({ status: 400 });
  });

  it('say what a handler says, and keep to the log what it did not expect', async () => {
    const { url, logger } = await serve({
      routes: [
        get('/gone', () => {
          throw new HttpProblem(410, 'it is gone', { 'x-why': 'age' });
        }),
        get('/bug', async () => {
          throw new Error('password hunter2');
        }),
        get('/header', () => ({ status: 200, headers: { 'x-bad': 'a\nb' }, body: '' })),
      ],
    });
    expect(await ask(`${url}/gone`)).toMatchObject({
      status: 410,
      headers: { 'x-why': 'age' },
      body: '{"error":"it is gone"}\n',
    });
    const { status, body } = await ask(`${url}/bug?token=abc`);
    expect([status, body]).toEqual([500, expect.not.stringContaining('hunter2')]);
    await expect(ask(`${url}/header`)).rejects.toThrow();
    expect(logger.at('error').map(({ fields }) => fields)).toMatchObject([
      { path: '/bug', error: 'password hunter2' },
      { path: '/header' },
    ]);
  });
});

describe('bodies', () => {
  it('are read up to the size that the route takes', async () => {
    const { url } = await serve();
    const post = (body: string, headers = {}) =>
      ask(`${url}/echo`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
    const fitting = `"${'x'.repeat(98)}"`;
    expect(await post(fitting)).toMatchObject({ status: 200, body: fitting });
    expect(await post(`${fitting} `)).toMatchObject({ status: 413 });
    expect(await post(`${fitting} `, { 'transfer-encoding': 'chunked' })).toMatchObject({ status: 413 });
  });

  it('that are larger are not read: the connection ends', async () => {
    const { port } = await serve();
    const { socket, ended } = open(port);
    socket.write(
      'POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n',
    );
    expect(await ended).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', undefined])(
    'have to be JSON, which no form of another site can send: not %s',
    async (type) => {
      const { url } = await serve();
      const headers = type === undefined ? {} : { 'content-type': type };
      expect(await ask(`${url}/echo`, { method: 'POST', headers, body: '{}' })).toMatchObject({ status: 415 });
    },
  );

  it('are told where they are not JSON, without being quoted', async () => {
    const route: Route = {
      method: 'POST',
      path: '/',
      access: 'guarded',
      handle: (request) => jsonAnswer(200, jsonBody(request)),
    };
    const { url } = await serve({ routes: [route] });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { status, body } = await ask(url, { method: 'POST', headers, body: '{"a": secret}' });
    expect([status, body]).toEqual([400, '{"error":"the body is not JSON"}\n']);
  });

  it('do not belong to a GET', async () => {
    const { port } = await serve();
    const { socket, ended } = open(port);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n');
    expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that break off are no failure of the service', async () => {
    const { port, url, logger } = await serve();
    const { socket, ended } = open(port);
    socket.end(
      'POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    );
    await ended;
    expect(await ask(url)).toMatchObject({ status: 200 });
    expect(logger.at('error')).toEqual([]);
  });
});

describe('the address', () => {
  it('is told when it is taken, with how to choose another one', async () => {
    const { port } = await serve();
    const signIn = { clientCertificates: false };
    const logger = { error: () => undefined };
    const second = serveHttp({ host: '127.0.0.1', port, routes: [], signIn, now: () => 0, logger });
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: `);
    await expect(second).rejects.toMatchObject({ kind: 'usage' });
  });

  it('that other machines can reach is refused while nobody has to sign in', async () => {
    for (const host of ['0.0.0.0', '::']) {
      await expect(serve({ host })).rejects.toMatchObject({
        kind: 'usage',
        message: expect.stringMatching(/http\.tokenFile \(TRIAGE_HTTP_TOKEN_FILE\).*found (0\.0\.0\.0|::) /),
      });
    }
  });

  it('that has no meaning is told', async () => {
    await expect(serve({ host: 'no-such-host.invalid' })).rejects.toThrow(/cannot listen on no-such-host\.invalid/);
  });
});
