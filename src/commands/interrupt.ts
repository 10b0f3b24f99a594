/** Signals for work that comes to an end by itself. */

/**
 * The first SIGINT or SIGTERM calls `stop`, which lets what is in hand be finished; a second one ends the process at once,
 * since what is in hand may wait for a broker that is away. Either way the exit code says that not all was done. The
 * function given back ends the watch.
 */
export function onInterrupt(stop: () => void): () => void {
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
    if (++count > 1) process.exit();
    process.stderr.write('triage: finishing what is in hand; a second signal ends it at once\n');
    stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
