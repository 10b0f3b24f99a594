/** Runs one input and judges what it did and what it cost. */
import { messageOf } from '../src/errors.ts';
import type { Finding } from './finding.ts';
import { heapBytes, liveHeapBytes } from './heap.ts';
import { type Input, sizeOf } from './input.ts';
import { cpuMs, referenceMsPerByte } from './reference.ts';
import { type Budget, type Subject, Violation } from './target.ts';

/** Any input may take so much heap. */
const BASE_HEAP_BYTES = 32 * 1_048_576;
/**
 * A suspect is measured up to so many times again, and the least counts: other work on the machine only adds, and code that
 * has not run for a while runs slowly at first.
 */
const AGAIN = 10;
/** Inputs that seem to take less of their time are not measured again. */
const WORTH_A_SECOND_LOOK = 0.02;

export interface Examined {
  readonly finding: Finding | undefined;
  readonly ms: number;
  /** Part of the time that the input may take. */
  readonly share: number;
}

export class Examiner {
  readonly #budget: Budget;
  #msPerByte: number;
  /** Without garbage, when it was last measured so. */
  #liveBytes: number;
  /** The most that any input has taken of its time: only what seems to take more is measured again. */
  #worst = WORTH_A_SECOND_LOOK;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#msPerByte = referenceMsPerByte();
    this.#liveBytes = liveHeapBytes();
  }

  async examine(subject: Subject, input: Input): Promise<Examined> {
    const startMs = performance.now();
    const failure = await failureOf(subject, input);
    const ms = performance.now() - startMs;
    const share = ms / this.#limitMs(input);
    if (failure !== undefined) return { finding: failure, ms, share };
    // Garbage of the inputs before counts as well: it makes a suspect now and then, and is collected then.
    if (heapBytes() - this.#liveBytes > this.#limitBytes(input)) {
      const finding = await this.#memoryFinding(subject, input);
      if (finding !== undefined) return { finding, ms, share };
    }
    return share <= this.#worst ? { finding: undefined, ms, share } : this.#timedAgain(subject, input);
  }

  #limitMs(input: Input): number {
    return this.#budget.baseMs + this.#budget.timesReference * sizeOf(input) * this.#msPerByte;
  }

  #limitBytes(input: Input): number {
    return BASE_HEAP_BYTES + this.#budget.heapPerByte * sizeOf(input);
  }

  /** Each time against the reference measured right before; what seems too slow, in processor time. */
  async #timedAgain(subject: Subject, input: Input): Promise<Examined> {
    let best = { ms: Number.POSITIVE_INFINITY, share: Number.POSITIVE_INFINITY };
    for (let i = 0; i < AGAIN && best.share > this.#worst; i++) {
      this.#msPerByte = referenceMsPerByte();
      const [startMs, startCpuMs] = [performance.now(), cpuMs()];
      await failureOf(subject, input);
      const ms = performance.now() - startMs;
      const limitMs = this.#limitMs(input);
      const counted = ms > limitMs ? Math.min(ms, cpuMs() - startCpuMs) : ms;
      if (counted / limitMs < best.share) best = { ms: counted, share: counted / limitMs };
    }
    this.#worst = Math.max(this.#worst, Math.min(best.share, 1));
    if (best.share <= 1) return { finding: undefined, ...best };
    const what = `${best.ms.toFixed(0)} ms of processor time for ${sizeOf(input)} units; allowed are ${this.#limitMs(input).toFixed(0)} ms`;
    return { finding: { kind: 'too-slow', what }, ...best };
  }

  /** What is in use while the result is held, without garbage; the least of several. */
  async #memoryFinding(subject: Subject, input: Input): Promise<Finding | undefined> {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < AGAIN; i++) {
      this.#liveBytes = liveHeapBytes();
      least = Math.min(least, (await liveBytesWith(subject, input)) - this.#liveBytes);
      if (least <= this.#limitBytes(input)) return undefined;
    }
    const what = `${mib(least)} MiB of heap for ${sizeOf(input)} units; allowed are ${mib(this.#limitBytes(input))} MiB`;
    return { kind: 'too-much-memory', what };
  }
}

/** A call of its own: what a frame has held stays in use until it ends. */
async function liveBytesWith(subject: Subject, input: Input): Promise<number> {
  const held = [await subject.run(input)];
  const bytes = liveHeapBytes();
  held.length = 0;
  return bytes;
}

async function failureOf(subject: Subject, input: Input): Promise<Finding | undefined> {
  try {
    const result = subject.run(input);
    if (result instanceof Promise) await result;
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return { kind: 'broken-promise', what: error.message };
    const name = error instanceof Error ? error.name : typeof error;
    const where = error instanceof Error ? (/\n +at ([^\n]+)/.exec(error.stack ?? '')?.[1] ?? '') : '';
    return { kind: 'threw', what: `${name}: ${messageOf(error)}\nat ${where}` };
  }
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
