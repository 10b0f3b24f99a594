/**
 * The live page over HTTP: one document for all its addresses, and its files by a fixed list of names, read once. They are
 * what stands in `page/`, as it is, and the chart library: nothing is built, and nothing comes from another host.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Route } from '../http/route.ts';
import { cookieIn, sessionCookieName } from '../http/session.ts';

/** Addresses of the page, which people share. `page/router.js` knows the same ones. */
const ADDRESSES = [
  '/',
  '/connectors/:key',
  '/error-types',
  '/error-types/:type',
  '/unclassified',
  '/unclassified/:fingerprint',
  '/try',
];

const DOCUMENT = 'index.html';
/** Runs before the modules, and is none. */
const CLASSIC = 'boot.js';
const LIBRARY = ['uPlot.iife.min.js', 'uPlot.min.css'];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** All of it is for who is signed in: a browser that is not is led to the form. */
export function pageRoutes(): Route[] {
  const folder = fileURLToPath(new URL('page', import.meta.url));
  const library = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => extname(name) in CONTENT_TYPES);
  const files = new Map([
    ...own.map((name) => [name, readFileSync(join(folder, name))] as const),
    ...LIBRARY.map((name) => [name, readFileSync(join(library, name))] as const),
  ]);
  const base = `/assets/${digestOf(files)}`;
  const document = readFileSync(join(folder, DOCUMENT), 'utf8')
    .replaceAll('/assets/', `${base}/`)
    .replace('<!-- modules -->\n', preloads(base, own));
  return [
    ...ADDRESSES.map((path) => documentRoute(path, document)),
    ...[...files].map(([name, body]) => fileRoute(`${base}/${name}`, body)),
  ];
}

/** In the addresses of the files, so that browsers keep them until they change. */
function digestOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [name, body] of files) hash.update(`${name}\0${body.length}\0`).update(body);
  return hash.digest('hex').slice(0, 16);
}

/** So that the browser asks for all modules at once, not for one after the other. */
function preloads(base: string, names: readonly string[]): string {
  const modules = names.filter((name) => name.endsWith('.js') && name !== CLASSIC);
  return modules.map((name) => `<link rel="modulepreload" href="${base}/${name}">\n`).join('');
}

function documentRoute(path: string, document: string): Route {
  const forSession = document.replace('<body>', '<body data-signed-in>');
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return {
    method: 'GET',
    path,
    access: 'guarded',
    // Only who came in by the form can go out again.
    handle: (request) => ({ status: 200, headers, body: hasSession(request.headers.cookie) ? forSession : document }),
  };
}

function hasSession(cookies: string | undefined): boolean {
  return [true, false].some((isTls) => cookieIn(cookies, sessionCookieName(isTls)) !== undefined);
}

function fileRoute(path: string, body: Buffer): Route {
  const headers = {
    'content-type': CONTENT_TYPES[extname(path)]!,
    'cache-control': 'private, max-age=31536000, immutable',
  };
  return { method: 'GET', path, access: 'guarded', handle: () => ({ status: 200, headers, body }) };
}
