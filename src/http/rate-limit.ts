/** How often a client may ask: a token bucket for each, in a table of bounded size. */
import { isIPv6 } from 'node:net';
import { BURST_SECONDS, type HttpLimits } from './limits.ts';

interface Bucket {
  /** Requests that are left; below 0, so many have to come back first. */
  left: number;
  atMs: number;
}

export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #maxClients: number;
  readonly #now: () => number;
  /** In the order in which the clients were last heard of. */
  readonly #buckets = new Map<string, Bucket>();

  /** `now`: milliseconds; a clock that is set back costs nobody more than a pause. */
  constructor({ requestsPerSecond, clients }: Pick<HttpLimits, 'requestsPerSecond' | 'clients'>, now: () => number) {
    this.#perMs = requestsPerSecond / 1000;
    this.#burst = requestsPerSecond * BURST_SECONDS;
    this.#maxClients = clients;
    this.#now = now;
  }

  /** Takes one request of the client; false when it has none left. */
  take(client: string): boolean {
    const bucket = this.#bucketOf(client);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  /** Takes further requests away, also those that are yet to come, so that waiting makes none cheaper; at most a burst. */
  charge(client: string, requests: number): void {
    const bucket = this.#bucketOf(client);
    bucket.left = Math.max(-this.#burst, bucket.left - requests);
  }

  #bucketOf(client: string): Bucket {
    const nowMs = this.#now();
    const bucket = this.#buckets.get(client) ?? { left: this.#burst, atMs: nowMs };
    bucket.left = Math.min(this.#burst, bucket.left + Math.max(0, nowMs - bucket.atMs) * this.#perMs);
    bucket.atMs = nowMs;
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > this.#maxClients) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return bucket;
  }
}

/** Who counts as one client: an IPv4 address, or the /64 network of an IPv6 address, which one machine has to itself. */
export function clientOf(remoteAddress: string | undefined): string {
  const address = (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'), ...tail.split(':'));
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
