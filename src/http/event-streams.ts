/** The server-sent events under way: how many, how long, how much waits for each. */
import type { ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from './headers.ts';
import type { HttpLimits } from './limits.ts';
import type { EventStream } from './route.ts';

type Limits = Pick<HttpLimits, 'streams' | 'streamBufferBytes' | 'streamLifetimeMs' | 'heartbeatMs'>;

/** Readers come back so many milliseconds after the end of a stream. */
const RETRY_MS = 3_000;

/** Also keeps proxies from holding events back until there are more of them. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'content-type': 'text/event-stream',
  'x-accel-buffering': 'no',
};

export class EventStreams {
  readonly #limits: Limits;
  readonly #open = new Set<Reader>();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#limits.streams;
  }

  /** Sends the head of the answer. */
  open(response: ServerResponse): EventStream {
    const reader = new Reader(response, this.#limits);
    this.#open.add(reader);
    reader.signal.addEventListener('abort', () => {
      this.#open.delete(reader);
      if (this.#open.size === 0) clearInterval(this.#heartbeat);
    });
    if (this.#open.size === 1) {
      this.#heartbeat = setInterval(() => {
        for (const each of this.#open) each.send(':\n\n');
      }, this.#limits.heartbeatMs).unref();
    }
    response.writeHead(200, STREAM_HEADERS);
    reader.send(`retry: ${RETRY_MS}\n\n`);
    return reader;
  }
}

class Reader implements EventStream {
  readonly #response: ServerResponse;
  readonly #maxBytes: number;
  readonly #ended = new AbortController();

  constructor(response: ServerResponse, { streamBufferBytes, streamLifetimeMs }: Limits) {
    this.#response = response;
    this.#maxBytes = streamBufferBytes;
    const over = setTimeout(() => response.end(), streamLifetimeMs).unref();
    response.once('close', () => {
      clearTimeout(over);
      this.#ended.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  send(text: string | Buffer): boolean {
    if (this.#response.writableEnded || this.#response.destroyed) return false;
    this.#response.write(text);
    if (this.#response.writableLength <= this.#maxBytes) return true;
    this.#response.destroy();
    return false;
  }
}
