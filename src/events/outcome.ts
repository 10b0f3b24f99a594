/** What became of one log record. The counts of the four kinds add up to the log records consumed. */
import type { DeadLetter } from './dead-letter.ts';
import type { ResolutionEvent } from './resolution-event.ts';

export type Outcome =
  | { readonly kind: 'resolved'; readonly event: ResolutionEvent }
  | { readonly kind: 'unclassified'; readonly event: ResolutionEvent }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'dead-lettered'; readonly letter: DeadLetter; readonly eventId: string };

export const OUTCOMES = ['resolved', 'unclassified', 'ignored', 'dead-lettered'] as const satisfies Outcome['kind'][];
