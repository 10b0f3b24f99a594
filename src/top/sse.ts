/** Server-sent events out of the bytes of an answer: as far as our own server writes them, names and one line of data. */

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** A snapshot of 100 rows takes some 200 KB: what is longer comes from something else. */
const MAX_CHARS = 16_777_216;

/** Gives null for a comment, which says that the connection stands. @throws {Error} when an event is too long. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent | null> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = parts.pop()!;
    if (rest.length > MAX_CHARS) throw new Error(`an event of more than ${MAX_CHARS} characters`);
    for (const part of parts) yield eventOf(part);
  }
}

function eventOf(text: string): ServerEvent | null {
  const field = (name: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field('data');
  return data === undefined ? null : { name: field('event') ?? 'message', data };
}
