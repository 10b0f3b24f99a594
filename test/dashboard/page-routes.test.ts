/** The page's files as they are served, and rules that all of them keep. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { viewAt } from '../../src/dashboard/page/router.js';
import { pageRoutes } from '../../src/dashboard/page-routes.ts';
import { ask, SIGNED_IN, serve, TOKEN } from '../http/serve.ts';

const PAGE = fileURLToPath(new URL('../../src/dashboard/page', import.meta.url));
const FILES = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
const TEXTS = FILES.map((name) => [name, readFileSync(join(PAGE, name), 'utf8')] as const);

const ADDRESSES = [
  '/',
  '/connectors/a%20b',
  '/error-types',
  '/error-types/a.b',
  '/unclassified',
  '/unclassified/0',
  '/try',
];

describe('the page', () => {
  it('is the same document at every address that it knows', async () => {
    const { url } = await serve({ routes: pageRoutes() });
    const answers = await Promise.all(ADDRESSES.map((path) => ask(url + path)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(ADDRESSES.map((path) => viewAt(path).name)).not.toContain('nothing');
    expect((await ask(`${url}/nothing`)).status).toBe(404);
  });

  it('names files that are there, which browsers may keep until they change', async () => {
    const { url } = await serve({ routes: pageRoutes() });
    const { body } = await ask(url);
    const links = [...body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(FILES.length);
    for (const link of links) {
      const { status, headers } = await ask(url + link);
      expect([link, status]).toEqual([link, 200]);
      expect(headers['content-type']).toMatch(/^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/);
      expect(headers['cache-control']).toBe('private, max-age=31536000, immutable');
    }
  });

  it('gives no other file, however it is asked for', async () => {
    const { url } = await serve({ routes: pageRoutes() });
    const base = /\/assets\/\w+/.exec((await ask(url)).body)![0];
    const paths = ['/../page-routes.ts', '/..%2fpage-routes.ts', '/views/', '/index.html', '/%2e%2e/dashboard.ts', ''];
    for (const path of paths) expect([path, (await ask(url, { path: base + path })).status]).toEqual([path, 404]);
  });

  it('is for who is signed in, and offers to sign out to who came by the form', async () => {
    const { url } = await serve({ routes: pageRoutes(), token: TOKEN });
    expect((await ask(`${url}/try`, { headers: { accept: 'text/html' } })).headers.location).toBe('/login?next=%2Ftry');
    expect((await ask(url, { headers: SIGNED_IN })).body).toContain('<body>');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const login = await ask(`${url}/login`, { method: 'POST', headers: form, body: `token=${TOKEN}` });
    const cookie = login.headers['set-cookie']![0]!.split(';')[0]!;
    expect((await ask(url, { headers: { cookie } })).body).toContain('<body data-signed-in>');
  });
});

describe('the files of the page', () => {
  it('make no HTML of texts', () => {
    const ways =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\b|new Function/;
    expect(TEXTS.filter(([, text]) => ways.test(text)).map(([name]) => name)).toEqual([]);
  });

  it('need nothing from another host', () => {
    const others = TEXTS.flatMap(([name, text]) =>
      [...text.matchAll(/(?:https?:)?\/\/[\w.-]+\.\w+/g)].map(([found]) => `${name}: ${found}`),
    );
    expect(others.filter((found) => !found.endsWith('//www.w3.org'))).toEqual([]);
    expect(TEXTS.filter(([name, text]) => name.endsWith('.html') && /<style|style=|<script>/.test(text))).toEqual([]);
  });

  it('are short', () => {
    const long = TEXTS.filter(([name, text]) => name.endsWith('.js') && text.split('\n').length > 301);
    expect(long.map(([name]) => name)).toEqual([]);
  });
});
