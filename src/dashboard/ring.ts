/** Counts of the last so many equal steps of time, in memory of fixed size. */

export class Ring {
  readonly stepMs: number;
  readonly steps: number;
  /** Of all steps but the newest one. */
  private readonly counts: Uint32Array;
  /** Number of the newest step that has counts, counted from 1970, and its count. */
  private head = 0;
  private running = 0;
  /** Sum of the steps before `head` that were asked for last, and how many these were: -1 when that is not known. */
  private before = 0;
  private beforeSteps = -1;

  constructor(stepMs: number, steps: number) {
    this.stepMs = stepMs;
    this.steps = steps;
    this.counts = new Uint32Array(steps);
  }

  /** Nearly always only adds two numbers: of thousands of rings, none stays in the processor's cache. */
  add(atMs: number, count: number): void {
    const step = this.stepAt(atMs);
    if (step !== this.head) {
      this.beforeSteps = -1;
      if (step > this.head || step <= this.head - this.steps) this.begin(step);
      else {
        this.counts[step % this.steps]! += count;
        return;
      }
    }
    this.running += count;
  }

  /** Sum of the newest `steps`, the running one included. */
  sum(nowMs: number, steps: number): number {
    const last = this.stepAt(nowMs);
    if (last === this.head) {
      if (this.beforeSteps !== steps - 1) {
        this.before = this.sumOf(last - steps + 1, last - 1);
        this.beforeSteps = steps - 1;
      }
      return this.before + this.running;
    }
    return this.sumOf(last - steps + 1, last);
  }

  /** Counts of the newest `steps`, oldest first; the last one is not over yet. */
  list(nowMs: number, steps: number = this.steps): number[] {
    const first = this.stepAt(nowMs) - steps + 1;
    return Array.from({ length: steps }, (_, i) => this.at(first + i));
  }

  /** Where the first step of `list` begins, in milliseconds since 1970. */
  startOf(nowMs: number, steps: number = this.steps): number {
    return (this.stepAt(nowMs) - steps + 1) * this.stepMs;
  }

  private sumOf(first: number, last: number): number {
    let sum = 0;
    for (let step = first; step <= last; step++) sum += this.at(step);
    return sum;
  }

  private at(step: number): number {
    if (step === this.head) return this.running;
    return step > this.head || step <= this.head - this.steps ? 0 : this.counts[step % this.steps]!;
  }

  private stepAt(ms: number): number {
    return Math.floor(ms / this.stepMs);
  }

  /** `step` is the newest one from now on. A clock that was set back by more than the ring is long begins anew. */
  private begin(step: number): void {
    const { counts, steps, head } = this;
    counts[head % steps] = this.running;
    if (step - head >= steps || step < head) counts.fill(0);
    else for (let each = head + 1; each <= step; each++) counts[each % steps] = 0;
    this.head = step;
    this.running = 0;
  }
}

const MINUTE_MS = 60_000;
/** A rate of the first seconds would jump. */
const MIN_SPAN_MS = 10_000;

/** Mean per minute of the last `steps` of the ring, the running one for the part of it that has passed. */
export function perMinute(ring: Ring, nowMs: number, steps: number, countedSinceMs: number): number {
  const span = (steps - 1) * ring.stepMs + (nowMs % ring.stepMs);
  const known = Math.max(MIN_SPAN_MS, Math.min(span, nowMs - countedSinceMs));
  return rounded((ring.sum(nowMs, steps) * MINUTE_MS) / known);
}

/** To two places: more would only make answers longer. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
