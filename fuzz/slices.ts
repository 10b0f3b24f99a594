/** A target's inputs, slice by slice: which ones there are depends on the seed, the target and the number of the slice only. */
import fc from 'fast-check';
import type { Input } from './input.ts';
import type { Target } from './target.ts';

/** Inputs that are in memory at once. */
export const SLICE = 64;

export function sliceOf(target: Target, inputs: fc.Arbitrary<Input>, seed: number, slice: number): Input[] {
  return fc.sample(inputs, { seed: mixed(`${seed} ${target.name} ${slice}`), numRuns: SLICE });
}

/** FNV-1a, as fast-check wants its seeds: 32 bits with a sign. */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
