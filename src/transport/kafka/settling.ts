import { isTransactionSettling } from './failure.ts';

/** For `retryWhile`: the end of a transaction is written to all its partitions after the answer to it. */
export const SETTLING = {
  mayPass: isTransactionSettling,
  forMs: 10_000,
  backoff: { firstMs: 4, maxMs: 200 },
} as const;
