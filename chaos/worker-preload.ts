/**
 * Loaded into a process under test before the program itself (`node --import`). It ends the process when the harness is
 * gone, and lets look-ups of names fail while a file exists, as when DNS is away, with a line in the log for each. The
 * program is not changed otherwise.
 */

import dns from 'node:dns';
import { existsSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Exit code of a process whose harness died. */
const ORPHANED = 99;

process.stdin.on('end', () => process.exit(ORPHANED)).on('error', () => process.exit(ORPHANED));
process.stdin.resume();
// A pipe, which would keep the process alive otherwise.
(process.stdin as unknown as { unref?: () => void }).unref?.();

const failureFile = process.env.CHAOS_DNS_FAILURE_FILE;
if (failureFile !== undefined) {
  const lookup = dns.lookup;
  const failing = (...args: unknown[]): void => {
    const done = args.at(-1) as (error: Error) => void;
    if (!existsSync(failureFile)) {
      Reflect.apply(lookup, dns, args);
      return;
    }
    process.stderr.write(`${JSON.stringify({ event: 'look-up-failed', time: new Date().toISOString() })}\n`);
    const error = new Error(`getaddrinfo EAI_AGAIN ${String(args[0])}`);
    process.nextTick(done, Object.assign(error, { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: args[0] }));
  };
  dns.lookup = failing as typeof dns.lookup;
  syncBuiltinESMExports();
}
