/** Something wrong that an input brought to light. */

export type FindingKind = 'threw' | 'broken-promise' | 'too-slow' | 'too-much-memory' | 'hangs' | 'leaks';

export interface Finding {
  readonly kind: FindingKind;
  /** What happened, in a sentence. */
  readonly what: string;
}

/** Equal for findings that most likely have one cause: numbers and quoted pieces do not count. */
export function causeOf({ kind, what }: Finding): string {
  return `${kind}: ${what
    .split('\n')[0]!
    .replace(/"[^"]*"|'[^']*'/g, '""')
    .replace(/\d+/g, '0')
    .slice(0, 120)}`;
}
