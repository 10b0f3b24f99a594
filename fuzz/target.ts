/** What is fuzzed: inputs, what is done with one, and what it may cost. */
import type fc from 'fast-check';
import type { Input } from './input.ts';

export interface Budget {
  /** Times the cost of the reference work (`reference.ts`) on as many bytes: linear code stays far below. */
  readonly timesReference: number;
  /** Milliseconds on top, whatever the size. */
  readonly baseMs: number;
  /** Bytes of heap that may be taken for each byte of the input, beside `BASE_HEAP_BYTES`. */
  readonly heapPerByte: number;
}

export interface Target {
  readonly name: string;
  /** One line for people. */
  readonly what: string;
  /** Its part of the inputs, beside the other targets' weights: cheap targets take more. */
  readonly weight: number;
  readonly budget: Budget;
  /** Made once a process. */
  readonly inputs: () => fc.Arbitrary<Input>;
  readonly open: () => Subject | Promise<Subject>;
}

/** A target that is ready. */
export interface Subject {
  /**
   * Gives what it made, so that its size can be measured. Whatever it throws is a finding: declared errors are caught by the
   * target itself.
   */
  run(input: Input): unknown;
  close?(): Promise<void>;
}

/** A promise of the code that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** @throws {Violation} */
export function hold(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Violation(promise);
}
