/** What a parent and its workers tell each other: plain values, over the channel that Node opens between them. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config.ts';
import type { Observations } from '../dashboard/observations.ts';
import type { PartitionId } from '../dashboard/partitions.ts';
import type { ErrorKind } from '../errors.ts';
import type { Phase, Verdict } from '../telemetry/health.ts';
import type { MetricSnapshot } from '../telemetry/metric-snapshot.ts';

export type ToWorker =
  /** The first message. The catalog comes along, so that all workers answer alike whatever happens to the folder. */
  | {
      readonly kind: 'start';
      /** From 1 up. */
      readonly worker: number;
      readonly config: Config;
      readonly catalog: Catalog;
      /** Of the worker in whose place this one comes. */
      readonly previousMemberId: string | undefined;
    }
  /** This catalog answers from the next batch on. */
  | { readonly kind: 'catalog'; readonly catalog: Catalog }
  /** Finish the batches in hand and end. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'report'; readonly report: WorkerReport }
  /** Why it ends: the last message, unless it ends because it was told to. */
  | { readonly kind: 'failed'; readonly error: WorkerError };

export interface WorkerReport {
  readonly health: WorkerHealth;
  readonly metrics: readonly MetricSnapshot[];
  /** Its name in the consumer group, once it has joined. */
  readonly memberId: string | undefined;
  /** Partitions that it reads from now on; absent when they are the same. What follows came later. */
  readonly assigned?: readonly PartitionId[];
  readonly observations: readonly Observations[];
  readonly lags: readonly (PartitionId & { readonly lag: number })[];
}

export interface WorkerHealth {
  readonly phase: Phase;
  /** Why records wait, in sentences. */
  readonly problems: readonly string[];
  readonly live: Verdict;
}

export interface WorkerError {
  readonly kind: ErrorKind;
  readonly message: string;
}
