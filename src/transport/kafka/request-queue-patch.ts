/**
 * Mends one method of kafkajs 2.2.4. `RequestQueue.scheduleCheckPendingRequests` sets a timer even when no request is
 * pending, with a delay of `-1 - Date.now()`: that is what makes Node 24 print TimeoutNegativeWarning, and because the
 * timer sets the next one, every open connection wakes the process up a thousand times a second.
 * Removing the cause leaves warnings of the same type that come from elsewhere visible.
 */

import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const patched = new WeakSet<object>();

/** Idempotent. @throws {Error} when kafkajs is another version than the one this was written for. */
export function patchRequestQueue(): void {
  const requestQueueClass: unknown = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js');
  if (!isRequestQueueClass(requestQueueClass)) {
    throw new Error('kafkajs has no RequestQueue.scheduleCheckPendingRequests: it is not version 2.2.4.');
  }
  const { prototype } = requestQueueClass;
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhenPending(this: RequestQueue): void {
    // Without a pending request there is nothing to check later: `push` schedules again when it has to hold one back.
    if (this.pending.length > 0) schedule.call(this);
  };
}

function isRequestQueueClass(value: unknown): value is { prototype: RequestQueue } {
  return typeof value === 'function' && typeof value.prototype?.scheduleCheckPendingRequests === 'function';
}
