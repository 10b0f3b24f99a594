/** Errors by type over time, as the page draws them. */
import type { Board } from './board.ts';
import { OTHER_TYPES, type SeenType, WINDOW_STEPS } from './error-types.ts';
import { type Ring, rounded } from './ring.ts';
import type { Chart, Window } from './schema/error-types.ts';
import { isSpike, SPIKE_FLOOR, spikesIn } from './spikes.ts';
import { isoTime } from './text.ts';

/** Types with a line of their own. */
const MAX_SERIES = 10;
const MINUTE_MS = 60_000;

export function chartOf(board: Board, window: Window, nowMs: number): Chart {
  const { shown, rest } = ranked([...board.types.all()], window, nowMs);
  return toChart(board, window, nowMs, shown, rest);
}

/** Of one type; `undefined` has not been seen. */
export function chartOfType(board: Board, type: SeenType | undefined, window: Window, nowMs: number): Chart {
  return toChart(board, window, nowMs, type === undefined ? [] : [type], []);
}

/** The last steps of the 1h chart. */
export function tailOf(board: Board, steps: number, nowMs: number) {
  const { shown, rest } = ranked([...board.types.all()], '1h', nowMs);
  return {
    start: isoTime(board.errors.startOf(nowMs, steps)),
    step_seconds: board.errors.stepMs / 1000,
    series: shown.map(({ id, tenSeconds }) => ({ error_type: id, counts: tenSeconds.list(nowMs, steps) })),
    other: sumOf(rest, '1h', nowMs, steps),
  };
}

/** Whether the last 5 minutes are a spike of the type. */
export function isSpiking(board: Board, type: SeenType, nowMs: number): boolean {
  const { fiveMinutes, tenSeconds } = type;
  const count = tenSeconds.sum(nowMs, fiveMinutes.stepMs / tenSeconds.stepMs);
  if (count < SPIKE_FLOOR) return false;
  return isSpike(count, fiveMinutes.list(nowMs), fiveMinutes.steps - 1, knownFrom(board, fiveMinutes, nowMs));
}

/** The first step of the ring that was counted from its beginning. */
function knownFrom(board: Board, ring: Ring, nowMs: number): number {
  return Math.max(0, Math.ceil((board.startedMs - ring.startOf(nowMs)) / ring.stepMs));
}

function ranked(types: SeenType[], window: Window, nowMs: number): { shown: SeenType[]; rest: SeenType[] } {
  const counted = types
    .map((type) => ({ type, count: ringOf(type, window).sum(nowMs, ringOf(type, window).steps) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.type.id < b.type.id ? -1 : 1))
    .map(({ type }) => type);
  const isOwn = ({ id }: SeenType) => id !== OTHER_TYPES;
  const shown = counted.filter(isOwn).slice(0, MAX_SERIES);
  return { shown, rest: counted.filter((type) => !shown.includes(type)) };
}

function ringOf(type: SeenType, window: Window): Ring {
  return window === '1h' ? type.tenSeconds : type.fiveMinutes;
}

function sumOf(types: readonly SeenType[], window: Window, nowMs: number, steps: number): number[] {
  const sum: number[] = new Array(steps).fill(0);
  for (const type of types) {
    ringOf(type, window)
      .list(nowMs, steps)
      .forEach((count, i) => {
        sum[i]! += count;
      });
  }
  return sum;
}

function toChart(
  board: Board,
  window: Window,
  nowMs: number,
  shown: readonly SeenType[],
  rest: readonly SeenType[],
): Chart {
  const { stepMs, steps } = WINDOW_STEPS[window];
  const startMs = (Math.floor(nowMs / stepMs) - steps + 1) * stepMs;
  return {
    window,
    start: isoTime(startMs),
    known_from: isoTime(board.startedMs),
    step_seconds: stepMs / 1000,
    series: shown.map((type) => ({
      error_type: type.id,
      title: board.catalogView.entry(type.id)?.title ?? null,
      counts: ringOf(type, window).list(nowMs),
    })),
    other: sumOf(rest, window, nowMs, steps),
    spikes: shown.flatMap((type) => spikesOf(board, type, startMs, nowMs)),
  };
}

function spikesOf(board: Board, { id, fiveMinutes }: SeenType, startMs: number, nowMs: number): Chart['spikes'] {
  const { stepMs } = fiveMinutes;
  const firstMs = fiveMinutes.startOf(nowMs);
  const perMinute = (count: number) => rounded((count * MINUTE_MS) / stepMs);
  return spikesIn(fiveMinutes.list(nowMs), knownFrom(board, fiveMinutes, nowMs))
    .map(({ from, to, peak, usual }) => ({
      error_type: id,
      fromMs: Math.max(startMs, firstMs + from * stepMs),
      toMs: Math.min(nowMs, firstMs + to * stepMs),
      per_minute: perMinute(peak),
      usual_per_minute: perMinute(usual),
    }))
    .filter(({ fromMs, toMs }) => toMs > fromMs)
    .map(({ fromMs, toMs, ...spike }) => ({ ...spike, from: isoTime(fromMs), to: isoTime(toMs) }));
}
