import { describe, expect, it } from 'vitest';
import { SESSION_SECONDS } from '../../src/http/session.ts';
import { type Asked, ask, open, ROUTES, SIGNED_IN, serve, TOKEN } from './serve.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

async function statusOf(url: string, headers: Asked['headers'], more: Asked = {}): Promise<number> {
  return (await ask(url, { ...more, headers: { ...more.headers, ...headers } })).status;
}

/** Signs in as a browser does, and gives the cookie. */
async function signIn(
  url: string,
  token = TOKEN,
  next = '/',
): Promise<{ cookie: string; setCookie: string; location: string }> {
  const body = String(new URLSearchParams({ token, next }));
  const { headers } = await ask(`${url}/login`, { method: 'POST', headers: FORM_TYPE, body });
  const [setCookie = ''] = headers['set-cookie'] ?? [];
  return { cookie: setCookie.split(';')[0]!, setCookie, location: headers.location ?? '' };
}

describe('with a token', () => {
  it.each<[name: string, headers: Asked['headers']]>([
    ['nothing', {}],
    ['another token', { authorization: 'Bearer another-token-for-this' }],
    ['a part of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['the token and more', { authorization: `Bearer ${TOKEN}x` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the token by another scheme', { authorization: `Basic ${TOKEN}` }],
    ['a made-up session', { cookie: 'triage-session=99999999999.AAAA' }],
    ['the token as a cookie', { cookie: `triage-session=${TOKEN}` }],
  ])('%s does not sign in', async (_name, headers) => {
    const { url } = await serve({ token: TOKEN });
    const answer = await ask(url, { headers: headers ?? {} });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="triage"' } });
    expect(answer.body).not.toContain(TOKEN);
  });

  it('the token signs in, for every method', async () => {
    const { url } = await serve({ token: TOKEN });
    expect(await statusOf(url, SIGNED_IN)).toBe(200);
    expect(await statusOf(url, { authorization: `bearer ${TOKEN}` })).toBe(200);
    const post = { method: 'POST', headers: JSON_TYPE, body: '{}' };
    expect(await statusOf(`${url}/echo`, {}, post)).toBe(401);
    expect(await statusOf(`${url}/echo`, SIGNED_IN, post)).toBe(200);
  });

  it('what is there and what is not looks the same to a stranger', async () => {
    const { url } = await serve({ token: TOKEN });
    const [there, gone] = await Promise.all([ask(url), ask(`${url}/nothing`)]);
    expect(gone.status).toBe(401);
    expect(gone.body).toBe(there.body);
  });

  it('a token that was replaced no longer signs in, nor do its sessions', async () => {
    let token = TOKEN;
    const { url } = await serve({ signIn: { token: () => token, clientCertificates: false } });
    const { cookie } = await signIn(url);
    expect(await statusOf(url, { cookie })).toBe(200);
    token = 'the-next-token-here';
    expect([await statusOf(url, SIGNED_IN), await statusOf(url, { cookie })]).toEqual([401, 401]);
    expect(await statusOf(url, { authorization: `Bearer ${token}` })).toBe(200);
  });
});

describe('a browser', () => {
  it('is led to the form and back to where it wanted to go', async () => {
    const { url } = await serve({ token: TOKEN });
    const { status, headers } = await ask(`${url}/page?tab=2`, { headers: { accept: 'text/html,*/*' } });
    expect([status, headers.location]).toEqual([303, '/login?next=%2Fpage%3Ftab%3D2']);
    const form = await ask(`${url}${headers.location}`);
    expect(form.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(form.body).toContain('name="next" value="/page?tab=2"');
    expect((await signIn(url, TOKEN, '/page?tab=2')).location).toBe('/page?tab=2');
    expect((await ask(`${url}/login?next=%2F%3Fa%26lt%3B`)).body).toContain('value="/?a&#38;lt;"');
  });

  it('gets a cookie that scripts and other sites cannot use, and not the token', async () => {
    const { url } = await serve({ token: TOKEN });
    const { cookie, setCookie } = await signIn(url);
    expect(setCookie).toMatch(/^triage-session=\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(setCookie).not.toContain(TOKEN);
    expect(await statusOf(url, { cookie: `other=1; ${cookie}; more=2` })).toBe(200);
  });

  it('is signed in for 12 hours', async () => {
    const { url, clock } = await serve({ token: TOKEN });
    const { cookie } = await signIn(url);
    clock.ms += SESSION_SECONDS * 1000 - 1;
    expect(await statusOf(url, { cookie })).toBe(200);
    clock.ms += 1;
    expect(await statusOf(url, { cookie })).toBe(401);
    const [name, end = '', signature] = cookie.split(/[=.]/);
    expect(await statusOf(url, { cookie: `${name}=${Number(end) + 9}.${signature}` })).toBe(401);
  });

  it('signs out', async () => {
    const { url } = await serve({ token: TOKEN });
    const { status, headers } = await ask(`${url}/logout`, { method: 'POST', headers: FORM_TYPE });
    expect(status).toBe(303);
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^triage-session=; .*Max-Age=0$/)]);
  });

  it('with another token sees the form again, and a reason', async () => {
    const { url } = await serve({ token: TOKEN });
    const body = String(new URLSearchParams({ token: 'a-wrong-token-here', next: '/a"><script>' }));
    const answer = await ask(`${url}/login`, { method: 'POST', headers: FORM_TYPE, body });
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('role="alert"') });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).not.toMatch(/<script|a-wrong-token/);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    'http:evil',
    '\t//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    'http://here.invalid//evil.example',
  ])('is led to no other site by next=%j', async (next) => {
    const { url } = await serve({ token: TOKEN });
    expect((await signIn(url, TOKEN, next)).location).toMatch(/^\/(?![/\\])/);
  });

  it('has no form where there is no token', async () => {
    const { url } = await serve();
    expect(await statusOf(`${url}/login`, {})).toBe(404);
  });
});

describe('without a token', () => {
  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST:9464', '127.8.8.8:1'])(
    'answers to the name %s',
    async (host) => {
      const { url } = await serve();
      expect(await statusOf(url, { host })).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '10.0.0.1', '127.0.0.1.evil.example', 'a@localhost', '0.0.0.0'])(
    'does not answer to the name %j, which may be that of a stranger’s page',
    async (host) => {
      const { url } = await serve();
      expect(await statusOf(url, { host })).toBe(403);
    },
  );

  it('does not answer to no name', async () => {
    const { port } = await serve();
    const { socket, ended } = open(port);
    socket.end('GET / HTTP/1.0\r\n\r\n');
    expect(await ended).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('answers probes to every name', async () => {
    const probe = {
      method: 'GET',
      path: '/livez',
      access: 'probe',
      handle: () => ({ status: 200, body: '' }),
    } as const;
    const { url } = await serve({ routes: [probe] });
    expect(await statusOf(`${url}/livez`, { host: '10.1.2.3:9464' })).toBe(200);
  });
});

describe('pages of other sites', () => {
  const POST = { method: 'POST', headers: JSON_TYPE, body: '{}' };

  it.each<[name: string, headers: Asked['headers']]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port', { 'sec-fetch-site': 'same-site' }],
    ['an older browser', { origin: 'https://evil.example' }],
    ['a page without an address', { origin: 'null' }],
    ['a form, which leads here', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('can send nothing: %s', async (_name, headers) => {
    const { url } = await serve({ token: TOKEN });
    expect(await statusOf(`${url}/echo`, { ...SIGNED_IN, ...headers }, POST)).toBe(403);
    expect(await statusOf(`${url}/login`, { ...FORM_TYPE, ...headers }, { method: 'POST' })).toBe(403);
  });

  it('can load nothing', async () => {
    const { url } = await serve();
    expect(await statusOf(url, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403);
    expect(await statusOf(url, { origin: 'https://evil.example' })).toBe(403);
  });

  it('can link here, and our own can do everything', async () => {
    const { url } = await serve();
    expect(await statusOf(url, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, { origin: url }]) {
      expect(await statusOf(`${url}/echo`, headers, POST)).toBe(200);
    }
  });
});

it('says at once when two routes would answer the same', async () => {
  await expect(serve({ routes: [...ROUTES, ROUTES[0]!] })).rejects.toThrow('two routes for GET /');
});
