/** The process in which targets run, one after another: see `supervise.ts`. */
import { once } from 'node:events';
import { ProgressWriter } from './progress.ts';
import { type Effort, runTarget, type TargetResult } from './run-target.ts';
import { targetCalled } from './targets.ts';

export interface Task extends Effort {
  readonly target: string;
}

/** The one message that the process gets; it answers with a `TargetResult` for each task, and ends. */
export interface WorkerInput {
  readonly tasks: readonly Task[];
  /** Path of the file for the progress. */
  readonly progress: string;
}

// Nobody is left to tell.
process.once('disconnect', () => process.exit());

const [{ tasks, progress }] = (await once(process, 'message')) as [WorkerInput];
const writer = new ProgressWriter(progress);
for (const { target, ...effort } of tasks) {
  const result: TargetResult = await runTarget(targetCalled(target), effort, writer);
  process.send?.(result);
}
writer.close();
process.removeAllListeners('disconnect');
process.disconnect();
