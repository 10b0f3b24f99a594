/** The live page's data in one process: fed with finished batches, asked over HTTP. */
import type { Route } from '../http/route.ts';
import { Board } from './board.ts';
import { type FinishedBatch, type Observations, summarise } from './observations.ts';
import { pageRoutes } from './page-routes.ts';
import type { PartitionId } from './partitions.ts';
import { type DashboardOptions, dashboardRoutes } from './routes.ts';

export class Dashboard {
  readonly routes: readonly Route[];
  private readonly board: Board;
  private readonly now: () => number;

  constructor(options: Omit<DashboardOptions, 'board'>) {
    this.now = options.now;
    this.board = new Board({ catalog: () => options.matcher().catalog, startedMs: this.now() });
    this.routes = [...dashboardRoutes({ ...options, board: this.board }), ...pageRoutes()];
  }

  /** Counts a batch whose records are all acknowledged. */
  add(batch: FinishedBatch): void {
    this.observe(summarise(batch));
  }

  /** The same, of batches that another process has finished. */
  observe(observations: Observations): void {
    this.board.add(observations);
  }

  /** So many records of the partition are not finished yet: also told when a batch begins, in case it never ends. */
  setLag(progress: PartitionId & { readonly lag: number }): void {
    this.board.partitions.setLag(progress, progress.lag, this.now());
  }

  /** This process reads these partitions and no others from now on. */
  assign(partitions: readonly PartitionId[]): void {
    this.board.partitions.assign(partitions);
  }
}
