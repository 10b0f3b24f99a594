/** Texts that stay in memory. */

/**
 * A copy that shares nothing with where the text was cut from: V8 keeps a whole message alive for a short piece of it.
 * Unpaired surrogates become U+FFFD; the length stays.
 */
export function owned(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

export function ownedOrNull(text: string | null): string | null {
  return text === null ? null : owned(text);
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
