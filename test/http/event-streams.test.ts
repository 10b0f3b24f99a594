import { get, type IncomingMessage } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import type { EventStream, Route } from '../../src/http/route.ts';
import { ask, open, serve, TOKEN } from './serve.ts';

/** A route whose streams the test holds. */
function streaming() {
  const streams: EventStream[] = [];
  let opened = Promise.withResolvers<EventStream>();
  const route: Route = {
    method: 'GET',
    path: '/events',
    access: 'guarded',
    handle: () => ({
      stream: (events) => {
        streams.push(events);
        opened.resolve(events);
        opened = Promise.withResolvers();
      },
    }),
  };
  return { route, streams, next: () => opened.promise };
}

/** A reader that has got the head of the answer. */
function read(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, resolve).on('error', reject);
    onTestFinished(() => void request.destroy());
  });
}

/** Reads until the text so far fits. */
async function until(response: IncomingMessage, pattern: RegExp): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response.iterator({ destroyOnReturn: false })) {
    text += part;
    if (pattern.test(text)) return text;
  }
  throw new Error(`the stream ended with ${text}`);
}

function ended({ signal }: EventStream): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

it('readers get what is sent, and the route hears when they leave', async () => {
  const { route, next } = streaming();
  const { url } = await serve({ routes: [route] });
  const opened = next();
  const response = await read(`${url}/events`);
  const events = await opened;
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'content-security-policy': expect.any(String),
  });
  expect(events.send('data: 1\n\n')).toBe(true);
  expect(events.send(Buffer.from('data: é\n\n'))).toBe(true);
  expect(await until(response, /é\n\n/)).toBe('retry: 3000\n\ndata: 1\n\ndata: é\n\n');
  response.destroy();
  await ended(events);
  expect(events.send('data: 2\n\n')).toBe(false);
});

it('a reader that does not read is cut off once too much waits for it; others go on', async () => {
  const { route, next } = streaming();
  const { url, port } = await serve({ routes: [route], limits: { streamBufferBytes: 100_000 } });
  const slowOpened = next();
  const slow = open(port);
  slow.socket.pause();
  slow.socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const slowEvents = await slowOpened;
  const quickOpened = next();
  const quick = await read(`${url}/events`);
  const quickEvents = await quickOpened;
  const part = Buffer.alloc(50_000, ':');
  let sent = 0;
  while (slowEvents.send(part)) {
    sent += part.length;
    expect(sent).toBeLessThan(100_000_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended(slowEvents);
  expect(quickEvents.send('data: on\n\n')).toBe(true);
  expect(await until(quick, /on\n\n/)).toContain('data: on');
});

it('there are so many streams and no more, and one that ends makes room', async () => {
  const { route, streams } = streaming();
  const { url } = await serve({ routes: [route], limits: { streams: 1 } });
  const first = await read(`${url}/events`);
  expect(await ask(`${url}/events`)).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
  first.destroy();
  await ended(streams[0]!);
  expect((await read(`${url}/events`)).statusCode).toBe(200);
});

it('a stream shows that it lives, and ends after its time', async () => {
  const { route, next } = streaming();
  const { url } = await serve({ routes: [route], limits: { heartbeatMs: 20, streamLifetimeMs: 300 } });
  const opened = next();
  const response = await read(`${url}/events`);
  expect(await until(response, /\n:\n\n/)).toContain('retry: 3000\n\n:\n\n');
  await ended(await opened);
});

it('a stranger gets no stream, and HEAD opens none', async () => {
  const { route, streams } = streaming();
  const { url } = await serve({ routes: [route], token: TOKEN });
  expect(await ask(`${url}/events`)).toMatchObject({ status: 401 });
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect(await ask(`${url}/events`, { method: 'HEAD', headers })).toMatchObject({ status: 200, body: '' });
  expect(streams).toEqual([]);
});

it('a route that fails while it begins ends the stream', async () => {
  const stream = () => {
    throw new Error('broken');
  };
  const { url, logger } = await serve({
    routes: [{ method: 'GET', path: '/events', access: 'guarded', handle: () => ({ stream }) }],
  });
  await expect(ask(`${url}/events`)).rejects.toThrow();
  expect(logger.at('error')).toMatchObject([{ fields: { error: 'broken' } }]);
});
