import { expect, test } from 'vitest';
import { lifetimeMs } from '../../../src/transport/kafka/client-credentials.ts';
import { TokenCache } from '../../../src/transport/kafka/token-cache.ts';
import { RecordingLogger } from '../recording-logger.ts';

function cacheOf(lifetimeMs: number | undefined) {
  const state = { nowMs: 0, fetches: 0, broken: false };
  const logger = new RecordingLogger();
  const fetch = async () => {
    state.fetches++;
    if (state.broken) throw new Error('endpoint down');
    return { value: `token ${state.fetches}`, lifetimeMs };
  };
  return { state, logger, cache: new TokenCache(fetch, logger, () => state.nowMs) };
}

test('a token is used again for four fifths of its life, then a new one is fetched', async () => {
  const { state, cache } = cacheOf(1_000_000);
  expect((await cache.token()).value).toBe('token 1');
  state.nowMs = 799_999;
  expect((await cache.token()).value).toBe('token 1');
  state.nowMs = 800_000;
  expect((await cache.token()).value).toBe('token 2');
});

test('many who ask at once cause one fetch', async () => {
  const { state, cache } = cacheOf(1_000_000);
  await Promise.all(Array.from({ length: 10 }, () => cache.token()));
  expect(state.fetches).toBe(1);
});

test.each([undefined, 0, 20_000])(
  'a token of unknown or short life (%s ms) is used for one login only',
  async (life) => {
    const { state, cache } = cacheOf(life);
    await cache.token();
    await cache.token();
    expect(state.fetches).toBe(2);
  },
);

test('while no new one is to be had, the last one is used to its end', async () => {
  const { state, cache, logger } = cacheOf(1_000_000);
  await cache.token();
  state.broken = true;
  state.nowMs = 999_999;
  expect((await cache.token()).value).toBe('token 1');
  expect(logger.at('warn')).toMatchObject([{ fields: { reason: 'endpoint down' } }]);
  state.nowMs = 1_000_000;
  await expect(cache.token()).rejects.toThrow('endpoint down');
  state.broken = false;
  expect((await cache.token()).value).toBe('token 4');
});

test('a token that was refused is not used again', async () => {
  const { cache } = cacheOf(1_000_000);
  await cache.token();
  cache.forget();
  expect((await cache.token()).value).toBe('token 2');
});

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;

test.each<[name: string, expiresIn: unknown, token: string, ms: number | undefined]>([
  ['what the endpoint says', 300, 'opaque', 300_000],
  ['the same as a text', '300', 'opaque', 300_000],
  ['what the token says, by its own clock', undefined, jwt({ iat: 1_000, exp: 1_060 }), 60_000],
  ['the shorter one', 300, jwt({ iat: 1_000, exp: 1_060 }), 60_000],
  ['nothing is known', undefined, 'opaque', undefined],
  ['nothing sensible is said', -5, jwt({ exp: 'soon' }), undefined],
])('the life of a token: %s', (_name, expiresIn, token, ms) => {
  expect(lifetimeMs(expiresIn, token)).toBe(ms);
});
