/** Fuzzes one target: the kept inputs first, then new ones. */
import { setImmediate } from 'node:timers/promises';
import { Examiner } from './examine.ts';
import { causeOf, type Finding } from './finding.ts';
import { liveHeapBytes } from './heap.ts';
import { type Input, sizeOf } from './input.ts';
import { minimise } from './minimise.ts';
import type { ProgressWriter } from './progress.ts';
import { keepRegression, readRegressions } from './regressions.ts';
import { SLICE, sliceOf } from './slices.ts';
import type { Subject, Target } from './target.ts';

export interface Effort {
  readonly seed: number;
  /** Inputs beside the kept ones. */
  readonly runs: number;
  /** Milliseconds, whatever `runs` says. */
  readonly maxMs: number;
}

export interface TargetResult {
  readonly target: string;
  readonly kept: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly largest: number;
  readonly slowest: { readonly ms: number; readonly units: number; readonly share: number };
  readonly findings: readonly KeptFinding[];
}

export interface KeptFinding extends Finding {
  readonly file: string;
}

/** With so many causes found, a target has had enough. */
const MAX_FINDINGS = 5;
const MINIMISE = { maxTries: 1_500, maxMs: 30_000 };
/** What a target may keep for good: its caches are bounded. */
const MAX_LEAK_BYTES = 64 * 1_048_576;

export async function runTarget(
  target: Target,
  { seed, runs, maxMs }: Effort,
  progress: ProgressWriter,
): Promise<TargetResult> {
  const startMs = performance.now();
  const subject = await target.open();
  const examiner = new Examiner(target.budget);
  const byCause = new Map<string, KeptFinding>();
  let slowest = { ms: 0, units: 0, share: 0 };
  let largest = 0;
  const examine = async (input: Input): Promise<Finding | undefined> => {
    const { finding, ms, share } = await examiner.examine(subject, input);
    const units = sizeOf(input);
    largest = Math.max(largest, units);
    if (share > slowest.share) slowest = { ms, units, share };
    return finding;
  };

  const regressions = readRegressions(target.name);
  for (const [index, { file, input }] of regressions.entries()) {
    progress.set({ slice: -1, index });
    const finding = await examine(input);
    if (finding !== undefined) byCause.set(causeOf(finding), { ...finding, file });
  }

  const inputs = target.inputs();
  let count = 0;
  let heapBytes: number | undefined;
  for (let slice = 0; count < runs && byCause.size < MAX_FINDINGS && performance.now() - startMs < maxMs; slice++) {
    progress.set({ slice, index: -1 });
    for (const [index, input] of sliceOf(target, inputs, seed, slice)
      .slice(0, runs - count)
      .entries()) {
      progress.set({ slice, index });
      const finding = await examine(input);
      count++;
      if (finding === undefined || byCause.has(causeOf(finding))) continue;
      byCause.set(causeOf(finding), await kept(target, subject, examiner, input, finding));
    }
    // What an input began and did not wait for shows now.
    progress.set({ slice, index: -1 });
    await setImmediate();
    // Caches, compiled code and the like are there after the first slices.
    if (slice === WARM_SLICES) heapBytes = liveHeapBytes();
  }
  await subject.close?.();
  const leaked = heapBytes === undefined ? 0 : liveHeapBytes() - heapBytes;
  const findings = [...byCause.values()];
  if (leaked > MAX_LEAK_BYTES) {
    const what = `${Math.round(leaked / 1_048_576)} MiB of heap more after ${count} inputs than after ${WARM_SLICES * SLICE}`;
    findings.push({ kind: 'leaks', what, file: `--target ${target.name} --seed ${seed}` });
  }
  const seconds = (performance.now() - startMs) / 1_000;
  return { target: target.name, kept: regressions.length, inputs: count, seconds, largest, slowest, findings };
}

const WARM_SLICES = 20;

async function kept(
  target: Target,
  subject: Subject,
  examiner: Examiner,
  input: Input,
  finding: Finding,
): Promise<KeptFinding> {
  const cause = causeOf(finding);
  let last = finding;
  const shows = async (smaller: Input): Promise<boolean> => {
    const found = (await examiner.examine(subject, smaller)).finding;
    if (found === undefined || causeOf(found) !== cause) return false;
    last = found;
    return true;
  };
  const smallest = await minimise(input, shows, MINIMISE);
  return { ...last, file: keepRegression(target.name, smallest, last) };
}
