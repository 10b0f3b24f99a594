/** The matcher in use, and its replacement while the service runs: all of the new catalog or nothing of it. */
import { type FSWatcher, watch } from 'node:fs';
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

export interface LiveMatcherOptions {
  readonly folder: string;
  /** Told how every reload ended. */
  readonly onReload: (result: ReloadResult) => void;
}

export class LiveMatcher {
  current: Matcher;
  private readonly options: LiveMatcherOptions;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

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
      if (catalog.digest === this.current.catalog.digest) return { kind: 'unchanged' };
      const matcher = compile(catalog);
      const findings = checkExamples(matcher).map(({ location, message }) => `${location}: ${message}`);
      if (findings.length > 0) return { kind: 'failed', reason: `its examples do not hold:\n${findings.join('\n')}` };
      return { kind: 'swapped', matcher };
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error) };
    }
  }

  /** Reloads when files of the folder change. `onError`: the folder cannot be watched (any more). */
  watch(onError: (error: unknown) => void): void {
    try {
      this.watcher = watch(this.options.folder, { persistent: false }, () => this.soon());
      this.watcher.on('error', onError);
    } catch (error) {
      onError(error);
    }
  }

  close(): void {
    this.watcher?.close();
    clearTimeout(this.timer);
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), QUIET_MS);
    this.timer.unref();
  }
}
