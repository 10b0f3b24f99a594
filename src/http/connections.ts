/** Keeps one client from taking all connections. */
import type { Server, Socket } from 'node:net';
import { clientOf } from './rate-limit.ts';

/** Connections beyond `max` of one client are cut at once. Returns what cuts all, also those within their TLS handshake. */
export function limitConnections(server: Server, max: number): () => void {
  const open = new Map<string, Set<Socket>>();
  server.prependListener('connection', (socket) => {
    const client = clientOf(socket.remoteAddress);
    const sockets = open.get(client) ?? new Set();
    if (sockets.size >= max) {
      socket.destroy();
      return;
    }
    open.set(client, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) open.delete(client);
    });
  });
  return () => {
    for (const sockets of open.values()) for (const socket of sockets) socket.destroy();
  };
}
