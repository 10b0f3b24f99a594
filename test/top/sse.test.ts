import { expect, it } from 'vitest';
import { serverEvents } from '../../src/top/sse.ts';

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

async function all(...parts: readonly (string | Uint8Array)[]) {
  const found = [];
  for await (const event of serverEvents(chunks(...parts))) found.push(event);
  return found;
}

it('finds events however the bytes are cut, and comments between them', async () => {
  const bytes = new TextEncoder().encode(
    'retry: 3000\n\nevent: beat\ndata: {"a":"é"}\n\n: alive\n\ndata: x\n\nevent: cut',
  );
  const expected = [null, { name: 'beat', data: '{"a":"é"}' }, null, { name: 'message', data: 'x' }];
  expect(await all(bytes)).toEqual(expected);
  expect(await all(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
});

it('does not keep what never ends', async () => {
  const part = 'x'.repeat(9_000_000);
  await expect(all(part, part)).rejects.toThrow(/more than 16777216 characters/);
});
