import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../src/errors.ts';

const POLL_MS = 50;

/**
 * Polls until `condition` holds. A condition that throws does not hold: what is asked about is being broken on purpose.
 * @throws {Error} after `limitMs`, with `what` and the last error.
 */
export async function until(what: string, limitMs: number, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    let trouble = '';
    try {
      if (await condition()) return;
    } catch (error) {
      trouble = ` (${messageOf(error)})`;
    }
    if (performance.now() > deadlineMs) throw new Error(`after ${limitMs / 1000} s still not: ${what}${trouble}`);
    await sleep(POLL_MS);
  }
}
