import { expect, test } from 'vitest';
import type { Route } from '../../src/http/route.ts';
import { Router } from '../../src/http/router.ts';

function route(method: Route['method'], path: string): Route {
  return { method, path, access: 'guarded', handle: () => ({ status: 200, body: path }) };
}

const routes = [
  route('GET', '/types/:id'),
  route('GET', '/types/new'),
  route('POST', '/types/:id'),
  route('GET', '/types/:id/draft'),
];
const router = new Router(routes);

test.each([
  ['GET', '/types/new', '/types/new', {}],
  ['GET', '/types/box.x', '/types/:id', { id: 'box.x' }],
  ['HEAD', '/types/box.x', '/types/:id', { id: 'box.x' }],
  ['GET', '/types/a%2Fb/draft', '/types/:id/draft', { id: 'a/b' }],
  ['POST', '/types/new', '/types/:id', { id: 'new' }],
])('%s %s goes to %s', (method, path, to, params) => {
  expect(router.find(method, path)).toMatchObject({ kind: 'route', route: { path: to }, params });
});

test.each(['/', '/types', '/types/', '/types/a/', '/types/a/b', 'types/a', '/types/a/draft/x', ''])(
  'nothing is at %j',
  (path) => {
    expect(router.find('GET', path)).toEqual({ kind: 'nothing' });
  },
);

test('another method is told which ones there are', () => {
  expect(router.find('DELETE', '/types/new')).toEqual({ kind: 'method', allowed: ['GET', 'HEAD', 'POST'] });
  expect(router.find('POST', '/types/a/draft')).toEqual({ kind: 'method', allowed: ['GET', 'HEAD'] });
});

test('two routes for the same requests are a mistake', () => {
  expect(() => new Router([route('GET', '/a/:b'), route('GET', '/a/:c')])).toThrow('two routes for GET /a/:');
});
