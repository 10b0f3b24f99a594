import type { Letter } from './letter.ts';

export type LetterStatus = 'waiting' | 'redriven';

/** All conditions that are given must hold. */
export interface LetterFilter {
  readonly reason?: string;
  /** Compared without regard to case. */
  readonly app?: string;
  /** Milliseconds since 1970, of the record's own time: included, and not included. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Only these, as `partition:offset`. */
  readonly ids?: ReadonlySet<string>;
}

export function passes(letter: Letter, { reason, app, sinceMs, untilMs, ids }: LetterFilter): boolean {
  const { timestampMs } = letter.record;
  if (reason !== undefined && letter.reason !== reason) return false;
  if (app !== undefined && letter.app.toLowerCase() !== app.toLowerCase()) return false;
  if (sinceMs !== undefined && timestampMs < sinceMs) return false;
  if (untilMs !== undefined && timestampMs >= untilMs) return false;
  return ids === undefined || ids.has(letter.id);
}

/** Why a dead letter cannot or need not be sent back; only the broker knows of `too large`. */
export type Skipped = 'redriven before' | 'too many attempts' | 'from another topic' | 'cut' | 'not ours' | 'too large';

/** `undefined` when it is to be sent back. */
export function whySkipped(
  letter: Letter,
  { status, maxAttempts, inputTopic }: { status: LetterStatus; maxAttempts: number; inputTopic: string },
): Exclude<Skipped, 'too large'> | undefined {
  if (status === 'redriven') return 'redriven before';
  if (letter.source === undefined) return 'not ours';
  if (letter.source.topic !== inputTopic) return 'from another topic';
  if (letter.isCut) return 'cut';
  if (letter.attempt >= maxAttempts) return 'too many attempts';
  return undefined;
}
