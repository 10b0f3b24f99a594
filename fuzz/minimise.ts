/** The smallest input that still shows the finding, as far as leaving things out leads (delta debugging). */
import type { Input, Part } from './input.ts';

export interface MinimiseLimits {
  readonly maxTries: number;
  /** Milliseconds. */
  readonly maxMs: number;
}

/** `fails`: whether an input still shows it. Gives the input itself when nothing can be left out. */
export async function minimise(
  input: Input,
  fails: (smaller: Input) => Promise<boolean>,
  { maxTries, maxMs }: MinimiseLimits,
): Promise<Input> {
  const endMs = performance.now() + maxMs;
  let tries = 0;
  let smallest = input;
  const attempt = async (smaller: Input): Promise<boolean> => {
    if (tries++ >= maxTries || performance.now() > endMs || !(await fails(smaller))) return false;
    smallest = smaller;
    return true;
  };
  for (let i = smallest.length - 1; i >= 0; i--) await attempt(smallest.filter((_, index) => index !== i));
  for (let i = 0; i < smallest.length; i++) {
    for (let size = smallest[i]![1].length; size >= 1; size = Math.floor(size / 2)) {
      let from = 0;
      while (from < smallest[i]![1].length && tries < maxTries) {
        if (!(await attempt(without(smallest, i, from, size)))) from += size;
      }
    }
  }
  return smallest;
}

function without(input: Input, index: number, from: number, count: number): Input {
  return input.map(([name, part], i) => [name, i === index ? cutOut(part, from, count) : part] as const);
}

function cutOut(part: Part, from: number, count: number): Part {
  if (typeof part === 'string') return part.slice(0, from) + part.slice(from + count);
  return Buffer.concat([part.subarray(0, from), part.subarray(from + count)]);
}
