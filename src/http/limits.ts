/** What one process spends on HTTP at most, whoever asks. Tests make the times shorter. */

export interface HttpLimits {
  /** Of the request line and all headers; more is answered with 431. */
  readonly headerBytes: number;
  /** Until all headers are there; a slower client is cut off. */
  readonly headersMs: number;
  /** Until the whole request is there; at least `headersMs`. */
  readonly requestMs: number;
  /** An idle connection is kept for so long between two requests. */
  readonly keepAliveMs: number;
  /** A connection on which nothing moves within a request or an answer is cut off. */
  readonly idleMs: number;
  readonly connections: number;
  /** Of one client, so that it cannot take all of them. */
  readonly connectionsPerClient: number;
  /** Further ones on the same connection are refused. */
  readonly requestsPerConnection: number;
  /** A client may save up `BURST_SECONDS` of them. */
  readonly requestsPerSecond: number;
  /** Clients whose requests are counted; the one heard of longest ago is forgotten. */
  readonly clients: number;
  readonly streams: number;
  /** What may wait for one reader of a stream. */
  readonly streamBufferBytes: number;
  /** Then the reader has to come back, and to be signed in still. */
  readonly streamLifetimeMs: number;
  /** Between two signs of life in a stream. */
  readonly heartbeatMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headerBytes: 16_384,
  headersMs: 10_000,
  requestMs: 20_000,
  // Above the usual interval of Prometheus, which then keeps its connection.
  keepAliveMs: 30_000,
  idleMs: 60_000,
  connections: 256,
  connectionsPerClient: 128,
  requestsPerConnection: 1_000,
  requestsPerSecond: 50,
  clients: 10_000,
  streams: 64,
  streamBufferBytes: 1_048_576,
  streamLifetimeMs: 3_600_000,
  heartbeatMs: 15_000,
};

/** Requests of so many seconds may come at once: a page with its files, or several pages behind one address. */
export const BURST_SECONDS = 4;

/** Of the body of a POST, where its route does not say. */
export const MAX_BODY_BYTES = 65_536;
