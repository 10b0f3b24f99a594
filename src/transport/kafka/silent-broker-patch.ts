/**
 * Mends how kafkajs 2.2.4 meets a broker that takes connections and says nothing, as a suspended process or one with a hung
 * disk does. The first question on a connection waits for the 30 s of any request, and when it was in vain the connection
 * stays and counts as one: every request fails then, and no other bootstrap broker is tried. Later connections ask nothing
 * at first, and the silence is noticed when a request has waited for as long. Here every new connection asks, but for those
 * that only fetch, and is cut when there is no answer within the connection timeout.
 */

import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { SAYS_NOTHING } from './failure.ts';

interface Connection {
  readonly socket?: Socket;
  isConnected(): boolean;
}

interface Broker {
  versions: unknown;
  /** The first connection is for all but fetches. */
  readonly connectionPool: { readonly connectionTimeout: number; readonly pool: readonly [Connection, Connection] };
  connect(): Promise<void>;
  apiVersions(): Promise<unknown>;
}

let patched = false;

/** Idempotent. @throws {Error} when kafkajs is another version than the one this was written for. */
export function patchSilentBroker(): void {
  if (patched) return;
  const brokerClass: unknown = createRequire(import.meta.url)('kafkajs/src/broker/index.js');
  if (!isBrokerClass(brokerClass)) throw new Error('kafkajs has no Broker.apiVersions: it is not version 2.2.4.');
  const { prototype } = brokerClass;
  const { connect, apiVersions } = prototype;
  const attempts = new WeakMap<Broker, Promise<void>>();

  prototype.connect = function connectAndAsk(this: Broker): Promise<void> {
    let attempt = attempts.get(this);
    if (attempt === undefined) {
      // kafkajs does not ask for what it knows. A connection in use is not asked: it only has to log in again.
      if (!this.connectionPool.pool[0].isConnected()) this.versions = null;
      attempt = connect.call(this).finally(() => attempts.delete(this));
      attempts.set(this, attempt);
    }
    return attempt;
  };

  prototype.apiVersions = async function askInTime(this: Broker): Promise<unknown> {
    const { connectionTimeout, pool } = this.connectionPool;
    const cut = () => {
      const error = new Error(`no answer within ${connectionTimeout} ms`);
      pool[0].socket?.destroy(Object.assign(error, { code: SAYS_NOTHING }));
    };
    const timer = setTimeout(cut, connectionTimeout);
    try {
      return await apiVersions.call(this);
    } finally {
      clearTimeout(timer);
    }
  };
  patched = true;
}

function isBrokerClass(value: unknown): value is { prototype: Broker } {
  return typeof value === 'function' && typeof value.prototype?.apiVersions === 'function';
}
