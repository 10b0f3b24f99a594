/** The client against a real server with the real API. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Dashboard } from '../../src/dashboard/dashboard.ts';
import { DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { TopClient } from '../../src/top/client.ts';
import { VERSION } from '../../src/version.ts';
import { batchOf, eventOf, START_MS } from '../dashboard/events.ts';
import { serve, TOKEN } from '../http/serve.ts';
import { matcher } from '../pipeline/records.ts';

async function service(token?: string) {
  const dashboard = new Dashboard({
    matcher: () => matcher,
    redactor: DEFAULT_REDACTOR,
    status: () => ({ phase: 'running', problems: [] }),
    version: VERSION,
    now: () => START_MS,
  });
  const server = await serve({ routes: dashboard.routes, ...(token === undefined ? {} : { token }) });
  return { ...server, dashboard };
}

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'triage-top-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'token');
  writeFileSync(path, text);
  return path;
}

describe('TopClient', () => {
  it('gets the overview, and what happens after it', async () => {
    const { url, dashboard } = await service();
    const client = new TopClient({ url: `${url}/`, tokenFile: undefined });
    dashboard.add(batchOf({ atMs: START_MS, events: [eventOf()] }));
    expect((await client.overview()).totals.records).toBe(1);
    const end = new AbortController();
    const kinds: string[] = [];
    for await (const news of client.news(end.signal)) {
      kinds.push(news.kind);
      if (news.kind === 'snapshot') dashboard.add(batchOf({ atMs: START_MS, events: [eventOf()] }));
      if (news.kind !== 'update') continue;
      expect(news.update.totals.records).toBe(2);
      break;
    }
    expect(kinds).toEqual(['snapshot', 'update']);
  });

  it('signs in with the token of a file, and says what to do without one or with a wrong one', async () => {
    const { url } = await service(TOKEN);
    const tokenFile = file(`${TOKEN}\n`);
    expect((await new TopClient({ url, tokenFile }).overview()).version).toBe(VERSION);
    const without = new TopClient({ url, tokenFile: undefined }).overview();
    await expect(without).rejects.toMatchObject({
      kind: 'access',
      message: expect.stringContaining('by --token-file'),
    });
    const wrong = new TopClient({ url, tokenFile: file('another-token-of-some-length') }).overview();
    await expect(wrong).rejects.toMatchObject({ kind: 'access', message: expect.stringContaining('is wrong') });
  });

  it('does not show what stands in a file that holds no token', () => {
    const tokenFile = file('first line of a secret\nsecond line');
    const open = () => new TopClient({ url: 'http://127.0.0.1:1234', tokenFile });
    expect(open).toThrow(/--token-file: .* has 34 characters; expected 16 to 512/);
    expect(open).not.toThrow(/secret/);
  });

  it.each(['', 'foo', '127.0.0.1:9464', 'ftp://x', 'http://a:b@x', 'http://x/?a=b'])(
    'refuses the address %j',
    (url) => {
      expect(() => new TopClient({ url, tokenFile: undefined })).toThrow(/--url: expected an address such as/);
    },
  );

  it('says that nobody answers', async () => {
    const { url, close } = await service();
    await close();
    const client = new TopClient({ url, tokenFile: undefined });
    await expect(client.overview()).rejects.toMatchObject({
      kind: 'transport',
      message: expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*http\.port/),
    });
  });

  it.each([
    ['no JSON', '<html>'],
    ['other JSON', '{"pipeline":7}'],
    ['what would steer the terminal', '\u001b[2J\u009b2J'],
  ])('takes nothing else for the service: %s', async (_, body) => {
    const answer = { status: 200, body };
    const { url } = await serve({
      routes: [{ method: 'GET', path: '/api/v1/overview', access: 'open', handle: () => answer }],
    });
    const client = new TopClient({ url, tokenFile: undefined });
    await expect(client.overview()).rejects.toMatchObject({
      retriable: false,
      message: expect.stringMatching(/^[\x20-\x7e]+: expected the API of connector-triage, found [\x20-\x7e]+$/),
    });
  });

  it('says of news that are none whose they are, and does not try again', async () => {
    const { url } = await rawServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nevent: update\ndata: \u001b[2J\n\n'),
    );
    const news = new TopClient({ url, tokenFile: undefined }).news(new AbortController().signal);
    await expect(news.next()).rejects.toMatchObject({ retriable: false, message: expect.stringMatching(/no JSON$/) });
  });

  it('tries again when an answer breaks off in the middle', async () => {
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"now":', () => socket.destroy());
    });
    const client = new TopClient({ url, tokenFile: undefined });
    await expect(client.overview()).rejects.toMatchObject({
      retriable: true,
      message: expect.stringContaining('cannot be reached'),
    });
  });
});

/** Answers a request with what it likes. */
async function rawServer(answer: (socket: Socket) => void): Promise<{ readonly url: string }> {
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => answer(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
