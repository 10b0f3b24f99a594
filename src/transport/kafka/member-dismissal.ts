import { retryWhile } from './backoff.ts';
import type { KafkaConnection } from './client.ts';
import { isCoordinatorUnready } from './failure.ts';
import { withCluster } from './low-level.ts';

/** Milliseconds in which a coordinator that is not ready is asked again; well below the wait that this saves. */
const DISMISSAL_TIME_MS = 10_000;

/**
 * Tells the group that the member is gone: it would wait for it until its session timeout. On connections of its own, since
 * a broker answers nothing on one where a member waits for its turn to join.
 * @throws kafkajs' errors, also when the group has no such member.
 */
export function dismissMember(
  connection: KafkaConnection,
  member: { readonly groupId: string; readonly memberId: string },
  signal: AbortSignal,
): Promise<void> {
  return withCluster(connection, signal, async (cluster) => {
    const dismiss = async () => {
      const coordinator = (await cluster.findGroupCoordinator({ groupId: member.groupId })) as unknown as Coordinator;
      await coordinator.leaveGroup(member);
    };
    await retryWhile(dismiss, { mayPass: isCoordinatorUnready, forMs: DISMISSAL_TIME_MS, signal });
  });
}

interface Coordinator {
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}
