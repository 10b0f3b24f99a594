/**
 * Several "processes" within one test: what one of them does can be told from the others by its connections, so that one
 * can die as by `kill -9`, and the group can be made to notice at once instead of after its session timeout.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { PartitionAssigners } from 'kafkajs';
import { newName, plainKafka } from '../../kafka-support.ts';

/** One process: everything that is called through `within` belongs to it, and what comes of that. */
export class FakeProcess {
  /** Client id of its connections, by which its members of a group are known. */
  readonly clientId = newName('process');
  readonly #sockets = new Set<Socket>();
  #dead = false;

  within<T>(what: () => T): T {
    return current.run(this, what);
  }

  /** Cuts its connections, and every one it tries to open from now on. */
  die(): void {
    this.#dead = true;
    for (const socket of this.#sockets) socket.destroy(new Error('this process is dead'));
  }

  opened(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Node first finishes its call of connect.
    if (this.#dead) setImmediate(() => socket.destroy(new Error('this process is dead')));
  }
}

const current = new AsyncLocalStorage<FakeProcess>();
subscribe('net.client.socket', (message) => {
  current.getStore()?.opened((message as { socket: Socket }).socket);
});

/** Removes members from the group, as the broker does when their session times out. They are not told. */
export async function dismissMembers(
  brokers: readonly string[],
  groupId: string,
  processes: readonly FakeProcess[],
): Promise<void> {
  const kafka = plainKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]);
  await admin.disconnect();
  const clientIds = new Set(processes.map(({ clientId }) => clientId));
  const members = groups.flatMap((group) => group.members).filter(({ clientId }) => clientIds.has(clientId));
  let cluster: Coordinators | undefined;
  const consumer = kafka.consumer({
    groupId,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster as unknown as Coordinators;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [] });
  const coordinator = await cluster!.findGroupCoordinator({ groupId });
  for (const { memberId } of members) await coordinator.leaveGroup({ groupId, memberId });
  await consumer.disconnect();
}

/** What kafkajs' types leave out. */
interface Coordinators {
  findGroupCoordinator(group: { groupId: string }): Promise<{
    leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
  }>;
}
