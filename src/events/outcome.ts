/** What became of one record. The counts of the four kinds add up to the records consumed. */
import type { DeadLetter } from './dead-letter.ts';
import type { ResolutionEvent } from './resolution-event.ts';

export type Outcome =
  | { readonly kind: 'resolved'; readonly event: ResolutionEvent }
  | { readonly kind: 'unclassified'; readonly event: ResolutionEvent }
  | { readonly kind: 'ignored'; readonly id: string | undefined; readonly app: string | undefined }
  | { readonly kind: 'dead-lettered'; readonly letter: DeadLetter };

export const OUTCOMES = ['resolved', 'unclassified', 'ignored', 'dead-lettered'] as const satisfies Outcome['kind'][];
