import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../../chaos/proxy.ts';
import { freePort } from '../../src/local-kafka/ports.ts';

/** A request frame without a body. */
function request(correlationId: number, apiKey: number, clientId: string): Buffer {
  const frame = Buffer.alloc(14 + clientId.length);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt32BE(correlationId, 8);
  frame.writeInt16BE(clientId.length, 12);
  frame.write(clientId, 14);
  return frame;
}

/** A proxy before a server that sends everything back: an answer begins as its request does, with the length. */
async function setUp() {
  const server = createServer((socket) => socket.pipe(socket).on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new FaultProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  await proxy.open(await freePort());
  onTestFinished(async () => {
    if (proxy.listening) await proxy.refuse();
    server.close();
  });
  const open = async (clientId: string) => {
    const socket = connect(proxy.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    let answers = 0;
    socket.on('data', (chunk) => {
      answers += chunk.length / (14 + clientId.length);
    });
    return {
      socket,
      ask: (id: number, apiKey = 3) => socket.write(request(id, apiKey, clientId)),
      answers: () => answers,
    };
  };
  return { proxy, open };
}

const closed = (socket: Socket) => once(socket, 'close').then(() => 'closed');

/** A round trip of another client: whatever was to come through before it has. */
async function roundTrip(client: { ask(id: number): void; answers(): number }): Promise<void> {
  const before = client.answers();
  client.ask(1);
  await expect.poll(client.answers).toBe(before + 1);
}

describe('the proxy', () => {
  it('freezes one client and not another, and gives everything through afterwards', async () => {
    const { proxy, open } = await setUp();
    const [frozen, other] = [await open('frozen'), await open('other')];
    await roundTrip(frozen);
    proxy.freeze('frozen');
    frozen.ask(2);
    const late = await open('frozen');
    late.ask(3);
    await roundTrip(other);
    expect([frozen.answers(), late.answers()]).toEqual([1, 0]);
    proxy.thaw('frozen');
    await expect.poll(() => [frozen.answers(), late.answers()]).toEqual([2, 1]);
  });

  it('holds back what a rule names, and delivers it when the rule is lifted', async () => {
    const { proxy, open } = await setUp();
    const client = await open('c');
    let applied = 0;
    const lift = proxy.addRule({
      applies: ({ apiKey, clientId }) => apiKey === 8 && clientId === 'c',
      treatment: { kind: 'hold' },
      onApplied: () => {
        applied += 1;
      },
    });
    client.ask(1, 8);
    client.ask(2, 12);
    await expect.poll(() => [applied, client.answers()]).toEqual([1, 1]);
    lift();
    await expect.poll(client.answers).toBe(2);
  });

  it('cuts the connections of one client', async () => {
    const { proxy, open } = await setUp();
    const [cut, other] = [await open('cut'), await open('other')];
    await roundTrip(cut);
    await roundTrip(other);
    expect(proxy.connections).toBe(2);
    proxy.cutConnections('cut');
    expect(proxy.connections).toBe(1);
    expect(await closed(cut.socket)).toBe('closed');
    await roundTrip(other);
  });

  it('refuses connections as where nothing listens, and takes them again at the same port', async () => {
    const { proxy, open } = await setUp();
    const client = await open('c');
    const { port } = proxy;
    const gone = closed(client.socket);
    await proxy.refuse();
    expect(await gone).toBe('closed');
    await expect(open('c')).rejects.toThrow('ECONNREFUSED');
    await proxy.open();
    expect(proxy.port).toBe(port);
    await roundTrip(await open('c'));
  });
});
