import type { ResolutionEvent } from './resolution-event.ts';

/** How resolution events stand on the wire. */
export interface EventCodec {
  encode(event: ResolutionEvent): Buffer;
  /** Takes what `encode` gave. */
  decode(value: Buffer): ResolutionEvent;
}

export const JSON_CODEC: EventCodec = {
  encode: (event) => Buffer.from(JSON.stringify(event)),
  decode: (value) => JSON.parse(value.toString('utf8')),
};
