/** The matcher in use, and its replacement while the service runs: all of the new catalog or nothing of it. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { checkExamples } from './catalog/check-examples.ts';
import { loadCatalog } from './catalog/load.ts';
import { messageOf } from './errors.ts';
import { compile, type Matcher } from './matcher/matcher.ts';

export type ReloadResult =
  | { readonly kind: 'swapped'; readonly matcher: Matcher }
  | { readonly kind: 'unchanged' }
  /** The old catalog stays in use. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Editors and deployments write several files one after another: the folder must be quiet for so long. */
const QUIET_MS = 300;

/** A watch stays with the folder that was opened; so often is looked whether the path leads to another one by now. */
const FOLDER_CHECK_MS = 30_000;

export interface LiveMatcherOptions {
  readonly folder: string;
  /** Told how every reload ended. */
  readonly onReload: (result: ReloadResult) => void;
  /** Time between two looks at whether the watched folder was replaced. */
  readonly folderCheckMs?: number;
}

export class LiveMatcher {
  current: Matcher;
  private readonly options: LiveMatcherOptions;
  private watcher: FSWatcher | undefined;
  /** Which folder `watcher` watches; undefined while nothing is watched. */
  private watched: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private folderTimer: NodeJS.Timeout | undefined;
  private onWatchError: ((error: unknown) => void) | undefined;
  /** The folder could not be watched, which was said already. */
  private isUnwatchable = false;

  /** @throws {CatalogError} when the first catalog cannot be loaded. */
  constructor(options: LiveMatcherOptions) {
    this.options = options;
    this.current = compile(loadCatalog(options.folder));
  }

  /** Loads, compiles and tries all examples aside; only then the new matcher takes over, between two batches. */
  reload(): void {
    const result = this.attempt();
    if (result.kind === 'swapped') this.current = result.matcher;
    this.options.onReload(result);
  }

  private attempt(): ReloadResult {
    try {
      const catalog = loadCatalog(this.options.folder);
      const { version, digest } = this.current.catalog;
      if (catalog.version === version && catalog.digest === digest) return { kind: 'unchanged' };
      const matcher = compile(catalog);
      const findings = checkExamples(matcher).map(({ location, message }) => `${location}: ${message}`);
      if (findings.length > 0) return { kind: 'failed', reason: `its examples do not hold:\n${findings.join('\n')}` };
      return { kind: 'swapped', matcher };
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error) };
    }
  }

  /**
   * Reloads when files of the folder change, and when another folder takes its place.
   * `onError`: the folder cannot be watched (any more); it is tried again, and said once until it works.
   */
  watch(onError: (error: unknown) => void): void {
    this.stopWatching();
    this.onWatchError = onError;
    const everyMs = this.options.folderCheckMs ?? FOLDER_CHECK_MS;
    this.folderTimer = setInterval(() => this.checkFolder() && this.soon(), everyMs);
    this.folderTimer.unref();
    this.open(identityOf(this.options.folder));
  }

  close(): void {
    this.stopWatching();
    clearTimeout(this.timer);
  }

  private stopWatching(): void {
    clearInterval(this.folderTimer);
    this.folderTimer = undefined;
    this.release();
  }

  private release(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.watched = undefined;
  }

  /** Goes over to the folder that the path leads to now. True when that is another one, or none any more. */
  private checkFolder(): boolean {
    const before = this.watched;
    const now = identityOf(this.options.folder);
    if (now === before) return false;
    this.release();
    return now === undefined || this.open(now) || before !== undefined;
  }

  private open(identity: string | undefined): boolean {
    try {
      const watcher = watch(this.options.folder, { persistent: false }, () => {
        this.checkFolder();
        this.soon();
      });
      watcher.on('error', (error) => {
        if (watcher === this.watcher) this.failed(error);
      });
      this.watcher = watcher;
      this.watched = identity;
      this.isUnwatchable = false;
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  private failed(error: unknown): void {
    this.release();
    if (this.isUnwatchable) return;
    this.isUnwatchable = true;
    this.onWatchError?.(error);
  }

  private soon(): void {
    clearTimeout(this.timer);
    if (!this.folderTimer) return;
    this.timer = setTimeout(() => {
      // A folder that came back meanwhile gets its time to become quiet, too.
      if (this.checkFolder()) this.soon();
      else this.reload();
    }, QUIET_MS);
    this.timer.unref();
  }
}

/** With the time of birth: numbers of deleted folders are given out again. Undefined when there is no folder. */
function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch {
    return undefined;
  }
}
