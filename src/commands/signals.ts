/** Ends a service on SIGTERM or SIGINT: the first signal drains, a second one exits at once. SIGHUP reloads the catalog. */
import { EXIT } from '../errors.ts';

/** After the drain limit, closing connections may take so long before the process ends the hard way. */
const CLOSE_GRACE_MS = 3_000;

interface Running {
  readonly done: Promise<void>;
  reloadCatalog(): void;
  stop(): Promise<void>;
}

/**
 * Starts the service and resolves after a signal, once it has stopped; rejects with the reason when it cannot start or
 * ends by itself. A signal during the start ends the process at once: nothing is in hand yet.
 */
export async function runUntilSignal(start: () => Promise<Running>, drainTimeoutMs: number): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  let service: Running | undefined;
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (service === undefined) process.exit(EXIT.ok);
    if (++count > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    setTimeout(() => process.exit(EXIT.drainTimeout), drainTimeoutMs + CLOSE_GRACE_MS).unref();
    signalled.resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const onHangUp = () => service?.reloadCatalog();
  process.on('SIGHUP', onHangUp);
  try {
    service = await start();
    await Promise.race([service.done, signalled.promise]);
    if (count > 0) await service.stop();
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
    process.off('SIGHUP', onHangUp);
  }
}
