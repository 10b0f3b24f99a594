/**
 * A number, or a text that is one; NaN for all else. `Number` itself throws for an object whose `toString` is no function, as
 * any JSON object may have it.
 */
export function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}
