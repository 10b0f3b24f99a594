/** The catalog of a running service: every reload and what comes of it is logged. */
import type { Config } from './config.ts';
import { messageOf } from './errors.ts';
import { LiveMatcher, type ReloadResult } from './live-matcher.ts';
import type { Logger } from './telemetry/logger.ts';

/** `onReload` is told before the log is. @throws {CatalogError} when the first catalog cannot be loaded. */
export function openLiveMatcher(folder: string, logger: Logger, onReload: (result: ReloadResult) => void): LiveMatcher {
  return new LiveMatcher({
    folder,
    onReload: (result) => {
      onReload(result);
      logReload(logger, result);
    },
  });
}

/** Reloads when the folder changes, if the settings want that. */
export function watchCatalog(live: LiveMatcher, { watch }: Config['catalog'], logger: Logger): void {
  if (!watch) return;
  live.watch((error) => {
    const fields = { event: 'catalog-not-watched', error: messageOf(error) };
    logger.warn(fields, 'the catalog folder cannot be watched; send SIGHUP after a change');
  });
}

function logReload(logger: Logger, result: ReloadResult): void {
  switch (result.kind) {
    case 'swapped': {
      const { version, digest, entries } = result.matcher.catalog;
      logger.info(
        { event: 'catalog-reloaded', version, digest, entries: entries.length },
        'the changed catalog is in use',
      );
      return;
    }
    case 'unchanged':
      logger.debug({ event: 'catalog-unchanged' }, 'the catalog says the same as before');
      return;
    case 'failed':
      logger.error(
        { event: 'catalog-reload-failed', reason: result.reason },
        'the changed catalog was refused; the old one stays in use',
      );
  }
}
