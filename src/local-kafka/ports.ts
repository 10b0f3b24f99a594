/** Free TCP ports on this machine, and whether something listens on one. */

import { connect, createServer } from 'node:net';

/** Below the ranges from which Linux (32768 up), macOS and Windows (49152 up) give ports to outgoing connections. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const RANDOM_TRIES = 50;

/**
 * A port that nothing listens on at 127.0.0.1. It is not reserved: the caller must cope with losing it to somebody else.
 *
 * Why not simply port 0: that gives a port of the ephemeral range. While a broker is down for a restart, any outgoing
 * connection may take such a port, and a client that retries 127.0.0.1:port can even connect to itself and keep it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < RANDOM_TRIES; tries += 1) {
    const candidate = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if ((await bindOnce(candidate)) !== undefined) return candidate;
  }
  const port = await bindOnce(0);
  if (port === undefined) throw new Error('no free TCP port on 127.0.0.1');
  return port;
}

/** Whether `host:port` takes a TCP connection within `limitMs`. Never rejects. */
export function answers(address: string, limitMs = 2_000): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(limitMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

function bindOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
