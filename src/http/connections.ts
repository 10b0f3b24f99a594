/** Keeps one client from taking all connections. */
import type { Server } from 'node:net';
import { clientOf } from './rate-limit.ts';

/** Connections beyond `max` of one client are cut at once. */
export function limitConnections(server: Server, max: number): void {
  const counts = new Map<string, number>();
  server.prependListener('connection', (socket) => {
    const client = clientOf(socket.remoteAddress);
    const count = (counts.get(client) ?? 0) + 1;
    if (count > max) {
      socket.destroy();
      return;
    }
    counts.set(client, count);
    socket.once('close', () => {
      const left = counts.get(client)! - 1;
      if (left === 0) counts.delete(client);
      else counts.set(client, left);
    });
  });
}
