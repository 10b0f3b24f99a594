import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BUNDLED_CATALOG } from '../src/config.ts';
import { LiveMatcher, type ReloadResult } from '../src/live-matcher.ts';

const CHECK_MS = 20;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
  vi.useRealTimers();
});

/** A copy of the bundled catalog, the matcher on it, and how its reloads ended. */
function start() {
  const parent = mkdtempSync(join(tmpdir(), 'triage-live-'));
  const folder = join(parent, 'catalog');
  cpSync(BUNDLED_CATALOG, folder, { recursive: true });
  const results: ReloadResult[] = [];
  const waiting: (() => void)[] = [];
  const onReload = (result: ReloadResult) => {
    results.push(result);
    for (const resolve of waiting.splice(0)) resolve();
  };
  const live = new LiveMatcher({ folder, onReload, folderCheckMs: CHECK_MS });
  open.push(live, { close: () => rmSync(parent, { recursive: true }) });
  const edit = (name: string, change: (text: string) => string) => {
    const path = join(folder, name);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  const nextReload = () => new Promise<void>((resolve) => waiting.push(resolve));
  return { live, parent, folder, results, edit, nextReload };
}

const FROZEN = (text: string) => text.replace('    patterns:\n', '    patterns:\n      - team_is_frozen\n');

function rethrow(error: unknown): never {
  throw error;
}

function answer({ live }: ReturnType<typeof start>, message: string) {
  const found = live.current.classify(message, live.current.resolveApp('slack'));
  return found.kind === 'match' ? found.match.entry.id : undefined;
}

describe('LiveMatcher', () => {
  it('takes a changed catalog into use as a whole', () => {
    const running = start();
    const before = running.live.current;
    running.edit('slack.yaml', FROZEN);
    running.live.reload();
    expect(running.results.map(({ kind }) => kind)).toEqual(['swapped']);
    expect(answer(running, 'error: team_is_frozen')).toBe('slack.discovery-api-disabled');
    expect(running.live.current.catalog.digest).not.toBe(before.catalog.digest);
    const old = before.classify('error: team_is_frozen', before.resolveApp('slack'));
    expect(old.kind).toBe('none');
  });

  it.each<[name: string, change: (text: string) => string, reason: RegExp]>([
    ['broken YAML', (text) => `${text}\n  - {`, /slack\.yaml:\d+:\d+: not valid YAML/],
    [
      'an example that does not hold',
      (text) => text.replaceAll('      - team_not_authorized\n', '      - team_is_frozen\n'),
      /its examples do not hold/,
    ],
  ])('keeps the old one for %s, and says why', (_, change, reason) => {
    const running = start();
    const before = running.live.current;
    running.edit('slack.yaml', change);
    running.live.reload();
    expect(running.results).toEqual([{ kind: 'failed', reason: expect.stringMatching(reason) }]);
    expect(running.live.current).toBe(before);
  });

  it('does nothing for a change that decides nothing', () => {
    const running = start();
    running.edit('slack.yaml', (text) => `# a comment\n${text}`);
    running.live.reload();
    expect(running.results).toEqual([{ kind: 'unchanged' }]);
  });

  it('takes a new version alone into use', () => {
    const running = start();
    const { digest } = running.live.current.catalog;
    running.edit('catalog.yaml', (text) => text.replace(/^version: .*$/m, 'version: 99.0.0'));
    running.live.reload();
    expect(running.results.map(({ kind }) => kind)).toEqual(['swapped']);
    expect(running.live.current.catalog).toMatchObject({ version: '99.0.0', digest });
  });

  it('sees changes by itself when it watches', async () => {
    const running = start();
    running.live.watch(rethrow);
    const reloaded = running.nextReload();
    running.edit('slack.yaml', FROZEN);
    await reloaded;
    expect(answer(running, 'team_is_frozen')).toBe('slack.discovery-api-disabled');
  });

  it('goes on watching when another folder takes the place of the watched one', async () => {
    const running = start();
    running.live.watch(rethrow);
    const replaced = running.nextReload();
    renameSync(running.folder, join(running.parent, 'old'));
    cpSync(BUNDLED_CATALOG, running.folder, { recursive: true });
    running.edit('slack.yaml', FROZEN);
    await replaced;
    expect(answer(running, 'team_is_frozen')).toBe('slack.discovery-api-disabled');
    const edited = running.nextReload();
    running.edit('slack.yaml', (text) => text.replaceAll('team_is_frozen', 'team_is_melted'));
    await edited;
    expect(answer(running, 'team_is_melted')).toBe('slack.discovery-api-disabled');
    expect(running.results.map(({ kind }) => kind)).toEqual(['swapped', 'swapped']);
  });

  it('keeps the old catalog while the folder is gone, and finds it when it is back', async () => {
    const running = start();
    running.live.watch(rethrow);
    const gone = running.nextReload();
    renameSync(running.folder, join(running.parent, 'old'));
    await gone;
    expect(running.results).toEqual([{ kind: 'failed', reason: expect.stringMatching(/cannot be read: ENOENT/) }]);
    const back = running.nextReload();
    cpSync(BUNDLED_CATALOG, running.folder, { recursive: true });
    running.edit('slack.yaml', FROZEN);
    await back;
    expect(answer(running, 'team_is_frozen')).toBe('slack.discovery-api-disabled');
  });

  it('sees that a link leads to another folder, of which nothing is told', async () => {
    const running = start();
    renameSync(running.folder, join(running.parent, 'old'));
    cpSync(BUNDLED_CATALOG, join(running.parent, 'new'), { recursive: true });
    symlinkSync('old', running.folder);
    running.live.watch(rethrow);
    symlinkSync('new', join(running.parent, 'link'));
    const slack = join(running.parent, 'new', 'slack.yaml');
    writeFileSync(slack, FROZEN(readFileSync(slack, 'utf8')));
    const switched = running.nextReload();
    renameSync(join(running.parent, 'link'), running.folder);
    await switched;
    expect(answer(running, 'team_is_frozen')).toBe('slack.discovery-api-disabled');
  });

  it('says once that the folder cannot be watched, and watches it when it is there', async () => {
    const running = start();
    renameSync(running.folder, join(running.parent, 'old'));
    const errors: unknown[] = [];
    running.live.watch((error) => errors.push(error));
    expect(errors).toEqual([expect.objectContaining({ code: 'ENOENT' })]);
    const back = running.nextReload();
    renameSync(join(running.parent, 'old'), running.folder);
    await back;
    expect(errors).toHaveLength(1);
    expect(running.results).toEqual([{ kind: 'unchanged' }]);
  });

  it('leaves no timer behind when it is closed', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const running = start();
    running.live.watch(rethrow);
    renameSync(running.folder, join(running.parent, 'old'));
    vi.advanceTimersByTime(CHECK_MS);
    expect(vi.getTimerCount()).toBe(2);
    running.live.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
