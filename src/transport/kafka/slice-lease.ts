import { messageOf, TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import { unlessAborted } from './backoff.ts';
import { isGroupChange, isRebalanceAnnounced } from './failure.ts';
import type { GroupMembership } from './group-membership.ts';

interface LeaseOptions {
  readonly membership: GroupMembership;
  readonly logger: TransportLogger;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceGraceMs: number;
  /** Aborts when nobody waits for the handler any longer, with the reason. */
  readonly givenUp: AbortSignal;
}

/**
 * Keeps one slice's partition while its handler works. An announced rebalance waits for us up to the rebalance timeout,
 * so a slice gets a grace period to finish and commit instead of being read twice; once the partition is gone, or the
 * period is over, `keepAlive` rejects and the handler with it. So it does when the slice is given up for a stop.
 */
export class SliceLease {
  /** What ended the lease; to be thrown into kafkajs, which then joins the group again. */
  lost: unknown;
  readonly #heartbeat: () => Promise<void>;
  readonly #options: LeaseOptions;
  /** kafkajs throttles heartbeats that succeed; those that failed are throttled here. */
  #notBeforeMs = 0;

  constructor(heartbeat: () => Promise<void>, options: LeaseOptions) {
    this.#heartbeat = heartbeat;
    this.#options = options;
  }

  async keepAlive(): Promise<void> {
    const { membership, logger, heartbeatIntervalMs, givenUp } = this.#options;
    givenUp.throwIfAborted();
    if (membership.change !== undefined) this.#endUnlessInGrace(membership.change);
    if (performance.now() < this.#notBeforeMs) return;
    try {
      // Without an answer it takes 30 s to fail.
      await unlessAborted(this.#heartbeat(), givenUp);
    } catch (error) {
      givenUp.throwIfAborted();
      this.#notBeforeMs = performance.now() + heartbeatIntervalMs;
      if (!isGroupChange(error)) {
        // The coordinator is away. The records stay ours until it says otherwise.
        logger.debug({ error: messageOf(error) }, 'heartbeat failed, trying again');
        return;
      }
      membership.changed(error, performance.now());
      this.#endUnlessInGrace(error);
    }
  }

  #endUnlessInGrace(change: unknown): void {
    const { membership, rebalanceGraceMs } = this.#options;
    const waitedMs = performance.now() - membership.changeKnownAtMs;
    if (this.lost === undefined && isRebalanceAnnounced(change) && waitedMs < rebalanceGraceMs) return;
    this.lost = change;
    throw new TriageError('transport', `The partition is handed to another consumer: ${messageOf(change)}`, {
      cause: change,
      retriable: true,
    });
  }
}
