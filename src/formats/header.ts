/** Headers of a record as texts. */
import type { Headers } from '../transport/port.ts';

/** UTF-8; of several with this name the last one, as Kafka's `lastHeader`. `undefined` where it is absent or empty. */
export function headerText(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null || last.length === 0 ? undefined : last.toString();
}

/** Of all names and values together. */
export function headerBytes(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value].flat()) bytes += Buffer.byteLength(name) + Buffer.byteLength(each ?? '');
  }
  return bytes;
}
