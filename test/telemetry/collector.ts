/** A stream that keeps what is written to it. */
import { Writable } from 'node:stream';

export function collector(): { readonly stream: Writable; readonly take: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const take = () => {
    const taken = text;
    text = '';
    return taken;
  };
  return { stream, take };
}
